#pragma once

// Messages on their way. A multicast stores its message once; each event in flight refers to it by the record's slot.
//
// A run has one PayloadSpace, in which every slot can be read by every thread, and a pool for each thread, which
// creates records. The membership's messages have a space and pools of their own; the top bit of a slot says so. When a
// record is free again is known in one of three ways:
//
//   kCounted    One thread runs everything: each event in flight holds a reference, and the last one frees the record.
//   kByWindow   Several threads: who sends knows until when the record is read at the latest, and frees it after that
//               window. So no two threads ever write to one record.
//   kShared     Several threads, and a wire on which nobody knows that, as messages wait for the receiver's downlink:
//               references are counted atomically, and whoever reads the record last takes it over.

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/memory_block.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/core/time.hpp"
#include "sim/simulation/content.hpp"

namespace hearsay::simulation {

inline constexpr std::uint32_t kNoTransfer = 0xffff'ffff;

/// All of a record that does not depend on the protocol.
struct PayloadHeader {
  SimTime sent;
  Duration serialised;        ///< time on the sender's uplink; the same for all recipients of one record
  std::uint64_t bytes = 0;    ///< on the wire, overhead included
  std::uint64_t content = 0;  ///< digest of the message, which serves all recipients
  std::uint32_t references = 0;

  /// Not an attempt of a reliable transfer.
  bool plain() const { return transfer_ == kNoTransfer; }
  /// Reliable transport: the transfer that this is an attempt of.
  std::uint32_t transfer() const { return transfer_; }
  void set_transfer(std::uint32_t transfer) { transfer_ = transfer; }
  void set_plain() { transfer_ = kNoTransfer; }

 private:
  std::uint32_t transfer_ = kNoTransfer;
};

/// Set in the slots of a part's messages, that of the membership.
inline constexpr std::uint32_t kPartSlot = 0x8000'0000;
constexpr bool is_of_part(std::uint32_t slot) { return slot >= kPartSlot; }

/// One cache line where the message is small.
template <class Message>
struct alignas(64) Payload : PayloadHeader {
  Message message;
};

/// The blocks of all pools of a run. Records never move.
class PayloadSpace {
 public:
  /// Records of `record_bytes`, a multiple of 64.
  explicit PayloadSpace(std::size_t record_bytes)
      : record_bytes_(record_bytes),
        block_bits_(std::bit_width(kBlockBytes / record_bytes) - 1),
        blocks_(static_cast<std::byte**>(std::calloc(std::size_t{1} << (31 - block_bits_), sizeof(std::byte*)))) {
    if (!blocks_) throw std::bad_alloc();
    HEARSAY_CHECK(record_bytes <= kBlockBytes, "a record fits into a block");
  }
  PayloadSpace(const PayloadSpace&) = delete;
  PayloadSpace& operator=(const PayloadSpace&) = delete;
  ~PayloadSpace() {
    for (std::uint32_t b = 0; b < used_; ++b) std::free(blocks_[b]);
  }

  PayloadHeader& header(std::uint32_t slot) const { return *static_cast<PayloadHeader*>(address(slot)); }
  void* address(std::uint32_t slot) const {
    return blocks_[slot >> block_bits_] + (slot & ((1u << block_bits_) - 1)) * record_bytes_;
  }
  std::byte* block(std::uint32_t number) const { return blocks_[number]; }
  int block_bits() const { return block_bits_; }
  /// A new block; its first slot.
  std::uint32_t add_block() {
    const std::uint32_t number = used_.fetch_add(1, std::memory_order_relaxed);
    HEARSAY_CHECK(number < std::uint32_t{1} << (31 - block_bits_), "a run has fewer than 2^31 messages on their way");
    blocks_[number] = allocate_block().release();
    return number << block_bits_;
  }
  std::size_t memory_bytes() const { return used_.load() * kBlockBytes; }

 private:
  std::size_t record_bytes_;
  int block_bits_;  // a block has 2^block_bits_ records
  struct Free {
    void operator()(std::byte** table) const { std::free(table); }
  };
  std::unique_ptr<std::byte*[], Free> blocks_;  // untouched pages cost nothing
  std::atomic<std::uint32_t> used_{0};
};

enum class Release : std::uint8_t { kCounted, kByWindow, kShared };

/// What the kernel does with records without knowing their messages. Freed slots are used again, the latest first.
class PayloadStore {
 public:
  /// `mark`: 0, or kPartSlot, set in the slots of all its records.
  PayloadStore(PayloadSpace& space, Release mode, std::uint32_t mark = 0) : space_(space), mark_(mark), mode_(mode) {}
  PayloadStore(const PayloadStore&) = delete;
  PayloadStore& operator=(const PayloadStore&) = delete;
  virtual ~PayloadStore() = default;

  PayloadHeader& operator[](std::uint32_t slot) const { return space_.header(slot & ~kPartSlot); }

  /// The record is referred to by `events` events, the last of which is at `last`. None: it is free again.
  void refer(std::uint32_t slot, std::uint32_t events, SimTime last) {
    PayloadHeader& p = (*this)[slot];
    if (events == 0 && p.references == 0) return recycle(slot);
    if (mode_ != Release::kByWindow)
      p.references += events;
    else if (p.references == 0)
      free_after(slot, last);
  }
  /// Before refer(): one reference more, that of no event. Whoever holds it lets it go.
  void retain(std::uint32_t slot) { ++(*this)[slot].references; }
  /// The reference of no event goes. `last`: when an event reads the record for the last time.
  void let_go(std::uint32_t slot, SimTime last) {
    if (mode_ != Release::kByWindow) return release(slot);
    if (--(*this)[slot].references == 0) free_after(slot, last);
  }
  /// A reference goes.
  void release(std::uint32_t slot) { release(slot, (*this)[slot]); }
  /// For who has the record at hand.
  [[gnu::always_inline]] void release(std::uint32_t slot, PayloadHeader& p) {
    if (mode_ == Release::kCounted) [[likely]] {
      HEARSAY_CHECK(p.references > 0, "a payload is released once per reference");
      if (--p.references == 0) recycle(slot);
    } else if (mode_ == Release::kShared) {
      if (__atomic_sub_fetch(&p.references, 1u, __ATOMIC_ACQ_REL) == 0) recycle(slot);
    }
  }
  /// kByWindow: frees what was read for the last time before `now`, the beginning of a window.
  void free_before(SimTime now);

  /// The same message once more, as if sent now.
  virtual std::uint32_t create_copy(std::uint32_t of, SimTime sent) = 0;

  std::int64_t used() const { return used_; }

 protected:
  std::uint32_t free_slot() {
    ++used_;
    if (free_.empty()) [[unlikely]]
      return add_record();
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  virtual void construct(void* record) = 0;
  /// Records that were constructed, in stretches of slots.
  template <class Visit>
  void for_each_record(const Visit& visit) const {
    for (std::size_t b = 0; b < firsts_.size(); ++b) {
      const std::uint32_t end = b + 1 < firsts_.size() ? firsts_[b] + (1u << space_.block_bits()) : fresh_;
      for (std::uint32_t slot = firsts_[b]; slot != end; ++slot) visit(slot);
    }
  }

  PayloadSpace& space_;
  const std::uint32_t mark_;

 private:
  void recycle(std::uint32_t slot) {
    free_.push_back(slot);
    --used_;
  }
  std::uint32_t add_record();
  void free_after(std::uint32_t slot, SimTime last);

  Release mode_;
  std::vector<std::uint32_t> free_;
  std::uint32_t fresh_ = 0;  // slots from here to the end of the last block were never used
  std::uint32_t fresh_left_ = 0;
  std::vector<std::uint32_t> firsts_;  // slots of the blocks
  std::int64_t used_ = 0;  // kShared: records change hands, so that only the sum over all pools means something

  // kByWindow: slots by the time after which they are free, in steps of 2^kStep ns; what is later waits beyond.
  static constexpr int kStep = 20;
  static constexpr std::int64_t kSteps = 1024;
  std::vector<std::vector<std::uint32_t>> ending_;
  std::vector<std::pair<std::int64_t, std::uint32_t>> beyond_;  // min-heap by step
  std::int64_t freed_to_ = 0;                                   // steps before this one are free
};

/// kMark: as in PayloadStore.
template <class Message, std::uint32_t kMark = 0>
class PayloadPool : public PayloadStore {
 public:
  using Record = Payload<Message>;
  static constexpr std::size_t kRecordBytes = sizeof(Record);

  PayloadPool(PayloadSpace& space, Release mode) : PayloadStore(space, mode, kMark) {}
  ~PayloadPool() override {
    for_each_record([this](std::uint32_t slot) { (*this)[slot].~Record(); });
  }

  std::uint32_t create(const Message& message, SimTime sent, std::uint64_t bytes) {
    return fill(message, sent, bytes, content_digest(message));
  }
  std::uint32_t create_copy(std::uint32_t of, SimTime sent) override {
    const std::uint32_t slot = free_slot();
    const Record& from = (*this)[of];
    return fill(slot, from.message, sent, from.bytes, from.content);
  }

  Record& operator[](std::uint32_t slot) const {
    constexpr int kBits = std::bit_width(kBlockBytes / kRecordBytes) - 1;
    if constexpr (kMark != 0) slot &= ~kMark;
    return *reinterpret_cast<Record*>(space_.block(slot >> kBits) + (slot & ((1u << kBits) - 1)) * kRecordBytes);
  }
  void prefetch(std::uint32_t slot) const { hearsay::prefetch(&(*this)[slot]); }

 private:
  void construct(void* record) override { new (record) Record(); }
  std::uint32_t fill(const Message& message, SimTime sent, std::uint64_t bytes, std::uint64_t content) {
    return fill(free_slot(), message, sent, bytes, content);
  }
  std::uint32_t fill(std::uint32_t slot, const Message& message, SimTime sent, std::uint64_t bytes,
                     std::uint64_t content) {
    Record& p = (*this)[slot];
    p.sent = sent;
    p.bytes = bytes;
    p.content = content;
    p.references = 0;
    p.set_plain();
    p.message = message;
    return slot;
  }
};

/// The records of a thread: the protocol's, and the membership's if there is one.
class Payloads {
 public:
  /// References must outlive it.
  explicit Payloads(PayloadStore& protocol) : stores_{&protocol, nullptr} {}
  void add_part(PayloadStore& part) { stores_[1] = &part; }

  PayloadHeader& operator[](std::uint32_t slot) const { return of(slot)[slot]; }
  void refer(std::uint32_t slot, std::uint32_t events, SimTime last) { of(slot).refer(slot, events, last); }
  void retain(std::uint32_t slot) { of(slot).retain(slot); }
  void let_go(std::uint32_t slot, SimTime last) { of(slot).let_go(slot, last); }
  void release(std::uint32_t slot) { of(slot).release(slot); }
  std::uint32_t create_copy(std::uint32_t slot, SimTime sent) { return of(slot).create_copy(slot, sent); }

 private:
  PayloadStore& of(std::uint32_t slot) const { return *stores_[is_of_part(slot) ? 1 : 0]; }
  PayloadStore* stores_[2];
};

}  // namespace hearsay::simulation
