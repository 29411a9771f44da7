#pragma once

// Randomness: a counter-based generator (Philox4x64-10 of Random123; Salmon et al. 2011), so that every
// draw is a pure function of (seed, stream, entity...). Nothing shares a generator: a draw added in one
// place changes no other. Two protocols at one seed therefore meet the same network, publications and
// faults.
//
//   KeyedDraws(seed, Stream::kLinkLatency, a, b)   the sequence that belongs to link {a, b}
//
// A KeyedDraws costs about 20 ns for each four 64-bit words and needs no set-up; make one where needed.

#include <array>
#include <cstdint>

namespace hearsay {

/// Who owns a draw. Append only: the numbers are part of every digest.
enum class Stream : std::uint64_t {
  kReplication = 1,     // (replication)            seed of a replication
  kTopology = 2,        // (part)                   edges
  kPeerOrder = 3,       // (node, peer)             order of a node's peers
  kLinkLatency = 4,     // (low id, high id)        latency of a link
  kMessageLatency = 5,  // (sender, receiver, sequence)
  kLoss = 6,            // (sender, receiver, sequence)
  kBurstLoss = 7,       // (sender, receiver, sequence, fault)
  kLossChain = 8,       // (from, to)               Gilbert-Elliott sojourns
  kNodeProtocol = 9,    // (node)                   a protocol's own draws
  kRegionOfNode = 10,   // ()                       shuffle of regions over nodes
  kGroupMembers = 11,   // (group)                  who is in a drawn group
  kPosition = 12,       // (node)                   point in the unit square
  kFaultMembers = 13,   // (fault)                  who is hit by a drawn fault
  kChurn = 14,          // (fault, node)            sessions and downtimes
  kPublication = 15,    // (workload table)         times
  kOrigin = 16,         // (workload table)         origins
  kItemSize = 17,       // (workload table)         sizes
  kProperty = 18,       // ()                       random scenarios of the property tests
  kReads = 19,          // (workload table)         reads
  kMembership = 20,     // (node)                   membership's own draws
  kItemShare = 21,      // (item)                   whether an item is in a share of the items
  kNodeShare = 22,      // (node)                   whether a node is in a share of the nodes
  kSetup = 23,          // (entity)                 what a protocol is set up from before the run
  kFeeRate = 24,        // (item)                   fee rate of a transaction
  kMissing = 25,        // (node, block)            what a node lacks of a compact block
  kInvalid = 26,        // (workload table)         which blocks are invalid
  kTxHash = 27,         // (item)                   hash of a transaction, or of a block
};

using PhiloxBlock = std::array<std::uint64_t, 4>;

/// One block of Philox4x64-10: counter and key to four words.
PhiloxBlock philox(const PhiloxBlock& counter, std::uint64_t key0, std::uint64_t key1);

/// The seed of replication `replication` of the scenario seed `seed`.
std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t replication);

/// The sequence of draws that belongs to (seed, stream, a, b, c).
class KeyedDraws {
 public:
  KeyedDraws(std::uint64_t seed, Stream stream, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0)
      : seed_(seed), stream_(static_cast<std::uint64_t>(stream)), counter_{a, b, c, 0} {}

  /// Continue a sequence at draw `position` (a node's protocol stream is kept as its position alone).
  void seek(std::uint64_t position) { position_ = position; }
  std::uint64_t position() const { return position_; }

  std::uint64_t bits() {
    const std::uint64_t block = position_ / 4;
    if (block != loaded_) {
      counter_[3] = block;
      words_ = philox(counter_, seed_, stream_);
      loaded_ = block;
    }
    return words_[position_++ % 4];
  }
  /// Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
  /// Uniform in (0, 1): for quantile functions that are infinite at 0 or 1.
  double open_uniform() { return (static_cast<double>(bits() >> 12) + 0.5) * 0x1.0p-52; }
  /// Uniform integer in [0, bound), bound >= 1; unbiased (Lemire 2019).
  std::uint64_t below(std::uint64_t bound);
  /// True with probability p.
  bool chance(double p) { return uniform() < p; }

  /// Fisher-Yates shuffle of a random-access range.
  template <class Range>
  void shuffle(Range& range) {
    for (std::uint64_t i = range.size(); i > 1; --i) {
      using std::swap;
      swap(range[i - 1], range[below(i)]);
    }
  }

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  PhiloxBlock counter_;
  PhiloxBlock words_{};
  std::uint64_t loaded_ = ~std::uint64_t{0};
  std::uint64_t position_ = 0;
};

}  // namespace hearsay
