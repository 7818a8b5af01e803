#include "channelbridge/model/fields.hpp"

#include <gtest/gtest.h>

namespace channelbridge::model {
namespace {

TEST(Fields, SettingEmptyErases) {
  Fields fields;
  set(fields, "topic", "CRM");
  set(fields, "topic", "ERP");
  EXPECT_EQ(get(fields, "topic"), "ERP");
  set(fields, "topic", std::nullopt);
  EXPECT_EQ(get(fields, "topic"), std::nullopt);
  EXPECT_TRUE(fields.empty());
}

TEST(Patch, FindsOnlyWhatIsStated) {
  Patch patch{
      .entries = {{.path = "topic", .value = "CRM"}, {.path = "company.name", .value = {}}}};
  patch.sort();
  EXPECT_EQ(patch.entries.front().path, "company.name");
  ASSERT_NE(patch.find("company.name"), nullptr);
  EXPECT_EQ(patch.find("company.name")->value, std::nullopt);
  EXPECT_EQ(patch.find("rating"), nullptr);
}

TEST(PendingReference, SurvivesEveryKey) {
  for (const auto& key : {"0010000123", "a/b", "ID='1',X=2", "%2F", "pending:x/y/z"}) {
    const PendingReference reference{
        .system = "dealer/se%", .object = "Lead Collection", .key = key};
    EXPECT_EQ(parse_pending_reference(to_string(reference)), reference);
  }
  EXPECT_EQ(to_string(PendingReference{"crm", "Account", "001"}), "pending:crm/Account/001");
  for (const auto* text : {"crm/Account/001", "pending:crm/Account", "pending:crm/Account/",
                           "pending://1", "pending:a%/b/c"}) {
    EXPECT_FALSE(parse_pending_reference(text)) << text;
  }
}

TEST(ElementPath, IsTakenApartAndPutTogether) {
  const auto path = split_element("onboarding.checklist[018f].valid.start");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->list, "onboarding.checklist");
  EXPECT_EQ(path->element, "018f");
  EXPECT_EQ(path->field, "valid.start");
  EXPECT_EQ(element_path(path->list, path->element, path->field),
            "onboarding.checklist[018f].valid.start");
  EXPECT_EQ(split_element("addresses[@7]")->element, "@7");
  EXPECT_EQ(split_element("addresses[@7]")->field, "");
  EXPECT_FALSE(split_element("company.name"));
  EXPECT_FALSE(split_element("addresses[7"));
  EXPECT_FALSE(split_element(""));
}

TEST(FieldPaths, ARowPathGivesTheValueOfEveryElement) {
  const Fields fields{{"lines[a].qty.value", "1"},
                      {"lines[b].qty.value", "2"},
                      {"lines[b].no", "20"},
                      {"lines_net", "3"},
                      {"linesman", "x"}};
  EXPECT_EQ(values_at(fields, "lines[].qty.value"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(values_at(fields, "lines[].no"), std::vector<std::string>{"20"});
  EXPECT_EQ(values_at(fields, "lines_net"), std::vector<std::string>{"3"});
  EXPECT_TRUE(values_at(fields, "nothing").empty());
}

}  // namespace
}  // namespace channelbridge::model
