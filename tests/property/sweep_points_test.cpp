// Random sweeps: whatever is combined, points are distinct, in the same order each time, and their ids do not depend on
// what else the sweep has.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "sim/campaign/schedule.hpp"
#include "sim/scenario/load.hpp"
#include "tests/support/scenario_file.hpp"

namespace hearsay::scenario::sweep_points_test {
namespace {

using test::diagnostics_text;
using test::ScenarioText;

/// A key and values that are all good wherever they meet, the last of which only includes use.
struct Key {
  const char* name;
  std::vector<std::string> values;
};

const std::vector<Key> kKeys = {
    {"topology.degree", {"4", "6", "8", "12"}},
    {"topology.nodes", {"60", "80", "100", "40"}},
    {"network.loss", {"0.0", "0.1", "0.2", "0.5"}},
    {"network.overhead_bytes", {"1", "40", "60", "7"}},
    {"workload.rate", {"\"1/s\"", "\"2/s\"", "\"3/s\"", "\"9/s\""}},
    {"run.duration", {"\"60 s\"", "\"61 s\"", "\"62 s\"", "\"99 s\""}},
};

class Sweeps : public ::testing::TestWithParam<int> {
 protected:
  std::size_t draw(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

  std::string axis(const Key& key, std::size_t length) {
    std::string text = "\"" + std::string(key.name) + "\" = [";
    for (std::size_t i = 0; i < length; ++i) text += (i == 0 ? "" : ", ") + key.values[i];
    return text + "]";
  }

  Loaded load(const std::string& sweep) {
    ScenarioText text;
    text.rest = sweep;
    return scenario::load(directory_.write("test.toml", text.text()),
                          {.sets = {}, .seed = {}, .draw_topologies = false, .check_memory = false});
  }

  static std::vector<std::uint64_t> ids(const Loaded& loaded) {
    std::vector<std::uint64_t> ids;
    for (const Point& point : loaded.scenario->points) ids.push_back(results::point_id(point));
    return ids;
  }

  std::mt19937 random_{static_cast<std::mt19937::result_type>(GetParam())};  // of the test, not of a simulation
  test::ScenarioDirectory directory_;
};

TEST_P(Sweeps, HaveDistinctPointsWithStableIds) {
  std::vector<Key> keys = kKeys;
  std::shuffle(keys.begin(), keys.end(), random_);
  const std::size_t plain = 1 + draw(3);
  std::vector<std::string> axes;
  std::size_t points = 1;
  for (std::size_t a = 0; a < plain; ++a) {
    const std::size_t length = 1 + draw(3);
    axes.push_back(axis(keys[a], length));
    points *= length;
  }
  std::string zip;
  if (draw(2) == 0) {
    const std::size_t length = 1 + draw(3);
    zip = "[[sweep.zip]]\n" + axis(keys[plain], length) + "\n" + axis(keys[plain + 1], length) + "\n";
    points *= length;
  }
  std::string more;
  if (draw(2) == 0) {
    more += "include = [{ \"" + std::string(keys[0].name) + "\" = " + keys[0].values[3] + " }]\n";
    ++points;
  }
  const auto sweep = [&](const std::vector<std::string>& lines, const std::string& last) {
    std::string text = "[sweep]\n";
    for (const std::string& line : lines) text += line + "\n";
    return text + last + zip;
  };

  const Loaded loaded = load(sweep(axes, more));
  ASSERT_TRUE(loaded.scenario) << diagnostics_text(loaded);
  EXPECT_EQ(loaded.scenario->points.size(), points);
  const auto first = ids(loaded);
  std::set<std::vector<std::string>> coordinates;
  for (const Point& point : loaded.scenario->points) {
    std::vector<std::string> own;
    for (const sweep::AxisValue& value : point.axes) own.push_back(value.key + value.json);
    coordinates.insert(own);
  }
  EXPECT_EQ(coordinates.size(), points);
  EXPECT_EQ(std::set<std::uint64_t>(first.begin(), first.end()).size(), points);
  EXPECT_EQ(ids(load(sweep(axes, more))), first);

  std::vector<std::string> reordered = axes;
  std::reverse(reordered.begin(), reordered.end());
  EXPECT_THAT(ids(load(sweep(reordered, more))), ::testing::UnorderedElementsAreArray(first));

  // What is left after an exclude is what was there, in its order.
  const std::string excluded = "exclude = [{ \"" + std::string(keys[0].name) + "\" = " + keys[0].values[0] + " }]\n";
  const Loaded rest = load(sweep(axes, more + excluded));
  if (!rest.scenario) {
    EXPECT_THAT(diagnostics_text(rest), ::testing::AnyOf(::testing::HasSubstr("no point is left"),
                                                         ::testing::HasSubstr("exclude leaves out every point")));
    return;
  }
  const auto left = ids(rest);
  EXPECT_LT(left.size(), points);
  auto at = first.begin();
  for (const std::uint64_t id : left) {
    at = std::find(at, first.end(), id);
    ASSERT_NE(at, first.end()) << "not in the order of before, or new";
  }
}

INSTANTIATE_TEST_SUITE_P(Random, Sweeps, ::testing::Range(0, 60));

}  // namespace
}  // namespace hearsay::scenario::sweep_points_test
