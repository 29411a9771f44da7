#pragma once

// Relay of blocks: whole, by header and request, or compact (BIP 152).
//
// Rules
//   1. How a node gets its blocks is its preference: `full`, whole and unasked; `headers`, announced and requested;
//      `compact`, as a compact block. By `mode` all nodes have the same: full, headers, and compact for the other two.
//      `peer_groups` gives exact shares of the nodes another one, drawn. What goes between a compact node and one
//      that is not is announced, requested and sent whole.
//   2. Who finds a block, or has validated one that becomes the head of its chain, relays it to all its peers but the
//      one from which it came and those that announced it (with `announce_back` to all of them). A block of the same
//      height as the head, or lower, is delivered and not relayed. Items that are no blocks of a chain are relayed
//      always. `relay = "none"`: only the finder sends.
//   3. A relayed block goes to its peers in this order: a cmpctblock to those that have asked for it (rule 7); an
//      announcement (`announce`: a headers or an inv) to all others that do not want it whole; the block to those that
//      do.
//   4. Who hears of a block that it neither has nor fetches nor has on its chain (an adopted block brings its
//      ancestry) requests it from the announcer: in compact form if both are compact nodes. Who else announces it
//      meanwhile is remembered. After `request_timeout`, or when the connection has ended, the next one is asked, in
//      the order of the announcements; when nobody is left the block is unknown again. Without `request_timeout` nobody
//      else is asked while the connection lasts.
//   5. A compact block is put together from the mempool. `mempool = "statistical"`: the node has each transaction of
//      the block but the coinbase with probability `hit_rate`, drawn for each (node, block) and so the same under every
//      mode and protocol. `failure_rate` instead: a compact block fails as a whole with this probability, and what is
//      missing is a share of the block drawn from `failure_sizes`; `control` is a drawn share of the nodes with
//      a rate and size of their own (SimBlock's model). `mempool = "explicit"`: see rules 10 to 13. Nothing missing: it
//      has the block. Else the missing transactions are requested from the sender with getblocktxn, which answers with
//      blocktxn. If more than the share `full_above` of the transactions is missing, the whole block is requested
//      instead.
//   6. Validation takes `validation_delay`, and `validation_per_byte` for each byte of the block, whatever brought it,
//      and `validation_per_missing` for each transaction that the node did not know: with an explicit mempool what that
//      does not hold, else what the compact block lacked. It is work for one of the node's cores. Then the block is
//      delivered and relayed. Its finder does not validate. An invalid block (`invalid_share` of the workload) is
//      dropped then: neither delivered nor relayed, and not fetched again.
//   7. compact-high: a compact node has asked up to `high_bandwidth_peers` (3) of its compact peers for blocks without
//      announcement: at the start the first of its peers, and then those that were last the first to bring it a block;
//      changes are told by sendcmpct. It relays to who has asked it before it validates the block, once it has put it
//      together, if the block is higher than its head.
//   8. Nodes of the role `light_role` fetch headers only: they are sent headers by every mode, deliver the block when
//      they have its header, and send nothing, not even what they find. [output] by = ["role"] tells their coverage
//      apart.
//   9. A restart that keeps the state fetches and validates anew what was under way. One that loses it loses the chain
//      too: the next block brings it back.
//
// With mempool = "explicit" the items that are no blocks are transactions:
//  10. They spread by the rules of `announce` (announce.hpp; its parameters: `transactions`). Nodes of the light role
//      take part with what they publish themselves alone.
//  11. A block holds what its finder's mempool holds when it is found, up to the block's size: if that is too much, the
//      highest fee rates first (announce.hpp), and what does not fit is passed over.
//  12. When a node's chain moves, what the new blocks have leaves its mempool, and what the old ones had and the new
//      ones do not have returns to it. What a node sees in a block first is delivered with it.
//  13. A compact block is put together from the receiver's mempool by short ids of `short_id_bytes`, which may collide
//      (block_relay_slots.hpp). If two of the block's do, or if a wrong transaction has taken a place, the whole block
//      is requested. So a rival of the own head is mostly fetched whole, as its transactions have left the mempool.
//      `unlikely`: transactions that less than the share `unlikely_below` of the sender's peers had announced to it or
//      sent it, when it put the block together, come whole in the compact block (`prefill`), or by their full hashes
//      (`hash`), which do not collide.
//
// Sizes on the wire: block_relay_messages.hpp.
//
// Modelled state (sim/protocol/statistics.hpp): 16 B a peer, 16 B an id seen; for each block on its way into the chain
// 24 B, 8 B for each further announcer, and its size while it is validated. The chain itself is on disk. With an
// explicit mempool what announce counts as well.
//
// Cost: O(degree) a block and node; with announcements 2|E| - (N - 1) of them at most, one request and one block a
// node.
//
// Source: BIP 130 (headers), BIP 152 (compact blocks); SimBlock (Aoki et al. 2019; compact model of Nagayama et al.
// 2020) for whole-block failures.
// Deviation: one request is in flight for a block, where Bitcoin takes up to three compact blocks at once; a block that
// is asked for or pushed twice is used once. No node waits for the parents of a block. Short ids of a statistical
// mempool do not collide. Bitcoin also looks for transactions among the last 100 that left its mempool. The finder of
// an invalid block relays it, and goes on mining on what it had.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "protocols/announce.hpp"
#include "protocols/block_relay_messages.hpp"
#include "protocols/block_relay_slots.hpp"
#include "sim/protocol/protocol.hpp"
#include "sim/protocol/seen_set.hpp"
#include "sim/protocol/statistics.hpp"

namespace hearsay::protocols {

using protocol::Context;

class BlockRelay {
 public:
  static constexpr std::string_view kName = "block-relay";
  static constexpr std::string_view kSummary = "blocks whole, by header and request, or compact as in BIP 152";

  static constexpr protocol::Counter kCompact{"compact_blocks", {.help = "compact blocks that nodes put together"}};
  static constexpr protocol::Counter kCompactHits{
      "compact_hits", {.better = protocol::Better::kHigher, .help = "those of which nothing was missing"}};
  static constexpr protocol::Counter kMissingTx{
      "missing_tx",
      {.better = protocol::Better::kLower, .help = "transactions of compact blocks that a node did not have"}};
  static constexpr protocol::Counter kFullForMissing{
      "full_for_missing",
      {.better = protocol::Better::kLower,
       .help = "whole blocks requested because too much of a compact one was missing"}};
  static constexpr protocol::Counter kFullForTimeout{
      "full_for_timeout",
      {.better = protocol::Better::kLower,
       .help = "whole blocks requested because missing transactions did not come within request_timeout"}};
  static constexpr protocol::Counter kFullForIntegrity{
      "full_for_integrity",
      {.better = protocol::Better::kLower,
       .help = "whole blocks requested because short ids collided: two of the block's, or a wrong transaction"}};
  static constexpr protocol::Counter kRejected{"blocks_rejected",
                                               {.help = "invalid blocks that a node has validated, and dropped"}};
  static constexpr protocol::Counter kTimedOut{
      "block_requests_timed_out",
      {.better = protocol::Better::kLower, .help = "requests for a block, or transactions of it, without an answer"}};
  static constexpr protocol::Ratio kHitRate{
      "compact_hit_rate",
      kCompactHits,
      kCompact,
      true,
      {.better = protocol::Better::kHigher, .help = "share of the compact blocks of which nothing was missing"}};
  static constexpr protocol::Ratio kMissingPerBlock{
      "missing_tx_per_block",
      kMissingTx,
      kCompact,
      false,
      {.better = protocol::Better::kLower, .help = "transactions missing, per compact block that a node put together"}};
  static constexpr auto kFigures =
      protocol::figures(protocol::kHeldByNodes, kCompact, kCompactHits, kMissingTx, kFullForMissing, kFullForTimeout,
                        kFullForIntegrity, kRejected, kTimedOut, kHitRate, kMissingPerBlock);

  using Parts = std::tuple<Announce>;

  enum class Mode : std::uint8_t { kFull, kHeaders, kCompactLow, kCompactHigh };
  enum class Relay : std::uint8_t { kAll, kNone };
  enum class Announcement : std::uint8_t { kHeaders, kInv };
  enum class Mempool : std::uint8_t { kStatistical, kExplicit };
  enum class Unlikely : std::uint8_t { kShortId, kPrefill, kHash };
  enum class Preference : std::uint8_t { kFull, kCompact, kHeaders, kLight };

  /// Shares of the nodes.
  struct PeerGroups {
    std::optional<double> full, compact, headers;
    template <class Fields>
    static void fields(Fields& f);
    bool given() const { return full || compact || headers; }
  };
  struct FailureSize {
    double size = 0;  ///< share of the block
    double weight = 1;
    template <class Fields>
    static void fields(Fields& f);
  };
  /// Nodes whose compact blocks fail otherwise.
  struct Control {
    double share = 0;
    double failure_rate = 0;
    double failure_size = 0;
    template <class Fields>
    static void fields(Fields& f);
  };

  struct Params {
    Mode mode = Mode::kHeaders;
    PeerGroups peer_groups;
    Relay relay = Relay::kAll;
    Announcement announce = Announcement::kHeaders;
    bool announce_back = false;
    Mempool mempool = Mempool::kStatistical;
    Announce::Params transactions;
    Unlikely unlikely = Unlikely::kShortId;
    double unlikely_below = 0.25;
    std::uint32_t short_id_bytes = 6;
    double hit_rate = 1;
    std::optional<double> failure_rate;
    std::vector<FailureSize> failure_sizes;
    Control control;
    double full_above = 0.5;
    std::optional<std::uint32_t> high_bandwidth_peers;
    std::optional<Duration> request_timeout;
    Duration validation_delay;
    Duration validation_per_byte;
    Duration validation_per_missing;
    std::uint64_t coinbase_size = 200;
    block_relay::Sizes sizes;
    std::string light_role = "light";
    template <class Fields>
    static void fields(Fields& f);
    void validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const;
    void validate_mempools(protocol::Setting setting, protocol::Diagnostics& problems) const;
    bool has_mempools() const { return mempool == Mempool::kExplicit; }
    bool compact() const { return mode == Mode::kCompactLow || mode == Mode::kCompactHigh; }
    std::uint32_t most_high_bandwidth() const { return high_bandwidth_peers.value_or(3); }
  };

  /// Who prefers what, and whom everybody has asked at the start.
  struct Setup {
    Announce::Setup transactions;
    std::vector<Preference> preference;         ///< by node
    std::vector<bool> control;                  ///< by node; empty: nobody
    bool uniform = true;                        ///< all nodes prefer the same
    std::vector<std::vector<NodeId>> asked;     ///< by node: its high-bandwidth peers; empty unless compact-high
    std::vector<std::vector<NodeId>> asked_by;  ///< by node: the reverse
    std::vector<double> failure_up_to;          ///< sums of the weights of failure_sizes
  };
  static Setup prepare(const Params& params, const protocol::SetupView& view);

  using Block = block_relay::Block;
  using Headers = block_relay::Headers;
  using Inv = block_relay::Inv;
  using GetData = block_relay::GetData;
  using CmpctBlock = block_relay::CmpctBlock;
  using GetBlockTxn = block_relay::GetBlockTxn;
  using BlockTxn = block_relay::BlockTxn;
  using SendCmpct = block_relay::SendCmpct;
  using TxInv = block_relay::TxInv;
  using TxGetData = block_relay::TxGetData;
  using Message = std::variant<Block, Headers, Inv, GetData, CmpctBlock, GetBlockTxn, BlockTxn, SendCmpct, Announce::Tx,
                               TxInv, TxGetData, Announce::NotFound>;

  struct Timer {
    /// From kTransactions on: those of announce, in their order.
    enum class Kind : std::uint8_t { kRequest, kValidated, kTransactions };
    Kind kind = Kind::kRequest;
    ItemId block{};  ///< of announce's: what they are about
    auto content() const { return std::tie(kind, block); }
  };

  /// What handlers need while they run.
  struct Workspace {
    protocol::Effects<Announce> transactions;
    block_relay::Slots slots;
  };

  void on_start(Context<BlockRelay>& ctx);
  void on_restart(Context<BlockRelay>& ctx);
  void on_publish(Context<BlockRelay>& ctx, ItemId block);
  void on_message(Context<BlockRelay>& ctx, NodeId from, const Message& message) {
    std::visit([&](const auto& m) { receive(ctx, from, m); }, message);
  }
  void on_timer(Context<BlockRelay>& ctx, const Timer& timer);
  void on_peer_down(Context<BlockRelay>& ctx, NodeId peer);

  std::optional<chain::BlockContent> block_content(const Context<BlockRelay>& ctx, ItemId block) const;
  /// Its mempool has the transaction.
  bool holds(ItemId transaction) const { return transactions_ && transactions_->holds(transaction); }

  void gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const;
  std::size_t memory_bytes() const;

 private:
  using Ctx = Context<BlockRelay>;

  /// A block on its way into the chain.
  struct Fetch {
    enum class Stage : std::uint8_t { kRequested, kTransactions, kValidating };
    Stage stage = Stage::kRequested;
    bool compact = false;       ///< requested in compact form
    bool wrong = false;         ///< what was put together does not match
    std::uint32_t missing = 0;  ///< transactions that the compact block lacked
    NodeId from = kNoNode;
    std::vector<NodeId> others;  ///< who announced it too, in order
    std::vector<NodeId> pushed;  ///< whom it was relayed to before validation
    std::optional<protocol::TimerId> timeout;
  };
  /// What a node lacks of a compact block.
  struct Missing {
    std::uint64_t transactions = 0;
    std::uint64_t bytes = 0;
    bool too_much = false;
    bool ambiguous = false;  ///< it cannot be put together
    bool wrong = false;      ///< what was put together does not match
    bool any() const { return transactions > 0; }
  };

  void receive(Ctx& ctx, NodeId from, const Headers& m) { announced(ctx, from, m.block); }
  void receive(Ctx& ctx, NodeId from, const Inv& m) { announced(ctx, from, m.block); }
  void receive(Ctx& ctx, NodeId from, const GetData& request);
  void receive(Ctx& ctx, NodeId from, const Block& m);
  void receive(Ctx& ctx, NodeId from, const CmpctBlock& m);
  void receive(Ctx& ctx, NodeId from, const GetBlockTxn& request);
  void receive(Ctx& ctx, NodeId from, const BlockTxn& answer);
  void receive(Ctx& ctx, NodeId from, const SendCmpct& wish);
  void receive(Ctx& ctx, NodeId from, const Announce::Tx& tx);
  void receive(Ctx& ctx, NodeId from, const TxInv& inv);
  void receive(Ctx& ctx, NodeId from, const TxGetData& request);
  void receive(Ctx& ctx, NodeId from, const Announce::NotFound& answer);

  void announced(Ctx& ctx, NodeId from, ItemId block);
  void request(Ctx& ctx, ItemId block, Fetch& fetch, bool compact);
  void set_timeout(Ctx& ctx, ItemId block, Fetch& fetch);
  static void cancel_timeout(Ctx& ctx, Fetch& fetch);
  void ask_next(Ctx& ctx, ItemId block, Fetch& fetch);
  void complete(Ctx& ctx, NodeId from, ItemId block);
  /// Of a core; `missing`: transactions that a compact block lacked.
  Duration validation(Ctx& ctx, ItemId block, std::uint32_t missing) const;
  void validate(Ctx& ctx, ItemId block);
  void validated(Ctx& ctx, ItemId block);
  /// Delivers it, and relays it if it is higher than the head.
  void adopt(Ctx& ctx, ItemId block, NodeId from, std::span<const NodeId> others, std::span<const NodeId> pushed);
  void brought_first(Ctx& ctx, NodeId from);

  /// The node has it, is validating it, or has it on its chain.
  bool has(Ctx& ctx, ItemId block);
  static bool is_higher(Ctx& ctx, ItemId block);
  Missing missing_of(Ctx& ctx, const CmpctBlock& m) const;
  static Missing failure_of(Ctx& ctx, ItemId block);
  static bool compact_link(Ctx& ctx, NodeId peer);
  CmpctBlock compact_block(Ctx& ctx, ItemId block) const;
  /// A compact block to the peers that have asked for it, but `from` and `others`.
  void push(Ctx& ctx, ItemId block, NodeId from, std::span<const NodeId> others) const;
  /// To all peers but `from`, `others` and those to whom it was pushed.
  static void relay(Ctx& ctx, ItemId block, NodeId from, std::span<const NodeId> others,
                    std::span<const NodeId> pushed);

  // With explicit mempools: block_relay_mempool.cpp.
  /// Calls handler(Announce&, Context<Announce>&).
  template <class Handler>
  void run_transactions(Ctx& ctx, const Handler& handler);
  Missing put_together(Ctx& ctx, const CmpctBlock& m) const;
  /// Of the block, which the node has put together, while its mempool still has the transactions.
  void note_unlikely(Ctx& ctx, ItemId block);
  /// The mempool follows the chain, whose head moves from `old_head` to `block`.
  void follow(Ctx& ctx, ItemId old_head, ItemId block);

  protocol::SeenSet has_;  ///< put together, validated or not
  std::map<ItemId, Fetch> fetches_;
  std::vector<NodeId> asked_;  ///< its high-bandwidth peers, the one that brought a block last at the end
  std::vector<NodeId> asked_by_;
  std::unique_ptr<Announce> transactions_;        ///< null until there is something to do for it
  std::map<ItemId, protocol::ItemIds> unlikely_;  ///< of recent blocks that have some
  bool started_ = false;                          // since the state was new
};

template <class Handler>
void BlockRelay::run_transactions(Ctx& ctx, const Handler& handler) {
  protocol::Effects<Announce>& effects = ctx.workspace().transactions;
  effects.setup = &ctx.setup().transactions;
  if (!transactions_) transactions_ = std::make_unique<Announce>();
  ctx.run_part<Announce>(
      ctx.params().transactions, effects, [&](Context<Announce>& part) { handler(*transactions_, part); },
      [](const Announce::Timer& timer) {
        const auto kind = static_cast<std::uint8_t>(Timer::Kind::kTransactions) + static_cast<std::uint8_t>(timer.kind);
        return Timer{static_cast<Timer::Kind>(kind), ItemId{timer.what}};
      });
}

template <class Fields>
void BlockRelay::PeerGroups::fields(Fields& f) {
  f.share("full", &PeerGroups::full, {.help = "share of the nodes that are sent whole blocks unasked"});
  f.share("compact", &PeerGroups::compact, {.help = "share of the nodes that take and give compact blocks"});
  f.share("headers", &PeerGroups::headers, {.help = "share of the nodes that request whole blocks once announced"});
}

template <class Fields>
void BlockRelay::FailureSize::fields(Fields& f) {
  f.share("size", &FailureSize::size, {.help = "missing share of the block", .required = true});
  f.real("weight", &FailureSize::weight,
         {.help = "how often, relative to the other entries", .min = 0, .above_min = true});
}

template <class Fields>
void BlockRelay::Control::fields(Fields& f) {
  f.share("share", &Control::share, {.help = "exact share of the nodes, drawn, that fail by these figures"});
  f.share("failure_rate", &Control::failure_rate, {.help = "probability that a compact block fails there"});
  f.share("failure_size", &Control::failure_size, {.help = "missing share of the block then"});
}

template <class Fields>
void BlockRelay::Params::fields(Fields& f) {
  f.choice("mode", &Params::mode, {"full", "headers", "compact-low", "compact-high"},
           {.help = "blocks whole and unasked; announced and requested; compact, once announced (low bandwidth) or at "
                    "once to those who asked for it (high bandwidth)",
            .required = true});
  f.table("peer_groups", &Params::peer_groups,
          {.help = "shares of the nodes by preference, which sum to 1; by default all prefer what `mode` says"});
  f.choice("relay", &Params::relay, {"all", "none"}, {.help = "who sends blocks: every node, or their finders alone"});
  f.choice("announce", &Params::announce, {"headers", "inv"}, {.help = "the message that announces a block"});
  f.flag("announce_back", &Params::announce_back,
         {.help = "a block is also announced to the peers that sent or announced it"});
  f.choice(
      "mempool", &Params::mempool, {"statistical", "explicit"},
      {.help = "what nodes have of a block's transactions: drawn; or what has reached them of the transactions that "
               "workloads publish, which blocks take from the mempools of their finders"});
  const auto is_explicit = [](const Params& p) { return p.has_mempools(); };
  f.table("transactions", &Params::transactions,
          {.help = "parameters of announce, by which transactions spread", .used = is_explicit});
  const auto by_short_ids = [](const Params& p) { return p.has_mempools() && p.compact(); };
  f.choice(
      "unlikely", &Params::unlikely, {"short-id", "prefill", "hash"},
      {.help = "transactions that few peers know are in a compact block by short ids like the others; whole; or by "
               "their hashes",
       .used = by_short_ids});
  f.share(
      "unlikely_below", &Params::unlikely_below,
      {.help = "those that less than this share of the sender's peers had announced to it or sent it",
       .used = [](const Params& p) { return p.has_mempools() && p.compact() && p.unlikely != Unlikely::kShortId; }});
  f.integer("short_id_bytes", &Params::short_id_bytes,
            {.help = "length of a short id; BIP 152 has 6", .min = 1, .max = 8, .used = by_short_ids});
  f.share("hit_rate", &Params::hit_rate,
          {.help = "probability that a node has a transaction of a block",
           .used = [](const Params& p) { return p.compact() && !p.failure_rate && !p.has_mempools(); }});
  f.share("failure_rate", &Params::failure_rate,
          {.help = "probability that a compact block fails as a whole; instead of hit_rate",
           .used = [](const Params& p) { return p.compact() && !p.has_mempools(); }});
  const auto fails = [](const Params& p) { return p.compact() && p.failure_rate.has_value() && !p.has_mempools(); };
  f.list(
      "failure_sizes", &Params::failure_sizes,
      {.help = "how much of the block is missing then, as [{ size = 0.01, weight = 546 }, ...]; without it all of it",
       .used = fails});
  f.table("control", &Params::control, {.help = "nodes whose compact blocks fail otherwise", .used = fails});
  f.share("full_above", &Params::full_above,
          {.help = "if more than this share of the transactions is missing, the whole block is requested",
           .used = [](const Params& p) { return p.compact(); }});
  f.integer("high_bandwidth_peers", &Params::high_bandwidth_peers,
            {.help = "peers that a node asks to send compact blocks at once; off: up to 3",
             .used = [](const Params& p) { return p.mode == Mode::kCompactHigh; }});
  f.duration("request_timeout", &Params::request_timeout,
             {.help = "without an answer within this time the next announcer is asked", .min = 1});
  f.duration("validation_delay", &Params::validation_delay, {.help = "work of a core on a block, whoever sent it"});
  f.duration("validation_per_byte", &Params::validation_per_byte,
             {.help = "work of a core for each byte of a block, beside validation_delay", .max = 1e6});
  f.duration("validation_per_missing", &Params::validation_per_missing,
             {.help = "work of a core for each transaction of a block that the node did not know", .max = 1e12});
  f.size("coinbase_size", &Params::coinbase_size,
         {.help = "the coinbase transaction, prefilled in a compact block",
          .used = [](const Params& p) { return p.compact() || p.has_mempools(); }});
  f.table("sizes", &Params::sizes, {.help = "sizes of messages on the wire, where they are not Bitcoin's"});
  f.text("light_role", &Params::light_role, {.help = "nodes of this role fetch headers only"});
}

}  // namespace hearsay::protocols
