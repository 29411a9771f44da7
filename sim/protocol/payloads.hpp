#pragma once

// Messages on their way. A multicast stores its message once; each event in flight holds a reference.

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/time.hpp"

namespace hearsay::protocol {

inline constexpr std::uint32_t kNoTransfer = 0xffff'ffff;

template <class Message>
struct alignas(64) Payload {
  SimTime sent;
  Duration serialised;                      ///< time on the sender's uplink; the same for all recipients of one record
  std::uint64_t bytes = 0;                  ///< on the wire, overhead included
  std::uint32_t references = 0;
  std::uint32_t transfer = kNoTransfer;     ///< reliable transport: the transfer that this is an attempt of
  Message message;
};

/// Records never move; freed slots are used again, the latest first.
template <class Message>
class PayloadPool {
 public:
  std::uint32_t create(const Message& message, SimTime sent, std::uint64_t bytes) {
    std::uint32_t slot = free_;
    if (slot == kNone) [[unlikely]] slot = grow();
    Payload<Message>& p = (*this)[slot];
    free_ = p.references;  // a free record keeps the next free slot here
    p.sent = sent;
    p.bytes = bytes;
    p.references = 0;
    p.transfer = kNoTransfer;
    p.message = message;
    ++used_;
    return slot;
  }
  Payload<Message>& operator[](std::uint32_t slot) { return blocks_[slot / kBlock][slot % kBlock]; }
  void retain(std::uint32_t slot) { ++(*this)[slot].references; }
  void release(std::uint32_t slot) {
    Payload<Message>& p = (*this)[slot];
    HEARSAY_CHECK(p.references > 0, "a payload is released once per reference");
    if (--p.references == 0) recycle(slot);
  }
  /// Frees a record that nothing came to refer to.
  void release_if_unused(std::uint32_t slot) {
    if ((*this)[slot].references == 0) recycle(slot);
  }
  void prefetch(std::uint32_t slot) { __builtin_prefetch(&(*this)[slot], 1); }
  std::uint32_t used() const { return used_; }
  std::size_t memory_bytes() const { return blocks_.size() * kBlock * sizeof(Payload<Message>); }

 private:
  static constexpr std::uint32_t kBlock = 4096;
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  void recycle(std::uint32_t slot) {
    (*this)[slot].references = free_;
    free_ = slot;
    --used_;
  }
  std::uint32_t grow() {
    const auto first = static_cast<std::uint32_t>(blocks_.size()) * kBlock;
    blocks_.push_back(std::make_unique<Payload<Message>[]>(kBlock));
    for (std::uint32_t i = kBlock; i > 0; --i) {
      (*this)[first + i - 1].references = free_;
      free_ = first + i - 1;
    }
    return free_;
  }

  std::vector<std::unique_ptr<Payload<Message>[]>> blocks_;
  std::uint32_t free_ = kNone;
  std::uint32_t used_ = 0;
};

}  // namespace hearsay::protocol
