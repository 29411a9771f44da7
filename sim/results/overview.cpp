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
    leave_point(idle_);
    faults_.clear();
    point_ = run.key.point;
    ++points_;
  }
  ++runs_;
  const metrics::RunResult& result = run.result;
  if (never_delivers(result)) ++never_delivering_;
  if (result.failed) failed_.push_back({run.key, run.status, result.failure});
  faults_.resize(std::max(faults_.size(), result.faults.size()));
  for (std::size_t i = 0; i < result.faults.size(); ++i) {
    faults_[i].kind = result.faults[i].kind;
    faults_[i].touched = faults_[i].touched || !result.faults[i].touched_nothing();
  }
}

void Overview::leave_point(Idle& idle) const {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    if (!faults_[i].touched) idle[{i, faults_[i].kind}].push_back(point_);
  }
}

bool Overview::never_delivers(const metrics::RunResult& result) {
  const auto value = [&](std::string_view name) {
    const auto found = std::find_if(result.metrics.begin(), result.metrics.end(),
                                    [&](const auto& metric) { return metric.first == name; });
    return found == result.metrics.end() ? std::nullopt : found->second;
  };
  const auto receipts = value("payload_receipts"), duplicates = value("duplicates");
  return receipts && duplicates && *receipts > *duplicates && !value("hops_mean");
}

std::vector<document::Diagnostic> Overview::warnings() const {
  Idle idle = idle_;
  leave_point(idle);
  const PointLabels labels(scenario_);
  std::vector<document::Diagnostic> warnings;
  for (const auto& [fault, points] : idle) {
    std::string where;
    if (points.size() < scenario_.points.size()) where = fmt::format(" at {}", labels.name(points.front()));
    if (!where.empty() && points.size() > 1) where += fmt::format(" and {} more points", points.size() - 1);
    warnings.push_back({.warning = true,
                        .where = {.file = scenario_.file.string()},
                        .key = fmt::format("fault.{}", fault.first),
                        .message = fmt::format("this {} touched nothing in any replication{}: no message dropped or "
                                               "delayed, no node hit; check its times and its nodes",
                                               fault.second, where)});
  }
  if (runs_ > 0 && never_delivering_ == runs_)
    warnings.push_back({.warning = true,
                        .where = {.file = scenario_.file.string()},
                        .key = "protocol",
                        .message =
                            "nodes received items, and none but their publishers ever delivered one in any run; a "
                            "protocol calls deliver(item) for what a node has"});
  return warnings;
}

}  // namespace hearsay::results
