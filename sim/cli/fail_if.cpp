#include "sim/cli/fail_if.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "sim/core/units.hpp"
#include "sim/document/diagnostics.hpp"
#include "sim/metrics/catalogue.hpp"

namespace hearsay::cli {
namespace {

constexpr std::array<std::string_view, 5> kSenses = {"worse", "better", "higher", "lower", "differs"};

/// What is wrong with a condition.
struct Mistake {
  std::string what;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// "METRIC SENSE REST", split at the first word that is a sense; a label in the metric may hold spaces.
struct Words {
  std::string metric;
  std::string_view sense, rest;
};

Words split(std::string_view text) {
  for (std::size_t at = text.find(' '); at != std::string_view::npos; at = text.find(' ', at + 1)) {
    const std::string_view after = trimmed(text.substr(at));
    const std::string_view word = after.substr(0, after.find(' '));
    for (std::string_view sense : kSenses) {
      if (word == sense) return {std::string(trimmed(text.substr(0, at))), sense, trimmed(after.substr(word.size()))};
    }
  }
  throw Mistake{fmt::format("says none of {}: write METRIC worse by 5 %, for example", fmt::join(kSenses, ", "))};
}

const metrics::MetricInfo& metric_named(const std::string& name) {
  if (const auto* info = metrics::find_metric(name)) return *info;
  std::vector<std::string> known;
  for (const auto& info : metrics::metric_catalogue()) known.emplace_back(info.name);
  std::string near = document::nearest(name, known);
  // "t90" for t90_s: what is missing at the end is no typing mistake, but as likely.
  for (auto candidate = known.begin(); near.empty() && candidate != known.end(); ++candidate) {
    if (candidate->starts_with(name)) near = *candidate;
  }
  throw Mistake{fmt::format("no metric is called '{}'{}; `hearsay list metrics` shows what there is", name,
                            near.empty() ? "" : fmt::format(", do you mean '{}'?", near))};
}

FailIf::Sense sense_of(std::string_view word, const metrics::MetricInfo& info) {
  using Sense = FailIf::Sense;
  if (word == "higher") return Sense::kHigher;
  if (word == "lower") return Sense::kLower;
  if (word == "differs") return Sense::kEither;
  if (info.better == metrics::Better::kNeither) {
    throw Mistake{fmt::format("neither direction of {} is better: write higher, lower or differs", info.name)};
  }
  const bool higher_is_better = info.better == metrics::Better::kHigher;
  return (word == "better") == higher_is_better ? Sense::kHigher : Sense::kLower;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// In the metric's own unit.
double absolute(std::string_view text, const metrics::MetricInfo& info) {
  const auto checked = [&](auto parsed, auto to_value) {
    if (!parsed.value) throw Mistake{fmt::format("'{}' after by: {}, or per cent (5 %)", text, parsed.error)};
    return to_value(*parsed.value);
  };
  if (info.unit == "s") {
    return checked(parse_duration(text), [](Duration duration) { return static_cast<double>(duration.ns) / 1e9; });
  }
  if (info.unit == "B") {
    return checked(parse_size(text), [](std::uint64_t bytes) { return static_cast<double>(bytes); });
  }
  const auto plain = number(text);
  if (!plain) throw Mistake{fmt::format("'{}' after by is no number: write 0.5 or 5 %", text)};
  return *plain;
}

FailIf parse(const std::string& text) {
  const Words words = split(text);
  const metrics::MetricInfo& info = metric_named(words.metric);
  FailIf condition;
  condition.text = text;
  condition.metric = words.metric;
  condition.sense = sense_of(words.sense, info);
  if (words.rest.empty()) return condition;
  if (!words.rest.starts_with("by ")) {
    throw Mistake{fmt::format("'{}' after {}: write by AMOUNT, or nothing", words.rest, words.sense)};
  }
  const std::string_view amount = trimmed(words.rest.substr(3));
  condition.percent = amount.ends_with('%');
  if (condition.percent) {
    const auto value = number(trimmed(amount.substr(0, amount.size() - 1)));
    if (!value) throw Mistake{fmt::format("'{}' after by is no number of per cent: write 5 %", amount)};
    condition.amount = *value;
  } else {
    condition.amount = absolute(amount, info);
  }
  if (condition.amount < 0) {
    throw Mistake{
        fmt::format("'{}' after by is below 0: the direction is said by higher, lower, worse or better", amount)};
  }
  return condition;
}

}  // namespace

bool FailIf::holds(const analysis::Difference& difference, std::optional<double> p) const {
  const double that_way = sense == Sense::kHigher  ? difference.difference
                          : sense == Sense::kLower ? -difference.difference
                                                   : std::abs(difference.difference);
  const double limit = percent ? amount / 100 * std::abs(difference.a) : amount;
  return that_way > limit && (!p || *p < 0.05);
}

std::vector<FailIf> parse_fail_ifs(const std::vector<std::string>& texts) {
  std::vector<FailIf> conditions;
  std::vector<std::string> mistakes;
  for (const std::string& text : texts) {
    try {
      conditions.push_back(parse(text));
    } catch (const Mistake& mistake) {
      mistakes.push_back(fmt::format("--fail-if '{}': {}", text, mistake.what));
    }
  }
  if (!mistakes.empty()) throw document::InputError(fmt::format("{}", fmt::join(mistakes, "\n")));
  return conditions;
}

}  // namespace hearsay::cli
