#pragma once

// What a push-pull node keeps of each neighbour that it has exchanged messages with, and of nobody else.
//
// Each fact is a set of items of which only the recent, irregular end is stored (sim/protocol/item_set.hpp): a
// comparison with what the node holds costs O(new since the last exchange), not O(items ever seen).

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/protocol/item_set.hpp"

namespace hearsay::protocols {

class PushPullPeers {
 public:
  /// For delta digests and eager exchanges, which must tell what has arrived from what was merely sent.
  struct Dialogue {
    protocol::ItemCoverage told;         ///< what the peer has said itself that it has
    protocol::ItemSet unacknowledged;    ///< eager: items from the peer since the last message to it
    protocol::ItemCoverage announced;    ///< delta: ids the peer has of us by completed exchanges
    protocol::ItemSet called;            ///< delta: ids of our digest in the exchange that we began last
    protocol::ItemSet answered;          ///< delta: ids of our digest in the one that the peer began last
    std::uint32_t call = 0, answer = 0;  ///< numbers of those two exchanges
    bool knows_base = false;             ///< delta: we have what the peer's next digest builds on
    bool announced_base = false;         ///< delta: the peer has what our next one builds on
  };
  struct Peer {
    SimTime session{-1};           ///< when the peer started, as its messages say; a later one forgets all
    SimTime heard{-1};             ///< when something was first known of it, if before its first message here
    protocol::ItemCoverage known;  ///< not to be pushed: told by the peer, or sent to it before
    std::unique_ptr<Dialogue> dialogue;
    Dialogue& talk() {
      if (!dialogue) dialogue = std::make_unique<Dialogue>();
      return *dialogue;
    }
  };

  /// The state of a peer, new if need be. References last until the next call of at() or forget().
  Peer& at(NodeId id);
  void forget(NodeId id);
  std::size_t size() const { return ids_.size(); }
  /// Frees what concerns only items below the word of `recent`. O(peers).
  void prune(ItemId recent);
  /// Entries in the lists of what peers have, as far as they are of items of `held` from `recent` on; `known` is such a
  /// list only where it is in use. O(peers x words).
  std::size_t marks(const protocol::ItemSet& held, ItemId recent, bool with_known) const;
  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kFew = 32;
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t find(NodeId id) const;

  boost::container::small_vector<NodeId, 8> ids_;                      // searched in line while they are few
  std::vector<Peer> peers_;                                            // beside ids_
  std::unique_ptr<std::unordered_map<NodeId, std::uint32_t>> places_;  // looked up only; null while they are few
};

}  // namespace hearsay::protocols
