#include "sim/network/faults/kinds.hpp"

#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace hearsay::network {

namespace {

template <std::size_t... I>
std::vector<FaultKind> one_of_each(std::index_sequence<I...>) {
  return {FaultKind(std::in_place_index<I>)...};
}

// The words of a key's type, and what holds if it is absent.
template <class Kind>
struct Shown {
  const Kind& fault;
  const FaultKey<Kind>& key;
  std::string_view off_or_required() const { return *key.required != '\0' ? "(required)" : "off"; }

  FaultKeyInfo operator()(bool Kind::*member) const {
    return {key.name, "true or false", fault.*member ? "true" : "false", "", key.help};
  }
  FaultKeyInfo operator()(double Kind::*) const {
    const char open = key.above_min ? '(' : '[';
    std::string range = std::isfinite(key.max) ? fmt::format("{}{}, {}]", open, key.min, key.max)
                                               : fmt::format("{} {}", key.above_min ? ">" : ">=", key.min);
    return {key.name, "number", off_or_required(), std::move(range), key.help};
  }
  FaultKeyInfo operator()(Duration Kind::*) const { return {key.name, "duration", off_or_required(), "> 0", key.help}; }
  FaultKeyInfo operator()(Distribution Kind::*) const {
    return {key.name, "duration or distribution", off_or_required(), "> 0", key.help};
  }
  FaultKeyInfo operator()(Sides Kind::*) const {
    return {key.name, "list of lists of text", off_or_required(), "", key.help};
  }
};

}  // namespace

const std::vector<FaultKind>& fault_kinds() {
  static const std::vector<FaultKind> kinds = one_of_each(std::make_index_sequence<std::variant_size_v<FaultKind>>{});
  return kinds;
}

std::string_view fault_kind_name(const FaultKind& kind) {
  return std::visit([](const auto& k) { return k.kName; }, kind);
}

std::string_view fault_kind_summary(const FaultKind& kind) {
  return std::visit([](const auto& k) { return k.kSummary; }, kind);
}

bool hits_all_unless_named(const FaultKind& kind) {
  return std::visit([](const auto& k) { return k.kUnnamed == Unnamed::kAllNodes; }, kind);
}

std::vector<FaultKeyInfo> fault_kind_keys(const FaultKind& kind) {
  std::vector<FaultKeyInfo> infos;
  std::visit(
      [&]<class Kind>(const Kind& fault) {
        for (const FaultKey<Kind>& key : Kind::keys())
          infos.push_back(std::visit([&](auto member) { return Shown<Kind>{fault, key}(member); }, key.member));
      },
      kind);
  return infos;
}

}  // namespace hearsay::network
