#include "sim/protocol/params.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hearsay::protocol::params_test {
namespace {

using ::testing::ElementsAre;

enum class Mode : std::uint8_t { kPush, kPull };

struct Inner {
  std::uint32_t size = 3;
  Mode mode = Mode::kPush;
  template <class Fields>
  static void fields(Fields& f) {
    f.integer("size", &Inner::size, {.help = "inner size"});
    f.choice("mode", &Inner::mode, {"push", "pull"}, {.help = "inner mode"});
  }
};

struct Base {
  bool flag = false;
};

struct Outer : Base {
  std::uint8_t small = 7;
  std::int32_t number = -2;
  std::optional<std::uint32_t> maybe;
  double ratio = 0.5;
  double share = 0.25;
  Duration wait = seconds(1);
  std::uint64_t bytes = 1000;
  Mode mode = Mode::kPull;
  std::optional<Mode> maybe_mode;
  std::string text = "hi";
  std::vector<std::string> names;
  Ramp ramp{0.5};
  Inner table;
  std::map<std::string, Inner> by_class;
  std::vector<Inner> list;
  template <class Fields>
  static void fields(Fields& f) {
    using P = typename Fields::Owner;
    f.flag("flag", &P::flag, {.help = "a flag"});
    f.integer("small", &P::small, {.help = "a small integer", .min = 1});
    f.integer("number", &P::number, {.help = "an integer", .min = -5, .max = 5});
    f.integer("maybe", &P::maybe, {.help = "off by default"});
    f.real("ratio", &P::ratio, {.help = "a real", .min = 0, .above_min = true});
    f.share("share", &P::share, {.help = "a share"});
    f.duration("wait", &P::wait, {.help = "a duration", .required = true});
    f.size("bytes", &P::bytes, {.help = "a size"});
    f.choice("mode", &P::mode, {"push", "pull"}, {.help = "a choice"});
    f.choice("maybe_mode", &P::maybe_mode, {"push", "pull"}, {.help = "a choice or nothing"});
    f.text("text", &P::text, {.help = "a text"});
    f.text_list("names", &P::names, {.help = "texts"});
    f.share_ramp("ramp", &P::ramp, {.help = "a share that may change"});
    f.table("table", &P::table, {.help = "nested"});
    f.by_class("by_class", &P::by_class, "mode", {.help = "by class"});
    f.list("list", &P::list, {.help = "a list", .used = [](const P& p) { return p.flag; }});
  }
};

std::size_t place(const std::vector<ParamInfo>& infos, const std::string& name) {
  for (std::size_t i = 0; i < infos.size(); ++i)
    if (infos[i].name == name) return i;
  throw std::out_of_range(name);
}

class Params : public ::testing::Test {
 protected:
  std::size_t at(const std::string& name) { return place(infos, name); }
  const ParamInfo& info(const std::string& name) { return infos[at(name)]; }
  ParamValue get(const std::string& name) { return fields->get(at(name)); }
  void set(const std::string& name, ParamValue value) { fields->set(at(name), value); }

  const std::vector<ParamInfo>& infos = describe_params<Outer>();
  Outer outer;
  std::unique_ptr<ParamFields> fields = fields_of(outer);
};

TEST_F(Params, AreListedInTheOrderOfTheirDescription) {
  std::vector<std::string> names;
  for (const ParamInfo& i : infos) names.push_back(i.name);
  EXPECT_THAT(names, ElementsAre("flag", "small", "number", "maybe", "ratio", "share", "wait", "bytes", "mode",
                                 "maybe_mode", "text", "names", "ramp", "table", "by_class", "list"));
  EXPECT_EQ(info("ratio").help, "a real");
  EXPECT_TRUE(info("wait").required);
  EXPECT_FALSE(info("flag").required);
}

TEST_F(Params, ShowTheirDefaults) {
  EXPECT_EQ(get("flag"), ParamValue(false));
  EXPECT_EQ(get("small"), ParamValue(std::int64_t{7}));
  EXPECT_EQ(get("number"), ParamValue(std::int64_t{-2}));
  EXPECT_EQ(get("maybe"), ParamValue(std::monostate{}));
  EXPECT_EQ(get("ratio"), ParamValue(0.5));
  EXPECT_EQ(get("wait"), ParamValue(seconds(1)));
  EXPECT_EQ(get("bytes"), ParamValue(std::int64_t{1000}));
  EXPECT_EQ(get("mode"), ParamValue(std::string("pull")));
  EXPECT_EQ(get("maybe_mode"), ParamValue(std::monostate{}));
  EXPECT_EQ(get("text"), ParamValue(std::string("hi")));
}

TEST_F(Params, TakeValues) {
  set("flag", true);
  set("small", std::int64_t{9});
  set("maybe", std::int64_t{4});
  set("share", 0.75);
  set("wait", milliseconds(5));
  set("mode", std::string("push"));
  set("maybe_mode", std::string("pull"));
  set("names", std::vector<std::string>{"a", "b"});
  EXPECT_TRUE(outer.flag);
  EXPECT_EQ(outer.small, 9);
  EXPECT_EQ(outer.maybe, 4u);
  EXPECT_EQ(outer.share, 0.75);
  EXPECT_EQ(outer.wait, milliseconds(5));
  EXPECT_EQ(outer.mode, Mode::kPush);
  EXPECT_EQ(outer.maybe_mode, Mode::kPull);
  EXPECT_THAT(outer.names, ElementsAre("a", "b"));
  EXPECT_EQ(get("maybe"), ParamValue(std::int64_t{4}));
  EXPECT_EQ(get("maybe_mode"), ParamValue(std::string("pull")));
}

// Whatever the description allows, a field's own type limits it.
TEST_F(Params, AreLimitedByDescriptionAndType) {
  EXPECT_EQ(info("small").min, 1);
  EXPECT_EQ(info("small").max, 255);
  EXPECT_EQ(info("number").min, -5);
  EXPECT_EQ(info("number").max, 5);
  EXPECT_EQ(info("maybe").min, 0);
  EXPECT_EQ(info("maybe").max, 4294967295.0);
  EXPECT_EQ(info("share").min, 0);
  EXPECT_EQ(info("share").max, 1);
  EXPECT_EQ(info("wait").min, 0);
  EXPECT_EQ(info("bytes").min, 0);
  EXPECT_TRUE(info("ratio").above_min);
  EXPECT_THAT(info("mode").choices, ElementsAre("push", "pull"));
}

TEST_F(Params, TakeSharesThatChange) {
  EXPECT_EQ(info("ramp").type, ParamType::kRamp);
  EXPECT_EQ(info("ramp").min, 0);
  EXPECT_EQ(info("ramp").max, 1);
  EXPECT_EQ(get("ramp"), ParamValue(Ramp(0.5)));
  const Ramp ramp(0, 1, SimTime{} + seconds(1), SimTime{} + seconds(2));
  set("ramp", ramp);
  EXPECT_EQ(outer.ramp, ramp);
}

TEST_F(Params, NestTables) {
  const ParamInfo& table = info("table");
  EXPECT_EQ(table.type, ParamType::kTable);
  const auto entries = fields->entries(at("table"));
  ASSERT_EQ(entries.size(), 1u);
  entries[0].second->set(place(table.children, "size"), std::int64_t{11});
  EXPECT_EQ(outer.table.size, 11u);
  EXPECT_EQ(entries[0].second->get(place(table.children, "size")), ParamValue(std::int64_t{11}));
}

TEST_F(Params, GrowEntriesByClass) {
  const ParamInfo& by_class = info("by_class");
  EXPECT_EQ(by_class.shorthand, "mode");
  fields->append(at("by_class"), "tx")->set(place(by_class.children, "mode"), std::string("pull"));
  EXPECT_EQ(outer.by_class.at("tx").mode, Mode::kPull);
  fields->append(at("by_class"), "block");
  std::vector<std::string> keys;
  for (const auto& [key, entry] : fields->entries(at("by_class"))) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("block", "tx"));
}

TEST_F(Params, GrowLists) {
  const ParamInfo& list = info("list");
  fields->append(at("list"), "");
  fields->append(at("list"), "")->set(place(list.children, "size"), std::int64_t{5});
  ASSERT_EQ(outer.list.size(), 2u);
  EXPECT_EQ(outer.list[1].size, 5u);
  EXPECT_EQ(fields->entries(at("list")).size(), 2u);
}

TEST_F(Params, MayDependOnOthers) {
  EXPECT_FALSE(fields->used(at("list")));
  outer.flag = true;
  EXPECT_TRUE(fields->used(at("list")));
  EXPECT_TRUE(fields->used(at("flag")));  // always
}

struct WithQuota {
  Quota peers = std::int64_t{2};
  template <class Fields>
  static void fields(Fields& f) {
    f.quota("peers", &WithQuota::peers, {.help = "who"});
  }
};

TEST(ParamQuotas, AreACountAShareOrAGroup) {
  WithQuota params;
  const auto fields = fields_of(params);
  EXPECT_EQ(describe_params<WithQuota>().at(0).type, ParamType::kQuota);
  EXPECT_EQ(fields->get(0), ParamValue(std::int64_t{2}));
  for (const ParamValue& value : {ParamValue(std::int64_t{1}), ParamValue(1.0), ParamValue(std::string("miners"))}) {
    fields->set(0, value);
    EXPECT_EQ(fields->get(0), value);
  }
  EXPECT_EQ(params.peers, Quota(std::string("miners")));
}

struct Checked {
  int number = 1;
  template <class Fields>
  static void fields(Fields& f) {
    f.integer("number", &Checked::number, {.help = "a number"});
  }
  void validate(const Setting&, Diagnostics& diagnostics) const {
    if (number > 5) diagnostics.push_back({"number", "too large"});
  }
};

TEST(ParamBoxes, GiveBackTheParamsThatTheyHold) {
  ParamBoxOf<Checked> box;
  box.fields()->set(0, std::int64_t{7});
  EXPECT_EQ(params_in<Checked>(box).number, 7);
  const auto copy = box.clone();
  params_in<Checked>(box).number = 2;
  EXPECT_EQ(params_in<Checked>(*copy).number, 7);
  Diagnostics found;
  box.validate({}, found);
  EXPECT_TRUE(found.empty());
  copy->validate({}, found);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].key, "number");
}

TEST(ParamBoxesDeathTest, DoNotPassForThoseOfAnotherProtocol) {
  ParamBoxOf<Checked> box;
  EXPECT_DEATH(params_in<Inner>(box), "another protocol's");
}

}  // namespace
}  // namespace hearsay::protocol::params_test
