#include "sim/metrics/result_fields.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace hearsay::metrics {
namespace {

/// What the members `First`, `Rest` ... lead to, each in the one before.
template <auto First, auto... Rest>
constexpr auto& follow(auto& object) {
  if constexpr (sizeof...(Rest) == 0) {
    return object.*First;
  } else {
    return follow<Rest...>(object.*First);
  }
}

template <auto... Path>
constexpr RunField field(std::string_view name, FieldPlace place) {
  using Value = std::remove_cvref_t<decltype(follow<Path...>(std::declval<RunResult&>()))>;
  static_assert(std::is_same_v<Value, std::uint64_t> || std::is_same_v<Value, double>);
  return {.name = name,
          .type = std::is_same_v<Value, double> ? FieldType::kReal : FieldType::kCount,
          .place = place,
          .get = [](const RunResult& run) -> FieldValue { return follow<Path...>(run); },
          .set = [](RunResult& run, const FieldValue& value) { follow<Path...>(run) = std::get<Value>(value); }};
}

template <auto... Path>
constexpr RunField digest(std::string_view name, FieldPlace place) {
  RunField made = field<Path...>(name, place);
  made.type = FieldType::kDigest;
  return made;
}

constexpr RunField computed(std::string_view name, FieldPlace place, FieldValue (*get)(const RunResult&)) {
  return {.name = name, .type = FieldType::kReal, .place = place, .get = get, .set = nullptr};
}

FieldValue events_per_s(const RunResult& run) {
  const Performance& p = run.performance;
  return p.wall_s > 0 ? FieldValue(static_cast<double>(p.events) / p.wall_s) : FieldValue();
}

using R = RunResult;
using P = Performance;
using M = OwnMemory;
using enum FieldPlace;

constexpr std::array kFields = {
    digest<&R::digest>("digest", kRun),
    field<&R::simulated_s>("simulated_s", kStoreOnly),
    field<&R::performance, &P::events>("events", kPerformance),
    field<&R::performance, &P::setup_s>("setup_s", kPerformance),
    field<&R::performance, &P::wall_s>("wall_s", kPerformance),
    computed("events_per_s", kPerformance, events_per_s),
    field<&R::performance, &P::peak_rss_bytes>("peak_rss_bytes", kPerformance),
    field<&R::performance, &P::memory, &M::nodes>("nodes_bytes", kPerformance),
    field<&R::performance, &P::memory, &M::items>("items_bytes", kPerformance),
    field<&R::performance, &P::memory, &M::messages>("messages_bytes", kPerformance),
};

/// Converts to whatever a member is.
struct Anything {
  template <class T>
  operator T() const;  // NOLINT(google-explicit-constructor): that is its use
};

/// How many members an aggregate has.
template <class T, class... Values>
constexpr std::size_t members() {
  if constexpr (requires { T{Values{}..., Anything{}}; }) {
    return members<T, Values..., Anything>();
  } else {
    return sizeof...(Values);
  }
}

/// Of RunResult: `failed` and `failure`, which go with the status of a run; the ten tables, which the codec and the
/// store know one by one; `performance`, whose own members are listed.
constexpr std::size_t kNoNumbers = 2 + 10 + 1;
static_assert(static_cast<std::size_t>(std::ranges::count_if(kFields, &RunField::is_stored)) ==
                  (members<RunResult>() - kNoNumbers) + (members<Performance>() - 1) + members<OwnMemory>(),
              "a member of RunResult, Performance or OwnMemory is missing in kFields");

}  // namespace

std::span<const RunField> run_fields() { return kFields; }

}  // namespace hearsay::metrics
