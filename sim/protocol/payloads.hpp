#pragma once

// Messages on their way. A multicast stores its message once; each event in flight holds a reference.

#include <bit>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/memory_block.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/core/time.hpp"

namespace hearsay::protocol {

inline constexpr std::uint32_t kNoTransfer = 0xffff'ffff;
inline constexpr std::uint32_t kNotMembership = 0xffff'ffff;

template <class Message>
struct alignas(64) Payload {
  SimTime sent;
  Duration serialised;      ///< time on the sender's uplink; the same for all recipients of one record
  std::uint64_t bytes = 0;  ///< on the wire, overhead included
  std::uint32_t references = 0;
  std::uint32_t transfer = kNoTransfer;       ///< reliable transport: the transfer that this is an attempt of
  std::uint32_t membership = kNotMembership;  ///< slot of the membership's message that this is, instead of `message`
  Message message;
};

/// Records never move; freed slots are used again, the latest first.
template <class Message>
class PayloadPool {
 public:
  using Record = Payload<Message>;

  PayloadPool() = default;
  PayloadPool(const PayloadPool&) = delete;
  PayloadPool& operator=(const PayloadPool&) = delete;
  ~PayloadPool() {
    for (std::uint32_t slot = 0; slot < fresh_; ++slot) (*this)[slot].~Record();
  }

  std::uint32_t create(const Message& message, SimTime sent, std::uint64_t bytes) {
    std::uint32_t slot = free_;
    if (slot == kNone) [[unlikely]] {
      slot = add_record();
    } else {
      free_ = (*this)[slot].references;  // a free record keeps the next free slot there
    }
    Record& p = (*this)[slot];
    p.sent = sent;
    p.bytes = bytes;
    p.references = 0;
    p.transfer = kNoTransfer;
    p.membership = kNotMembership;
    p.message = message;
    ++used_;
    return slot;
  }
  Record& operator[](std::uint32_t slot) {
    return *reinterpret_cast<Record*>(blocks_[slot / kPerBlock].get() + (slot % kPerBlock) * sizeof(Record));
  }
  void retain(std::uint32_t slot) { ++(*this)[slot].references; }
  void release(std::uint32_t slot) {
    Record& p = (*this)[slot];
    HEARSAY_CHECK(p.references > 0, "a payload is released once per reference");
    if (--p.references == 0) recycle(slot);
  }
  /// Frees a record that nothing came to refer to.
  void release_if_unused(std::uint32_t slot) {
    if ((*this)[slot].references == 0) recycle(slot);
  }
  void prefetch(std::uint32_t slot) { hearsay::prefetch(&(*this)[slot]); }
  std::uint32_t used() const { return used_; }
  std::size_t memory_bytes() const { return blocks_.size() * kBlockBytes; }

 private:
  static constexpr std::uint32_t kPerBlock = std::bit_floor(kBlockBytes / sizeof(Record));
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  void recycle(std::uint32_t slot) {
    (*this)[slot].references = free_;
    free_ = slot;
    --used_;
  }
  std::uint32_t add_record() {
    if (fresh_ / kPerBlock == blocks_.size()) blocks_.push_back(allocate_block());
    new (&(*this)[fresh_]) Record();
    return fresh_++;
  }

  std::vector<MemoryBlock> blocks_;
  std::uint32_t free_ = kNone;
  std::uint32_t fresh_ = 0;  // records from here on were never used
  std::uint32_t used_ = 0;
};

}  // namespace hearsay::protocol
