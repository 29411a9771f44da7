#include "sim/document/key_path.hpp"

#include <gtest/gtest.h>

#include "sim/document/parse.hpp"

namespace hearsay::document::document_key_path_test {
namespace {

class KeyPaths : public testing::Test {
 protected:
  Value parse(const std::string& text) {
    Diagnostics diagnostics;
    auto value = parse_document(text, "x.toml", ids_, diagnostics);
    EXPECT_TRUE(value.has_value());
    return value.value_or(Value{});
  }
  Ids ids_;
};

TEST_F(KeyPaths, SplitAtDotsOutsideQuotes) {
  EXPECT_EQ(split_key("fault.0.share"), (KeyPath{"fault", "0", "share"}));
  EXPECT_EQ(split_key("protocol.policies.\"v1.2\""), (KeyPath{"protocol", "policies", "v1.2"}));
  EXPECT_EQ(split_key("run . seed"), (KeyPath{"run", "seed"}));
}

TEST_F(KeyPaths, NeedAllTheirParts) {
  for (const char* text : {"", ".", "a.", ".a", "a..b", "a.\"b"}) EXPECT_FALSE(split_key(text).has_value()) << text;
}

TEST_F(KeyPaths, PutReplacesAndAdds) {
  Value root = parse("[run]\nseed = 1\n");
  EXPECT_EQ(put(root, {"run", "seed"}, parse_override("2", ids_)), "");
  EXPECT_EQ(put(root, {"run", "until"}, parse_override("quiet", ids_)), "");
  EXPECT_EQ(canonical(root), R"({"run":{"seed":2,"until":"quiet"}})");
}

TEST_F(KeyPaths, PutMakesTablesOnTheWay) {
  Value root = parse("a = 1\n");
  EXPECT_EQ(put(root, {"output", "by"}, parse_override("[\"class\"]", ids_)), "");
  EXPECT_EQ(canonical(root), R"({"a":1,"output":{"by":["class"]}})");
}

TEST_F(KeyPaths, PutCountsTablesOfAnArray) {
  Value root = parse("[[fault]]\nshare = 0.1\n[[fault]]\nshare = 0.2\n");
  EXPECT_EQ(put(root, {"fault", "1", "share"}, parse_override("0.5", ids_)), "");
  EXPECT_EQ(look_up(root, {"fault", "1", "share"})->real, 0.5);
  EXPECT_EQ(look_up(root, {"fault", "0", "share"})->real, 0.1);
  EXPECT_EQ(put(root, {"fault", "2", "share"}, parse_override("0.5", ids_)),
            "index 2 is out of range: fault has 2 (0 to 1)");
  EXPECT_EQ(put(root, {"fault", "share"}, parse_override("0.5", ids_)),
            "fault is an array; name one of its elements by its index, fault.0 to fault.1");
}

TEST_F(KeyPaths, PutDoesNotGoThroughSingleValues) {
  Value root = parse("[run]\nseed = 1\n");
  EXPECT_EQ(put(root, {"run", "seed", "x"}, parse_override("2", ids_)), "run.seed is the integer 1, it holds no key x");
}

TEST_F(KeyPaths, OverridesAreTomlIfTheyParse) {
  EXPECT_EQ(parse_override("4", ids_).type, Type::kInteger);
  EXPECT_EQ(parse_override("4.5", ids_).type, Type::kReal);
  EXPECT_EQ(parse_override("true", ids_).type, Type::kFlag);
  EXPECT_EQ(parse_override("[1, 2]", ids_).type, Type::kArray);
  EXPECT_EQ(parse_override("{ kind = \"ring\" }", ids_).type, Type::kTable);
  EXPECT_EQ(parse_override("\"1 s\"", ids_).text, "1 s");
  EXPECT_EQ(parse_override("1 s", ids_).text, "1 s");
  EXPECT_EQ(parse_override("push-pull", ids_).text, "push-pull");
  EXPECT_EQ(parse_override("", ids_).type, Type::kText);
  EXPECT_EQ(parse_override("1\nother = 2", ids_).type, Type::kText);
}

TEST_F(KeyPaths, TablesKeepTheOrderOfTheFile) {
  const Value root = parse("z = 1\na = { y = 1, b = 2 }\n[m]\n[c]\n");
  EXPECT_EQ(json_text(root), R"({"z":1,"a":{"y":1,"b":2},"m":{},"c":{}})");
}

}  // namespace
}  // namespace hearsay::document::document_key_path_test
