#include "type_internal.hpp"

#include <gtest/gtest.h>

namespace channelbridge::idoc {
namespace {

document::Tree tree_of(std::string_view xml) {
  auto tree = document::parse_tree(xml, document::Format::Xml);
  EXPECT_TRUE(tree);
  return tree ? *tree : document::Tree{};
}

std::string names(const document::Tree& tree) {
  std::string out;
  for (const auto& child : tree.children) out += child.name + " ";
  return out;
}

TEST(IdocType, PutsSegmentsAndFieldsInTheTypesOrder) {
  const auto types = Types::load();
  ASSERT_TRUE(types) << to_string(types.error());
  auto tree = tree_of(
      "<ORDERS><E1EDP01><E1EDP20><WMENG>1</WMENG></E1EDP20><MENGE>1</MENGE><POSEX>20</POSEX>"
      "</E1EDP01><E1EDKA1><PARTN>2</PARTN><PARVW>WE</PARVW></E1EDKA1><E1EDKA1><PARVW>AG</PARVW>"
      "</E1EDKA1><E1EDK01><BELNR>1</BELNR><CURCY>EUR</CURCY></E1EDK01></ORDERS>");
  EXPECT_TRUE(types->find("ORDERS05")->arrange(tree).empty());
  EXPECT_EQ(names(tree), "E1EDK01 E1EDKA1 E1EDKA1 E1EDP01 ");
  EXPECT_EQ(names(tree.children[0]), "CURCY BELNR ");
  EXPECT_EQ(names(tree.children[1]), "PARVW PARTN ");  // the ship-to stays in front
  EXPECT_EQ(names(tree.children[3]), "POSEX MENGE E1EDP20 ");
}

TEST(IdocType, NamesWhatItDoesNotHave) {
  const auto types = Types::load();
  ASSERT_TRUE(types);
  auto tree = tree_of(
      "<ORDERS><E1EDK01><CURRCY>EUR</CURRCY><ACTION>0004</ACTION></E1EDK01><E1EDP1/></ORDERS>");
  const auto problems = types->find("ORDERS05")->check(tree);
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].path, "E1EDK01/CURRCY");
  EXPECT_EQ(problems[0].suggestion, "CURCY");
  EXPECT_EQ(problems[1].rule, "length");
  EXPECT_EQ(problems[2].path, "E1EDP1");
  EXPECT_EQ(problems[2].suggestion, "E1EDP01");
}

TEST(IdocType, CountsCharactersNotBytes) {
  const auto types = Types::load();
  ASSERT_TRUE(types);
  std::string name;
  for (int i = 0; i < 35; ++i) name += "ö";
  auto fits = tree_of("<DEBMAS><E1KNA1M><NAME1>" + name + "</NAME1></E1KNA1M></DEBMAS>");
  EXPECT_TRUE(types->of_message("DEBMAS")->check(fits).empty());
  auto longer = tree_of("<DEBMAS><E1KNA1M><NAME1>" + name + "x</NAME1></E1KNA1M></DEBMAS>");
  EXPECT_EQ(types->of_message("DEBMAS")->check(longer).size(), 1U);
}

TEST(IdocType, SaysWhatIsOutOfOrder) {
  const auto types = Types::load();
  ASSERT_TRUE(types);
  const auto problems =
      types->find("ORDERS05")
          ->check(tree_of("<ORDERS><E1EDP01/><E1EDK01><CURCY>EUR</CURCY></E1EDK01></ORDERS>"));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].rule, "order");
}

TEST(IdocType, RefusesMarksThatNameNoSegment) {
  const auto type =
      Type::parse(R"({"type": "T", "messages": {"M": {"marks": {"A..B": "AX"}}}, "segments": []})");
  ASSERT_FALSE(type);
  EXPECT_NE(to_string(type.error()).find("A..B"), std::string::npos);
}

TEST(IdocType, DescribesSegmentsWithTheOriginOfTheirFields) {
  const auto types = Types::load();
  ASSERT_TRUE(types);
  const auto root = types->describe("ORDRSP");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->navigations.at("E1EDP01"), "ORDERS05/E1EDP01");
  const auto item = types->describe("ORDERS05/E1EDP01");
  ASSERT_TRUE(item);
  EXPECT_EQ(item->properties.at("POSEX").max_length, 6U);
  EXPECT_EQ(item->properties.at("POSEX").origin, "");
  EXPECT_EQ(item->properties.at("ABGRU").origin, "derived, unconfirmed");
  EXPECT_EQ(item->navigations.at("E1EDP20"), "ORDERS05/E1EDP01/E1EDP20");
  const auto unknown = types->describe("ORDER");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), ErrorCode::NotFound);
  EXPECT_NE(unknown.error().message().find("ORDERS"), std::string::npos);
}

TEST(IdocType, IsWrittenInTheTypeThatTheProjectNames) {
  const auto types = Types::load();
  ASSERT_TRUE(types);
  EXPECT_EQ(types->of_message("DEBMAS")->name(), "DEBMAS07");
  EXPECT_EQ(types->of_message("DEBMAS", "DEBMAS06")->name(), "DEBMAS06");
}

}  // namespace
}  // namespace channelbridge::idoc
