#include <gtest/gtest.h>

#include "channelbridge/document/path.hpp"
#include "channelbridge/document/tree_path.hpp"
#include "channelbridge/document/xml_text.hpp"

namespace channelbridge::document {
namespace {

TEST(Path, DotAndSlashAreSynonyms) {
  EXPECT_EQ(*parse_path("a.b.c"), *parse_path("a/b/c"));
  ASSERT_EQ(parse_path("a.b")->size(), 2U);
}

TEST(Path, SelectsByPositionAndByValue) {
  const auto position = parse_path("items[2].sku");
  ASSERT_TRUE(position);
  EXPECT_EQ((*position)[0].index, 2U);
  const auto value = parse_path("to_Partner[PartnerFunction=AG,Counter=\"0,1\"].Customer");
  ASSERT_TRUE(value);
  ASSERT_EQ((*value)[0].where.size(), 2U);
  EXPECT_EQ((*value)[0].where[0], (std::pair<std::string, std::string>("PartnerFunction", "AG")));
  EXPECT_EQ((*value)[0].where[1], (std::pair<std::string, std::string>("Counter", "0,1")));
}

TEST(Path, TakesAttributesAndQuotedSteps) {
  EXPECT_EQ((*parse_path("Amount/@currencyID"))[1].name, "@currencyID");
  EXPECT_EQ((*parse_path("@odata.etag"))[0].name, "@odata.etag");
  EXPECT_EQ((*parse_path("\"odd.name\".\"a\\\"b\""))[0].name, "odd.name");
  EXPECT_EQ((*parse_path("\"odd.name\".\"a\\\"b\""))[1].name, "a\"b");
  EXPECT_EQ((*parse_path("ID[@schemeID=VAT]"))[0].where[0].first, "@schemeID");
}

TEST(Path, PrintsWhatItReads) {
  for (const char* text : {"a.b", "items[0].sku", "to_P[F=AG].Name", "to_P[F=AG,G=\"x]\"]",
                           "Amount.@currencyID", "\"odd.name\".x", "\"a b\"", "@odata.etag"}) {
    const auto path = parse_path(text);
    ASSERT_TRUE(path) << text;
    EXPECT_EQ(*parse_path(to_string(*path)), *path) << to_string(*path);
  }
  EXPECT_EQ(to_string(*parse_path("a/b[c=1]")), "a.b[c=1]");
}

TEST(XmlText, ATreeIsReadAsItWasWritten) {
  const std::string text = "a\r\nb\rc\nd\te <f> & \"g\" 'h' ]]> \xC3\xA4";
  Tree tree{.kind = Tree::Kind::Object, .name = "R"};
  tree.children.push_back({.kind = Tree::Kind::Text, .name = "@note", .text = text});
  tree.children.push_back({.kind = Tree::Kind::Text, .name = "E", .text = text});
  std::string xml;
  append_xml(xml, tree);
  EXPECT_EQ(xml.find('\r'), std::string::npos) << "a reader makes line feeds of these";
  const auto read = parse_tree(xml, Format::Xml);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(flatten(*read), flatten(tree));
}

TEST(ChangeFlags, StandBesideEachBlockForWhatItSays) {
  auto tree = parse_tree(
      "<D><HEAD><A>1</A><B/></HEAD><EMPTY/><ROWS><row><NO>1</NO><DATA><Q u=\"x\">5</Q></DATA></row>"
      "<row><NO>2</NO><DATA/></row></ROWS></D>",
      Format::Xml);
  ASSERT_TRUE(tree) << tree.error();
  set_flags(*tree, {{.block = *parse_path("HEAD"), .flags = "HEADX"},
                    {.block = *parse_path("EMPTY"), .flags = "EMPTYX"},
                    {.block = *parse_path("GONE"), .flags = "GONEX", .whole = true},
                    {.block = *parse_path("ROWS"), .flags = "ROWSX", .whole = true},
                    {.block = *parse_path("ROWS/row/DATA"), .flags = "DATAX"}});
  std::string xml;
  append_xml(xml, *tree);
  EXPECT_EQ(xml,
            "<D><HEAD><A>1</A><B/></HEAD><EMPTY/><ROWS><row><NO>1</NO><DATA><Q u=\"x\">5</Q></DATA>"
            "<DATAX><Q>X</Q></DATAX></row><row><NO>2</NO><DATA/></row></ROWS>"
            "<HEADX><A>X</A><B>X</B></HEADX><ROWSX>X</ROWSX></D>");
}

TEST(XmlText, KnowsWhatXmlCannotCarry) {
  for (const char* text : {"", "\t\r\n", "\x7F", "\xC2\x85", "\xEF\xBF\xBD", "\xEF\xBF"})
    EXPECT_TRUE(fits_xml(text)) << text;
  for (const char* text : {"\x01", "a\x1B", "\xEF\xBF\xBE", "a\xEF\xBF\xBF"})
    EXPECT_FALSE(fits_xml(text)) << text;
  EXPECT_FALSE(fits_xml(std::string_view("\0", 1)));
}

TEST(Path, SaysWhereItIsWrong) {
  for (const char* text :
       {"", ".", "a..b", "a[", "a[b]", "a[b=1", "a]", "a b", "\"x", "@", "a[0", "a."}) {
    const auto path = parse_path(text);
    ASSERT_FALSE(path) << text;
    EXPECT_EQ(path.error().code(), ErrorCode::Invalid);
    EXPECT_NE(path.error().message().find("position"), std::string::npos) << path.error();
  }
}

}  // namespace
}  // namespace channelbridge::document
