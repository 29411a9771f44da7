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
#include "sim/protocol/content.hpp"

namespace hearsay::protocol {

inline constexpr std::uint32_t kNoTransfer = 0x7fff'ffff;

/// One cache line where the message is small.
template <class Message>
struct alignas(64) Payload {
  SimTime sent;
  Duration serialised;        ///< time on the sender's uplink; the same for all recipients of one record
  std::uint64_t bytes = 0;    ///< on the wire, overhead included
  std::uint64_t content = 0;  ///< digest of the message, which serves all recipients
  std::uint32_t references = 0;

  /// Neither an attempt of a reliable transfer nor the membership's.
  bool plain() const { return link_ == kNoTransfer; }
  /// Reliable transport: the transfer that this is an attempt of.
  std::uint32_t transfer() const { return is_membership() ? kNoTransfer : link_; }
  void set_transfer(std::uint32_t transfer) { link_ = transfer; }
  /// It stands for a message of the membership's, whose slot membership() is, and `message` means nothing.
  bool is_membership() const { return (link_ & kMembership) != 0; }
  std::uint32_t membership() const { return link_ & ~kMembership; }
  void set_membership(std::uint32_t slot) { link_ = slot | kMembership; }
  void set_plain() { link_ = kNoTransfer; }

 private:
  static constexpr std::uint32_t kMembership = 0x8000'0000;
  std::uint32_t link_ = kNoTransfer;

 public:
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
    p.content = content_digest(message);
    p.references = 0;
    p.set_plain();
    p.message = message;
    ++used_;
    return slot;
  }
  Record& operator[](std::uint32_t slot) {
    return *reinterpret_cast<Record*>(blocks_[slot / kPerBlock].get() + (slot % kPerBlock) * sizeof(Record));
  }
  void retain(std::uint32_t slot) { ++(*this)[slot].references; }
  void release(std::uint32_t slot) { release(slot, (*this)[slot]); }
  /// For who has the record at hand.
  void release(std::uint32_t slot, Record& p) {
    HEARSAY_CHECK(p.references > 0, "a payload is released once per reference");
    if (--p.references == 0) recycle(slot, p);
  }
  /// Frees a record that nothing came to refer to.
  void release_if_unused(std::uint32_t slot) {
    Record& p = (*this)[slot];
    if (p.references == 0) recycle(slot, p);
  }
  void prefetch(std::uint32_t slot) { hearsay::prefetch(&(*this)[slot]); }
  std::uint32_t used() const { return used_; }
  std::size_t memory_bytes() const { return blocks_.size() * kBlockBytes; }

 private:
  static constexpr std::uint32_t kPerBlock = std::bit_floor(kBlockBytes / sizeof(Record));
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  void recycle(std::uint32_t slot, Record& p) {
    p.references = free_;
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
