#pragma once

// What the simulation asks of a protocol's messages, whichever of its kinds they are.

#include <cstdint>
#include <iterator>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/piece.hpp"
#include "sim/protocol/protocol.hpp"

namespace hearsay::simulation {

template <class P>
std::vector<std::string> message_kinds() {
  return []<class... M>(std::type_identity<std::variant<M...>>) {
    std::vector<std::string> kinds{std::string(M::kName)...};
    if constexpr ((std::is_same_v<M, protocol::NoMessage> || ...)) kinds.clear();
    return kinds;
  }(std::type_identity<typename P::Message>{});
}

/// Calls visit(ItemId) for each whole item that the message carries, visit(const Piece&) for each piece of one, until
/// it returns false.
template <class Message, class Visit>
[[gnu::always_inline]] inline void visit_items(const Message& message, const Visit& visit) {
  std::visit(
      [&](const auto& m) __attribute__((always_inline)) {
        if constexpr (protocol::CarriesItems<std::decay_t<decltype(m)>>)
          for (const auto& carried : m.items())
            if (!visit(carried)) return;
      },
      message);
}

/// The item of the first thing that it carries; kNoItem if there is none. (No std::optional: on the hottest path it is
/// written in parts and read as a whole, for which a core waits longer than for all the rest.)
template <class Message>
ItemId first_item(const Message& message) {
  return std::visit(
      [](const auto& m) {
        if constexpr (protocol::CarriesItems<std::decay_t<decltype(m)>>) {
          const auto carried = m.items();
          if (!std::empty(carried)) return item_of(*std::begin(carried));
        }
        return kNoItem;
      },
      message);
}

template <class Message>
std::uint64_t wire_bytes(const Message& message) {
  return std::visit([](const auto& m) { return static_cast<std::uint64_t>(m.wire_bytes()); }, message);
}

}  // namespace hearsay::simulation
