#include "tests/support/campaigns/campaigns.hpp"

#include "sim/core/random.hpp"
#include "sim/metrics/catalogue.hpp"

namespace hearsay::test {

scenario::Scenario bare_scenario(std::uint32_t points, std::uint32_t replications) {
  scenario::Scenario scenario;
  scenario.name = "bare";
  scenario.identity = "bare";
  scenario.seed = 42;
  scenario.replications = replications;
  scenario.points.resize(points);
  for (std::uint32_t p = 0; p < points; ++p) {
    const std::string fanout = std::to_string(p + 1);
    scenario.points[p].axes = {{"protocol.fanout", fanout, fanout}};
    scenario.points[p].resolved_json = R"({"protocol":{"fanout":)" + fanout + "}}";
  }
  return scenario;
}

results::RunRecord full_run(results::RunKey run) {
  KeyedDraws draws(1, Stream::kProperty, run.point, run.replication);
  const auto value = [&draws] { return static_cast<double>(draws.bits()) * 0x1p-63; };
  results::RunRecord record{run, results::RunStatus::kDone, {}};
  metrics::RunResult& result = record.result;
  result.digest = draws.bits();
  result.simulated_s = 20;
  for (const auto& metric : metrics::metric_catalogue().first(40)) {
    const bool is_count = result.metrics.size() % 2 == 0;
    result.metrics.emplace_back(metric.name, is_count ? static_cast<double>(draws.bits() % 1'000'000) : value());
  }
  result.messages_by_kind = {{"inv", 14'000, 504'000}, {"getdata", 7'000, 252'000}, {"item", 7'001, 7'001'000}};
  result.drops = {{"loss", draws.bits() % 1'000}};
  result.faults = {{"partition", 815, 2, 50, 40}};
  result.miners = {{3, 0.1, 80, 1}, {4, 0.9, 700, 12}};
  metrics::ReachCurve& reach = result.reach.emplace_back();
  double time_s = 0;
  for (int percent = 1; percent <= 100; ++percent) {
    reach.share.push_back(percent / 100.0);
    reach.time_s.emplace_back(time_s += value() / 100);
  }
  result.performance = {14'002, value(), value(), 9'000'000};
  return record;
}

}  // namespace hearsay::test
