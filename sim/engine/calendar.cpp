#include "sim/engine/calendar.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>

namespace hearsay::engine {

namespace {

/// The first bucket in [from, end) whose bit is set in a ring of bits; `end` if there is none.
std::int64_t next_used(const std::vector<std::uint64_t>& used, std::int64_t from, std::int64_t end) {
  const std::size_t mask = used.size() * 64 - 1;
  for (std::int64_t i = from; i < end;) {
    const auto slot = static_cast<std::size_t>(i) & mask;
    const std::uint64_t word = used[slot / 64] >> (slot % 64);
    if (word != 0) return std::min(end, i + std::countr_zero(word));
    i += 64 - static_cast<std::int64_t>(slot % 64);
  }
  return end;
}

void set_bit(std::vector<std::uint64_t>& used, std::size_t slot) { used[slot / 64] |= std::uint64_t{1} << (slot % 64); }
void clear_bit(std::vector<std::uint64_t>& used, std::size_t slot) {
  used[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
}

// Windows: a near ring that covers half a second, where most messages land, and at least 64 windows.
int near_bits_for(int window_shift) { return std::clamp(29 - window_shift, 6, 12); }

constexpr int kOwnShift = 16;
constexpr int kOwnNearBits = 12;

}  // namespace

const Division& Calendar::whole() {
  static const Division one_lane;
  return one_lane;
}

Calendar::Calendar()
    : division_(whole()),
      lanes_(1),
      shift_(kOwnShift),
      near_mask_((std::size_t{1} << kOwnNearBits) - 1),
      far_shift_(kOwnNearBits - 4),
      windowed_(false),
      near_lists_(near_mask_ + 1),
      near_used_((near_mask_ + 1) / 64),
      far_lists_(kFarSlots),
      far_used_(kFarSlots / 64) {
  extend_horizons();
}

Calendar::Calendar(const Division& division)
    : division_(division),
      lanes_(division.lanes),
      shift_(division.window_shift),
      near_mask_((std::size_t{1} << near_bits_for(division.window_shift)) - 1),
      far_shift_(near_bits_for(division.window_shift) - 4),
      windowed_(true),
      near_lists_((near_mask_ + 1) * division.lanes),
      near_used_((near_mask_ + 1) / 64),
      near_chunks_(near_mask_ + 1),
      far_lists_(kFarSlots),
      far_used_(kFarSlots / 64) {
  extend_horizons();
}

void Calendar::begin_chunk(std::size_t near) {
  set_bit(near_used_, near);
  if (windowed_) ++near_chunks_[near];
}

void Calendar::push_elsewhere(Event event, std::int64_t slot) {
  if (slot <= current_) {
    HEARSAY_CHECK(lane_ == kAnyLane || division_.lane_of(event.target) == lane_,
                  "nothing goes from one lane to another within a window");
    bucket_.push_late(event);
    return;
  }
  const std::int64_t far = slot >> far_shift_;
  if (far < far_end_) {
    const auto at = static_cast<std::size_t>(far) & kFarMask;
    set_bit(far_used_, at);
    event.store(*far_lists_[at].place(chunks_));
    return;
  }
  beyond_.push_back(event);
  std::push_heap(beyond_.begin(), beyond_.end(), std::greater<>());
}

// The bucket being read is at its end, or the rest of it lies after `last`.
const Event* Calendar::pop_elsewhere(std::int64_t last) {
  if (windowed_ || !bucket_.empty() || !advance(last)) return nullptr;
  return bucket_.pop(last);
}

/// The next bucket with events, if it does not begin after `last`. Moving on only then keeps what is pushed meanwhile
/// from coming late.
bool Calendar::advance(std::int64_t last) {
  for (;;) {
    const std::int64_t next = next_slot();
    if (next == INT64_MAX || next > last >> shift_) return false;
    if (next < near_end_) {
      current_ = next;
      break;
    }
    reach(next);  // a far bucket: only now is known where in it events are
  }
  const auto near = static_cast<std::size_t>(current_) & near_mask_;
  clear_bit(near_used_, near);
  EventList* const list = &near_lists_[near];
  bucket_.load({&list, 1}, shift_, chunks_);
  extend_horizons();
  return true;
}

std::int64_t Calendar::next_near() const { return next_used(near_used_, current_ + 1, near_end_); }

std::int64_t Calendar::next_slot() const {
  const std::int64_t near = next_near();
  if (near < near_end_) return near;
  const std::int64_t far = next_used(far_used_, near_end_ >> far_shift_, far_end_);
  if (far < far_end_) return far << far_shift_;
  return beyond_.empty() ? INT64_MAX : beyond_.front().time_ns >> shift_;
}

bool Calendar::empty() const { return bucket_.empty() && next_slot() == INT64_MAX; }

void Calendar::reach(std::int64_t slot) {
  if (slot < near_end_) return;
  // Nothing lies between: the ring moves over in one go.
  current_ = ((slot >> far_shift_) << far_shift_) - 1;
  near_end_ = current_ + 1;
  extend_horizons();
}

void Calendar::open(std::int64_t slot) {
  HEARSAY_CHECK(slot < near_end_ && bucket_.empty(), "a window is opened when the one before is over");
  current_ = slot;
  const auto near = static_cast<std::size_t>(slot) & near_mask_;
  clear_bit(near_used_, near);
  near_chunks_[near] = 0;
  extend_horizons();
}

std::size_t Calendar::at_most_in(std::int64_t slot) const {
  return near_chunks_[static_cast<std::size_t>(slot) & near_mask_] * EventChunk::kEvents;
}

// Keeps near_end_ within one ring of current_ and far_end_ within one ring of near_end_, pouring what the
// horizons pass over into the finer structure.
void Calendar::extend_horizons() {
  const std::int64_t near_per_far = std::int64_t{1} << far_shift_;
  const auto near_slots = static_cast<std::int64_t>(near_mask_ + 1);
  // The lists of a window stay in the ring while they are read; a bucket of our own has left it.
  const std::int64_t ring_begin = windowed_ ? current_ : current_ + 1;
  while (near_end_ + near_per_far - ring_begin <= near_slots) {
    const std::int64_t far = near_end_ >> far_shift_;
    const bool known = far < far_end_;
    far_end_ = std::max(far_end_, far);
    near_end_ += near_per_far;
    const auto at = static_cast<std::size_t>(far) & kFarMask;
    if (!known || far_lists_[at].empty()) continue;
    clear_bit(far_used_, at);
    EventList& list = far_lists_[at];
    list.for_each([this](const Event& event) {
      event.store(*place(static_cast<std::size_t>(event.time_ns >> shift_) & near_mask_, event.target));
    });
    list.recycle(chunks_);
  }
  const std::int64_t far_limit = (near_end_ >> far_shift_) + static_cast<std::int64_t>(kFarSlots);
  if (far_limit <= far_end_) return;
  far_end_ = far_limit;
  while (!beyond_.empty() && beyond_.front().time_ns >> (shift_ + far_shift_) < far_end_) {
    std::pop_heap(beyond_.begin(), beyond_.end(), std::greater<>());
    const Event event = beyond_.back();
    beyond_.pop_back();
    push(event);
  }
}

std::size_t Calendar::memory_bytes() const {
  return chunks_.memory_bytes() + bucket_.memory_bytes() + beyond_.capacity() * sizeof(Event) +
         (near_lists_.size() + far_lists_.size()) * sizeof(EventList);
}

}  // namespace hearsay::engine
