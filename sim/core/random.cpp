#include "sim/core/random.hpp"

#include <Random123/philox.h>

#include "sim/core/int128.hpp"

namespace hearsay {

PhiloxBlock philox(const PhiloxBlock& counter, std::uint64_t key0, std::uint64_t key1) {
  r123::Philox4x64::ctr_type c = {{counter[0], counter[1], counter[2], counter[3]}};
  r123::Philox4x64::key_type k = {{key0, key1}};
  const auto out = r123::Philox4x64()(c, k);
  return {out[0], out[1], out[2], out[3]};
}

std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t replication) {
  return KeyedDraws(seed, Stream::kReplication, replication).bits();
}

std::uint64_t KeyedDraws::below(std::uint64_t bound) {
  Uint128 product = static_cast<Uint128>(bits()) * bound;
  auto low = static_cast<std::uint64_t>(product);
  if (low < bound) {
    const std::uint64_t threshold = -bound % bound;
    while (low < threshold) {
      product = static_cast<Uint128>(bits()) * bound;
      low = static_cast<std::uint64_t>(product);
    }
  }
  return static_cast<std::uint64_t>(product >> 64);
}

}  // namespace hearsay
