#include "sim/results/overview.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/metrics/catalogue.hpp"
#include "sim/results/run.hpp"

namespace hearsay::results {

analysis::SampleSource sample_source(const std::string& metric) {
  const metrics::MetricInfo* info = metrics::find_metric(metric);
  if (info == nullptr) return {};
  const auto counted_by = [&](std::string_view other) {
    if (other.empty()) return std::string();
    // What is given by role or class has its trials there, too.
    const metrics::MetricInfo* by = metrics::find_metric(other);
    return std::string(other) + (by->delivery ? std::string(metrics::label_of(metric)) : "");
  };
  const metrics::Statistics& statistics = info->statistics;
  return {.kind = statistics.kind,
          .clusters = counted_by(statistics.clusters),
          .per_cluster = counted_by(statistics.per_cluster)};
}

const analysis::Summary* PointSummary::find(std::string_view metric) const {
  const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const auto& m) { return m.first == metric; });
  return found == metrics.end() ? nullptr : &found->second;
}

void PointSummaries::add(const RunRecord& run) {
  if (current_.runs > 0 && current_.point != run.key.point) finish();
  current_.point = run.key.point;
  ++current_.runs;
  current_.failed += run.result.failed ? 1 : 0;
  const auto& metrics = run.result.metrics;
  const auto value_of = [&](const std::string& metric) {
    const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const auto& m) { return m.first == metric; });
    return found == metrics.end() ? std::nullopt : found->second;
  };
  for (const auto& [name, value] : metrics) {
    auto source = sources_.find(name);
    if (source == sources_.end()) source = sources_.emplace(name, sample_source(name)).first;
    const auto [at, is_new] = samples_.try_emplace(name);
    if (is_new) names_.push_back(name);
    at->second.push_back(analysis::sample_of(source->second, value, value_of));
  }
}

void PointSummaries::finish() {
  if (current_.runs == 0) return;
  for (const std::string& name : names_)
    current_.metrics.emplace_back(name, analysis::summarise(sources_.at(name).kind, samples_.at(name)));
  sink_(current_);
  current_ = {};
  names_.clear();
  samples_.clear();
}

int CampaignResult::exit_code(const std::vector<FailedRun>& failed) const {
  const bool by_environment =
      std::any_of(failed.begin(), failed.end(), [](const FailedRun& run) { return worth_another_attempt(run.status); });
  if (!complete() || by_environment) return 1;
  return failed.empty() ? 0 : 2;
}

void Overview::add(const RunRecord& run) {
  if (points_ == 0 || point_ != run.key.point) {
    leave_point(idle_, unused_);
    faults_.clear();
    done_ = {};
    point_ = run.key.point;
    ++points_;
  }
  ++runs_;
  const metrics::RunResult& result = run.result;
  if (result.failed) failed_.push_back({run.key, run.status, result.failure});
  done_.add(result);
  faults_.resize(std::max(faults_.size(), result.faults.size()));
  for (std::size_t i = 0; i < result.faults.size(); ++i) {
    faults_[i].kind = result.faults[i].kind;
    faults_[i].touched = faults_[i].touched || !result.faults[i].touched_nothing();
  }
}

void Overview::leave_point(Idle& idle, Unused& unused) const {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    if (!faults_[i].touched) idle[{i, faults_[i].kind}].push_back(point_);
  }
  if (done_.counted && !done_.published)
    unused[{"workload",
            "nothing was published in any replication{}; check the rates and times of the workloads, and whether their "
            "origins were up"}]
        .push_back(point_);
  if (done_.measured && done_.received && !done_.delivered)
    unused[{"protocol",
            "nodes received items, and none but their publishers ever delivered one in any replication{}; a protocol "
            "calls deliver(item) for what a node has"}]
        .push_back(point_);
}

void Overview::Done::add(const metrics::RunResult& result) {
  double receipts = 0, duplicates = 0;
  for (const auto& [name, value] : result.metrics) {
    const bool some = value.value_or(0) > 0;
    if (name == "items_published") {
      counted = true;
      published = published || some;
    }
    if (name == "items_measured") measured = measured || some;
    if (name == "payload_receipts") receipts = value.value_or(0);
    if (name == "duplicates") duplicates = value.value_or(0);
    if (name == "hops_mean") delivered = delivered || value.has_value();
  }
  received = received || receipts > duplicates;
}

std::string Overview::where(const std::vector<std::uint32_t>& points) const {
  if (points.size() == scenario_.points.size()) return "";
  const std::string first = fmt::format(" at {}", PointLabels(scenario_).name(points.front()));
  return points.size() == 1 ? first : first + fmt::format(" and {} more points", points.size() - 1);
}

std::vector<document::Diagnostic> Overview::warnings() const {
  Idle idle = idle_;
  Unused unused = unused_;
  leave_point(idle, unused);
  std::vector<document::Diagnostic> warnings;
  const auto warn = [&](const std::string& key, const std::string& message) {
    warnings.push_back({.warning = true, .where = {.file = scenario_.file.string()}, .key = key, .message = message});
  };
  for (const auto& [fault, points] : idle)
    warn(fmt::format("fault.{}", fault.first),
         fmt::format("this {} touched nothing in any replication{}: no message dropped or delayed, no node hit; check "
                     "its times and its nodes",
                     fault.second, where(points)));
  for (const auto& [what, points] : unused) warn(what.first, fmt::format(fmt::runtime(what.second), where(points)));
  return warnings;
}

}  // namespace hearsay::results
