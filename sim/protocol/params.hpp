#pragma once

// The one description of a protocol's parameters. A protocol lists its fields once:
//
//   struct Params {
//     std::uint32_t fanout = 4;
//     std::optional<std::uint32_t> max_hops;
//     template <class Fields> static void fields(Fields& f) {
//       f.integer("fanout", &Params::fanout, {.help = "peers chosen each round", .min = 1});
//       f.integer("max_hops", &Params::max_hops, {.help = "a copy that made so many hops is not sent on", .min = 1});
//     }
//     // optional: what one field alone cannot tell
//     void validate(const Setting&, Diagnostics&) const;
//   };
//
// and TOML, --set, `hearsay describe` and the manifest all follow from it. The initial value is the
// default; an empty optional is "off". A field that matters only under a condition says so by `used`:
// setting it where it is not used is an error of the scenario.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/time.hpp"
#include "sim/protocol/quota.hpp"
#include "sim/protocol/ramp.hpp"

namespace hearsay::protocol {

enum class ParamType : std::uint8_t {
  kFlag,      ///< bool
  kInteger,   ///< std::int64_t
  kReal,      ///< double, without unit
  kDuration,  ///< Duration, text with unit
  kSize,      ///< std::int64_t bytes, text with unit
  kChoice,    ///< one of `choices`, by name
  kText,      ///< std::string
  kTextList,  ///< std::vector<std::string>
  kRamp,      ///< Ramp: a number, or { from, to, start, stop }
  kQuota,     ///< Quota: a count, a share, or a group's name; as a ParamValue std::int64_t, double or std::string
  kTable,     ///< nested parameters
  kByClass,   ///< table of item class -> nested parameters (or the text of the nested field `shorthand`)
  kList,      ///< array of nested parameters
};

/// A value on its way between text and a field. monostate: off.
using ParamValue =
    std::variant<std::monostate, bool, std::int64_t, double, Duration, std::string, std::vector<std::string>, Ramp>;

/// What validation may look at besides the parameters: the scenario as far as protocols depend on it.
struct Setting {
  std::uint32_t nodes = 0;
  bool complete_graph = false;  ///< by the topology, or by a registry
  bool has_edges = true;        ///< false: nobody ever has a peer
  bool linked_at_start = true;  ///< false: the topology links nobody, a membership does
  SimTime duration;
  std::vector<std::string> classes;  ///< of the items; empty name = unclassed
  std::vector<std::string> groups;   ///< of nodes
  double min_item_bytes = 0;         ///< no item is smaller
  double max_item_bytes = 0;         ///< none is larger; infinity where the distribution has no bound
  double max_latency_ns = 0;         ///< infinity where the distribution has no bound
  bool has_bandwidth = false;        ///< some node's bandwidth is limited
  bool mining = false;               ///< some items are blocks
  std::uint32_t transactions = 0;    ///< of a block, its coinbase among them; 0: not said
  double min_other_bytes = 0;        ///< of the items that are no blocks, no one is smaller
  double max_other_bytes = 0;        ///< none of them is larger; 0: there are none
  std::vector<std::string> roles;
  bool failures_seen = false;  ///< a peer that is gone is noticed: reliable transport, or network.keep_alive

  // What a message takes beside the latency; see require_exchange_fits().
  std::uint64_t slowest_uplink_bit_per_s = 0;  ///< of any node; 0: all unlimited
  std::uint64_t slowest_downlink_bit_per_s = 0;
  std::uint64_t overhead_bytes = 0;     ///< of each message
  bool uplinks_queue = false;           ///< messages of a node leave one after the other
  bool connection_per_message = false;  ///< each takes a round trip more
  double item_bytes = 0;                ///< mean size of the items of the workload whose items are smallest

  std::uint32_t most_peers = std::numeric_limits<std::uint32_t>::max();  ///< no node has more; the largest: not known
  bool can_lose = false;                                                 ///< a message may be lost for good
  bool has_regions = false;                                              ///< some node has one
  SimTime first_publication;                                             ///< none is earlier
  bool runs_on = false;  ///< until the end of its duration, whatever has happened
};

/// What `validate` finds: which parameter, what is wrong, the limit and what to write instead.
struct Diagnostic {
  std::string key;  ///< relative to [protocol]; nested with dots
  std::string message;
  bool warning = false;
};
using Diagnostics = std::vector<Diagnostic>;

/// What there is to say of a parameter, whatever its value.
struct ParamInfo {
  std::string name;
  ParamType type = ParamType::kFlag;
  std::string help;
  bool required = false;
  double min = -std::numeric_limits<double>::infinity();  ///< integers, reals, ramps; durations in ns, sizes in bytes
  double max = std::numeric_limits<double>::infinity();
  bool above_min = false;  ///< strictly above min
  std::vector<std::string> choices;
  std::vector<ParamInfo> children;  ///< kTable, kByClass, kList
  std::string shorthand;            ///< kByClass: name of the nested field that a bare string sets
};

/// The fields of one Params object, or of one nested in it, by their index in its description. Refers to the object.
class ParamFields {
 public:
  using Entry = std::pair<std::string, std::unique_ptr<ParamFields>>;

  virtual ~ParamFields() = default;
  /// Whether the other fields leave this one a meaning.
  virtual bool used(std::size_t field) const = 0;
  /// Scalars, lists of text, ramps and quotas; a value of another type is a bug.
  virtual void set(std::size_t field, const ParamValue& value) = 0;
  /// Of the same; monostate: off.
  virtual ParamValue get(std::size_t field) const = 0;
  /// kByClass, kList: a new nested object, under `key`. It is valid until the next one is added to a list.
  virtual std::unique_ptr<ParamFields> append(std::size_t field, const std::string& key) = 0;
  /// kTable: the nested object; kByClass, kList: all that there are, with their keys.
  virtual std::vector<Entry> entries(std::size_t field) = 0;
};

/// Owns one Params of some protocol; see ParamBoxOf.
class ParamBox {
 public:
  virtual ~ParamBox() = default;
  /// Refers to this box.
  virtual std::unique_ptr<ParamFields> fields() = 0;
  virtual std::unique_ptr<ParamBox> clone() const = 0;
  virtual void validate(const Setting&, Diagnostics&) const = 0;
};

template <class P>
struct FieldOptions {
  std::string help;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool above_min = false;
  bool required = false;
  bool (*used)(const P&) = nullptr;
};

namespace detail {
template <class T>
struct Unwrap {
  using type = T;
  static constexpr bool optional = false;
};
template <class T>
struct Unwrap<std::optional<T>> {
  using type = T;
  static constexpr bool optional = true;
};

/// How to reach one field of a P. What the type of the field does not offer stays empty, and `used` if it is always
/// used.
template <class P>
struct FieldAccess {
  std::function<void(P&, const ParamValue&)> set;
  std::function<ParamValue(const P&)> get;
  std::function<std::unique_ptr<ParamFields>(P&, const std::string& key)> append;
  std::function<std::vector<ParamFields::Entry>(P&)> entries;
  bool (*used)(const P&) = nullptr;
};
}  // namespace detail

template <class P>
std::unique_ptr<ParamFields> fields_of(P& params);

/// Collects the description of Params type P, and beside it how to reach each field.
template <class P>
class FieldList {
 public:
  using Owner = P;  ///< for fields that a base of Params describes
  using Options = FieldOptions<P>;

  template <class M, class B>
  void flag(std::string name, M B::*member, Options o) {
    scalar<bool>(ParamType::kFlag, std::move(name), member, std::move(o));
  }
  template <class M, class B>
  void integer(std::string name, M B::*member, Options o) {
    scalar<std::int64_t>(ParamType::kInteger, std::move(name), member, std::move(o));
  }
  template <class M, class B>
  void real(std::string name, M B::*member, Options o) {
    scalar<double>(ParamType::kReal, std::move(name), member, std::move(o));
  }
  /// A real in [0, 1].
  template <class M, class B>
  void share(std::string name, M B::*member, Options o) {
    o.min = 0;
    o.max = 1;
    scalar<double>(ParamType::kReal, std::move(name), member, std::move(o));
  }
  /// Limits in ns; never negative.
  template <class M, class B>
  void duration(std::string name, M B::*member, Options o) {
    if (o.min < 0) o.min = 0;
    scalar<Duration>(ParamType::kDuration, std::move(name), member, std::move(o));
  }
  /// Bytes; never negative.
  template <class M, class B>
  void size(std::string name, M B::*member, Options o) {
    if (o.min < 0) o.min = 0;
    scalar<std::int64_t>(ParamType::kSize, std::move(name), member, std::move(o));
  }
  template <class M, class B>
  void text(std::string name, M B::*member, Options o) {
    scalar<std::string>(ParamType::kText, std::move(name), member, std::move(o));
  }
  template <class B>
  void text_list(std::string name, std::vector<std::string> B::*member, Options o) {
    whole(ParamType::kTextList, std::move(name), member, std::move(o));
  }
  /// A share that may change with time.
  template <class B>
  void share_ramp(std::string name, Ramp B::*member, Options o) {
    o.min = 0;
    o.max = 1;
    whole(ParamType::kRamp, std::move(name), member, std::move(o));
  }
  /// How many of a node's peers, or which.
  template <class B>
  void quota(std::string name, Quota B::*member, Options o) {
    o.min = 0;
    add(ParamType::kQuota, std::move(name), std::move(o));
    access().set = [member](P& p, const ParamValue& v) {
      if (const auto* count = std::get_if<std::int64_t>(&v)) p.*member = *count;
      if (const auto* share = std::get_if<double>(&v)) p.*member = *share;
      if (const auto* group = std::get_if<std::string>(&v)) p.*member = *group;
    };
    access().get = [member](const P& p) {
      return std::visit([](const auto& value) -> ParamValue { return value; }, p.*member);
    };
  }
  /// An enum whose values 0, 1, ... have the given names.
  template <class M, class B>
  void choice(std::string name, M B::*member, const std::vector<std::string>& names, Options o) {
    using U = detail::Unwrap<M>;
    using E = typename U::type;
    ParamInfo& info = add(ParamType::kChoice, std::move(name), std::move(o));
    info.choices = names;
    access().set = [member, names](P& p, const ParamValue& v) {
      const auto& text = std::get<std::string>(v);
      for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == text) p.*member = static_cast<E>(i);
    };
    access().get = [member, names](const P& p) -> ParamValue {
      const M& m = p.*member;
      if constexpr (U::optional) {
        if (!m) return std::monostate{};
        return names[static_cast<std::size_t>(*m)];
      } else {
        return names[static_cast<std::size_t>(m)];
      }
    };
  }
  /// Nested parameters with a `fields` of their own.
  template <class Q, class B>
  void table(std::string name, Q B::*member, Options o) {
    ParamInfo& info = add(ParamType::kTable, std::move(name), std::move(o));
    info.children = children_of<Q>();
    access().entries = [member](P& p) {
      std::vector<ParamFields::Entry> out;
      out.emplace_back("", fields_of(p.*member));
      return out;
    };
  }
  /// Item class -> nested parameters; a bare string sets the nested field `shorthand`.
  template <class Q, class B>
  void by_class(std::string name, std::map<std::string, Q> B::*member, std::string shorthand, Options o) {
    ParamInfo& info = add(ParamType::kByClass, std::move(name), std::move(o));
    info.children = children_of<Q>();
    info.shorthand = std::move(shorthand);
    access().append = [member](P& p, const std::string& key) { return fields_of((p.*member)[key]); };
    access().entries = [member](P& p) {
      std::vector<ParamFields::Entry> out;
      for (auto& [key, value] : p.*member) out.emplace_back(key, fields_of(value));
      return out;
    };
  }
  /// An array of tables.
  template <class Q, class B>
  void list(std::string name, std::vector<Q> B::*member, Options o) {
    ParamInfo& info = add(ParamType::kList, std::move(name), std::move(o));
    info.children = children_of<Q>();
    access().append = [member](P& p, const std::string&) { return fields_of((p.*member).emplace_back()); };
    access().entries = [member](P& p) {
      std::vector<ParamFields::Entry> out;
      for (Q& value : p.*member) out.emplace_back(std::to_string(out.size()), fields_of(value));
      return out;
    };
  }

  const std::vector<ParamInfo>& infos() const { return infos_; }
  const detail::FieldAccess<P>& access(std::size_t field) const { return access_[field]; }

 private:
  template <class Q>
  static std::vector<ParamInfo> children_of() {
    FieldList<Q> nested;
    Q::fields(nested);
    return nested.infos();
  }
  ParamInfo& add(ParamType type, std::string name, Options o) {
    ParamInfo& info = infos_.emplace_back();
    info.name = std::move(name);
    info.type = type;
    info.help = std::move(o.help);
    info.required = o.required;
    info.min = o.min;
    info.max = o.max;
    info.above_min = o.above_min;
    access_.emplace_back().used = o.used;
    return info;
  }
  /// Of the field that was added last.
  detail::FieldAccess<P>& access() { return access_.back(); }
  /// A field of one of ParamValue's own types.
  template <class V, class B>
  void whole(ParamType type, std::string name, V B::*member, Options o) {
    add(type, std::move(name), std::move(o));
    access().set = [member](P& p, const ParamValue& v) { p.*member = std::get<V>(v); };
    access().get = [member](const P& p) -> ParamValue { return p.*member; };
  }
  template <class V, class M, class B>
  void scalar(ParamType type, std::string name, M B::*member, Options o) {
    using U = detail::Unwrap<M>;
    using T = typename U::type;
    ParamInfo& info = add(type, std::move(name), std::move(o));
    // An integer field's own type limits it, whatever the options say.
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      info.min = std::max(info.min, static_cast<double>(std::numeric_limits<T>::min()));
      info.max = std::min(info.max, static_cast<double>(std::numeric_limits<T>::max()));
    }
    access().set = [member](P& p, const ParamValue& v) { p.*member = static_cast<T>(std::get<V>(v)); };
    access().get = [member](const P& p) -> ParamValue {
      const M& m = p.*member;
      if constexpr (U::optional) {
        if (!m) return std::monostate{};
        return static_cast<V>(*m);
      } else {
        return static_cast<V>(m);
      }
    };
  }

  std::vector<ParamInfo> infos_;
  std::vector<detail::FieldAccess<P>> access_;  ///< one for each of infos_
};

/// The one FieldList of Params type P, made when it is first asked for.
template <class P>
const FieldList<P>& field_list() {
  static const FieldList<P> list = [] {
    FieldList<P> made;
    P::fields(made);
    return made;
  }();
  return list;
}

/// The description of Params type P.
template <class P>
const std::vector<ParamInfo>& describe_params() {
  return field_list<P>().infos();
}

template <class P>
class ParamFieldsOf final : public ParamFields {
 public:
  explicit ParamFieldsOf(P& params) : params_(params) {}

  bool used(std::size_t field) const override { return !access(field).used || access(field).used(params_); }
  void set(std::size_t field, const ParamValue& value) override { access(field).set(params_, value); }
  ParamValue get(std::size_t field) const override { return access(field).get(params_); }
  std::unique_ptr<ParamFields> append(std::size_t field, const std::string& key) override {
    return access(field).append(params_, key);
  }
  std::vector<Entry> entries(std::size_t field) override { return access(field).entries(params_); }

 private:
  static const detail::FieldAccess<P>& access(std::size_t field) { return field_list<P>().access(field); }
  P& params_;
};

template <class P>
std::unique_ptr<ParamFields> fields_of(P& params) {
  return std::make_unique<ParamFieldsOf<P>>(params);
}

template <class P>
class ParamBoxOf final : public ParamBox {
 public:
  std::unique_ptr<ParamFields> fields() override { return fields_of(params_); }
  std::unique_ptr<ParamBox> clone() const override { return std::make_unique<ParamBoxOf>(*this); }
  void validate(const Setting& setting, Diagnostics& diagnostics) const override {
    if constexpr (requires { params_.validate(setting, diagnostics); }) params_.validate(setting, diagnostics);
  }
  P& params() { return params_; }
  const P& params() const { return params_; }

 private:
  P params_;
};

/// The Params in a box, which has to hold one of type P.
template <class P>
P& params_in(ParamBox& box) {
  auto* const own = dynamic_cast<ParamBoxOf<P>*>(&box);
  HEARSAY_CHECK(own != nullptr, "the parameters are another protocol's");
  return own->params();
}

}  // namespace hearsay::protocol
