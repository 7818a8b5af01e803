#include <gtest/gtest.h>

#include "channelbridge/document/document.hpp"
#include "channelbridge/document/tree.hpp"

namespace channelbridge::document {
namespace {

void expect_refused(const std::string& text, const Result<void>& result) {
  ASSERT_FALSE(result) << text.substr(0, 200);
  EXPECT_EQ(result.error().code(), ErrorCode::Protocol) << result.error();
}

TEST(JsonGate, TakesWhatIsJson) {
  for (const char* text :
       {"{}", "[]", "\"x\"", "0", "-0.5e+10", "true", "null", " [1, 2.50, \"\\u00e4\"] ",
        R"({"a":{"b":[{"c":null}]},"":1})", "12345678901234567890123.4500"}) {
    EXPECT_TRUE(check_json(text)) << text;
  }
}

TEST(JsonGate, RefusesEveryKindOfGarbageAlsoWhereNobodyLooks) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[",
                           "}",
                           "{]",
                           "[1,]",
                           "[,1]",
                           "{\"a\":1,}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{a:1}",
                           "[1 2]",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "-",
                           "NaN",
                           "tru",
                           "truex",
                           "nul",
                           "\"a",
                           "\"\\x\"",
                           "\"\\ud800\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\"\t\"",
                           "{} {}",
                           "{}x",
                           "[1]]",
                           "\"a\"\"b\"",
                           "\"a\"b",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\" 1}",
                           "[\"a\":1]",
                           "{\"x\":{\"y\":[garbage]}}",
                           "{\"x\":1.2.3}",
                           "\xEF\xBB\xBF{}",
                           "'a'",
                           "[1,\f2]"}) {
    expect_refused(text, check_json(text));
  }
}

TEST(JsonGate, RefusesDuplicateKeysHoweverTheyAreWritten) {
  expect_refused("escaped", check_json(R"({"a":1,"\u0061":2})"));
  expect_refused("nested", check_json(R"({"x":[{"a":1,"b":2,"a":3}]})"));
  EXPECT_TRUE(check_json(R"({"a":{"a":1},"b":{"a":1}})"));
  std::string wide = "{";
  for (int i = 0; i < 5000; ++i) wide += "\"k" + std::to_string(i) + "\":1,";
  EXPECT_TRUE(check_json(wide + "\"last\":1}"));
  expect_refused("wide", check_json(wide + "\"k7\":1}"));
}

TEST(JsonGate, BoundsDepthCountAndSize) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  expect_refused("deep", check_json(deep));
  EXPECT_TRUE(check_json(std::string(64, '[') + std::string(64, ']')));
  expect_refused("65", check_json(std::string(65, '[') + std::string(65, ']')));
  expect_refused("count", check_json("[1,2,3]", {.max_elements = 3}));
  EXPECT_TRUE(check_json("[1,2,3]", {.max_elements = 4}));
  expect_refused("size", check_json("[1,2,3]", {.max_bytes = 6}));
}

TEST(JsonGate, RefusesInvalidUtf8) {
  expect_refused("bytes", check_json("\"\xff\xfe\""));
  expect_refused("overlong", check_json("\"\xc0\xaf\""));
  expect_refused("surrogate", check_json("\"\xed\xa0\x80\""));
}

TEST(XmlGate, TakesWhatIsXml) {
  for (const char* text :
       {"<a/>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a x='1'>&lt;&#228;<!-- c "
        "--><![CDATA[<&]]></a>\n<!-- end -->",
        "<s:a xmlns:s=\"urn:s\"><s:b xmlns:t='urn:t' t:c='1' xml:lang='de'/></s:a>"}) {
    const auto result = check_xml(text);
    EXPECT_TRUE(result) << text << " " << result.error();
  }
}

TEST(XmlGate, RefusesWhatPugixmlLetsPass) {
  for (const char* text : {"",
                           "x",
                           "<a>",
                           "<a></b>",
                           "<a/><b/>",
                           "<a/>junk",
                           "junk<a/>",
                           "<a x='1' x='2'/>",
                           "<p:a/>",
                           "<a p:x='1'/>",
                           "<a>&</a>",
                           "<a>&nbsp;</a>",
                           "<a x='<'/>",
                           "<a>&#0;</a>",
                           "<a>&#xD800;</a>",
                           "<a>&#x110000;</a>",
                           "<a>\x01</a>",
                           "<?xml version='1.0' encoding='windows-1252'?><a/>",
                           "<!DOCTYPE a><a/>",
                           "<!doctype a><a/>",
                           "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
                           "<a><!DOCTYPE b></a>",
                           "<a",
                           "<a b='",
                           "<a><!--</a>",
                           "<a><![CDATA[</a>",
                           "</a>",
                           "<a>\xff</a>",
                           "<![CDATA[x]]><a/>"}) {
    expect_refused(text, check_xml(text));
  }
}

TEST(XmlGate, BoundsDepthAndCountBeforeItBuildsAnything) {
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "<a>";
  expect_refused("deep", check_xml(deep));
  expect_refused("count", check_xml("<a><b/><b/><b/></a>", {.max_elements = 3}));
  std::string attributes = "<a";
  for (int i = 0; i < 1000; ++i) attributes += " a" + std::to_string(i) + "='1'";
  expect_refused("attributes", check_xml(attributes + "/>", {.max_elements = 100}));
}

TEST(Tree, ReadsBothFormatsTheSameWay) {
  const auto json =
      parse_tree(R"({"a":{"b":"x","n":100.00,"e":null},"list":[1,{}]})", Format::Json);
  ASSERT_TRUE(json);
  const auto flat = flatten(*json);
  EXPECT_EQ(flat.at("a.b"), "s:x");
  EXPECT_EQ(flat.at("a.n"), "n:100.00");
  EXPECT_EQ(flat.at("a.e"), "null");
  EXPECT_EQ(flat.at("list[0]"), "n:1");
  EXPECT_EQ(flat.at("list[1]"), "{}");
  const auto xml = parse_tree(
      "<r xmlns:i='urn:i'><a u='EUR'>1<!-- c -->2<![CDATA[3]]></a><a/><e i:nil='true'/></r>",
      Format::Xml);
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->name, "r");
  const auto flat_xml = flatten(*xml);
  EXPECT_EQ(flat_xml.at("a"), "s:123");
  EXPECT_EQ(flat_xml.at("a.@u"), "s:EUR");
  EXPECT_EQ(flat_xml.at("a[1]"), "s:");
  EXPECT_EQ(flat_xml.at("e"), "null");
}

}  // namespace
}  // namespace channelbridge::document
