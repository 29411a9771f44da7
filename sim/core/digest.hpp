#pragma once

// The 64-bit trace digest of a run: a running hash over handler calls and deliveries, in order. It is not
// cryptographic; it tells two runs apart. Built from 64 x 64 -> 128 bit multiplications, so it is the
// same on every 64-bit machine and costs a few nanoseconds an event.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/core/int128.hpp"

namespace hearsay {

class Digest {
 public:
  /// Mixes two words into one; both orders and both words matter.
  static std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    const Uint128 product = static_cast<Uint128>(a ^ 0x9e37'79b9'7f4a'7c15u) * (b ^ 0xd1b5'4a32'd192'ed03u);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  void add(std::uint64_t word) { state_ = mix(state_ + word, 0xa076'1d64'78bd'642fu ^ word); }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0x6865'6172'7361'7931u;
};

/// Of a text: eight bytes at a time, the first one lowest. Texts that differ by accident differ in it, not those that
/// somebody forges.
inline std::uint64_t digest_of(std::string_view text) {
  Digest digest;
  digest.add(text.size());
  for (std::size_t at = 0; at < text.size(); at += 8) {
    std::uint64_t word = 0;
    const std::size_t end = std::min(at + 8, text.size());
    for (std::size_t i = end; i-- > at;) word = word << 8 | static_cast<unsigned char>(text[i]);
    digest.add(word);
  }
  return digest.value();
}

/// 16 lower-case hexadecimal digits.
inline std::string to_hex(std::uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (int i = 15; i >= 0; --i, value >>= 4) text[static_cast<std::size_t>(i)] = kDigits[value & 15];
  return text;
}

}  // namespace hearsay
