#include "sim/membership/message.hpp"

#include <initializer_list>

#include "sim/core/check.hpp"

namespace hearsay::membership {

std::string_view message_kind_name(MessageKind kind) {
  switch (kind) {
    case MessageKind::kConnect: return "connect";
    case MessageKind::kDisconnect: return "disconnect";
    case MessageKind::kPing: return "ping";
    case MessageKind::kPong: return "pong";
  }
  HEARSAY_CHECK(false, "a membership message of no kind");
}

std::vector<std::string> message_kinds(const MembershipSpec& spec) {
  std::vector<std::string> names;
  if (spec.is_static()) return names;
  for (const MessageKind kind :
       {MessageKind::kConnect, MessageKind::kDisconnect, MessageKind::kPing, MessageKind::kPong}) {
    const bool exchanges = kind == MessageKind::kPing || kind == MessageKind::kPong;
    if (!exchanges || spec.kind == Kind::kExchange) names.emplace_back(message_kind_name(kind));
  }
  return names;
}

std::string_view timer_kind_name(TimerKind kind) {
  switch (kind) {
    case TimerKind::kList: return "registry-list";
    case TimerKind::kRenew: return "registry-renew";
    case TimerKind::kRound: return "ping-round";
    case TimerKind::kTimeout: return "ping-timeout";
    case TimerKind::kRotate: return "rotate";
  }
  HEARSAY_CHECK(false, "a membership timer of no kind");
}

}  // namespace hearsay::membership
