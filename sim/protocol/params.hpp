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
//     void validate(const Setting&, Problems&) const;
//   };
//
// and TOML, --set, `hearsay describe` and the manifest all follow from it. The initial value is the
// default; an empty optional is "off". A field that matters only under a condition says so by `used`:
// setting it where it is not used is an error of the scenario.

#include <algorithm>
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

#include "sim/core/time.hpp"
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
  SimTime duration;
  std::vector<std::string> classes;  ///< of the items; empty name = unclassed
  double max_latency_ns = 0;         ///< infinity where the distribution has no bound
  bool has_bandwidth = false;        ///< some node's bandwidth is limited
};

/// A complaint of `validate`: which parameter, what is wrong, the limit and what to write instead.
struct Problem {
  std::string key;  ///< relative to [protocol]; nested with dots
  std::string message;
  bool warning = false;
};
using Problems = std::vector<Problem>;

/// A parameter, type-erased: how to show, read and write it.
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
  std::function<void(void* params, const ParamValue&)> set;           ///< scalars and lists of text
  std::function<ParamValue(const void* params)> get;                  ///< monostate: off
  std::function<void*(void* params)> child;                           ///< kTable: the nested struct
  std::function<void*(void* params, const std::string& key)> append;  ///< kByClass, kList: a new nested struct
  std::function<std::vector<std::pair<std::string, const void*>>(const void* params)> entries;  ///< kByClass, kList
  std::function<bool(const void* params)> used;                                                 ///< null: always
};

/// Owns one Params of some protocol.
class ParamBox {
 public:
  virtual ~ParamBox() = default;
  virtual void* data() = 0;
  virtual const void* data() const = 0;
  virtual std::unique_ptr<ParamBox> clone() const = 0;
  virtual void validate(const Setting&, Problems&) const = 0;
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
}  // namespace detail

/// Collects the ParamInfos of Params type P.
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
  /// An enum whose values 0, 1, ... have the given names.
  template <class M, class B>
  void choice(std::string name, M B::*member, const std::vector<std::string>& names, Options o) {
    using U = detail::Unwrap<M>;
    using E = typename U::type;
    ParamInfo& info = add(ParamType::kChoice, std::move(name), std::move(o));
    info.choices = names;
    info.set = [member, names](void* p, const ParamValue& v) {
      const auto& text = std::get<std::string>(v);
      for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == text) static_cast<P*>(p)->*member = static_cast<E>(i);
    };
    info.get = [member, names](const void* p) -> ParamValue {
      const M& m = static_cast<const P*>(p)->*member;
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
    info.child = [member](void* p) -> void* { return &(static_cast<P*>(p)->*member); };
    info.entries = [member](const void* p) {
      return std::vector<std::pair<std::string, const void*>>{{"", &(static_cast<const P*>(p)->*member)}};
    };
  }
  /// Item class -> nested parameters; a bare string sets the nested field `shorthand`.
  template <class Q, class B>
  void by_class(std::string name, std::map<std::string, Q> B::*member, std::string shorthand, Options o) {
    ParamInfo& info = add(ParamType::kByClass, std::move(name), std::move(o));
    info.children = children_of<Q>();
    info.shorthand = std::move(shorthand);
    info.append = [member](void* p, const std::string& key) -> void* { return &(static_cast<P*>(p)->*member)[key]; };
    info.entries = [member](const void* p) {
      std::vector<std::pair<std::string, const void*>> out;
      for (const auto& [key, value] : static_cast<const P*>(p)->*member) out.emplace_back(key, &value);
      return out;
    };
  }
  /// An array of tables.
  template <class Q, class B>
  void list(std::string name, std::vector<Q> B::*member, Options o) {
    ParamInfo& info = add(ParamType::kList, std::move(name), std::move(o));
    info.children = children_of<Q>();
    info.append = [member](void* p, const std::string&) -> void* {
      return &(static_cast<P*>(p)->*member).emplace_back();
    };
    info.entries = [member](const void* p) {
      std::vector<std::pair<std::string, const void*>> out;
      for (const Q& value : static_cast<const P*>(p)->*member) out.emplace_back(std::to_string(out.size()), &value);
      return out;
    };
  }

  std::vector<ParamInfo> take() { return std::move(infos_); }

 private:
  template <class Q>
  static std::vector<ParamInfo> children_of() {
    FieldList<Q> nested;
    Q::fields(nested);
    return nested.take();
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
    if (o.used) info.used = [used = o.used](const void* p) { return used(*static_cast<const P*>(p)); };
    return info;
  }
  /// A field of one of ParamValue's own types.
  template <class V, class B>
  void whole(ParamType type, std::string name, V B::*member, Options o) {
    ParamInfo& info = add(type, std::move(name), std::move(o));
    info.set = [member](void* p, const ParamValue& v) { static_cast<P*>(p)->*member = std::get<V>(v); };
    info.get = [member](const void* p) -> ParamValue { return static_cast<const P*>(p)->*member; };
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
    info.set = [member](void* p, const ParamValue& v) { static_cast<P*>(p)->*member = static_cast<T>(std::get<V>(v)); };
    info.get = [member](const void* p) -> ParamValue {
      const M& m = static_cast<const P*>(p)->*member;
      if constexpr (U::optional) {
        if (!m) return std::monostate{};
        return static_cast<V>(*m);
      } else {
        return static_cast<V>(m);
      }
    };
  }

  std::vector<ParamInfo> infos_;
};

/// The description of Params type P.
template <class P>
std::vector<ParamInfo> describe_params() {
  FieldList<P> list;
  P::fields(list);
  return list.take();
}

}  // namespace hearsay::protocol
