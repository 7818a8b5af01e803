#include <gmock/gmock.h>

#include "scripted_database.hpp"

namespace channelbridge::tryton {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TrytonSession, NamesUserIdAndSession) {
  const Scripted erp = script([](const Call&) { return std::string(R"("result":[])"); });
  ASSERT_TRUE(erp.adapter->read_by_keys(parties(), {"1"}, erp.context()));
  // base64 of "bridge:7:session1"
  EXPECT_EQ(erp.database->calls().front().authorization, "Session YnJpZGdlOjc6c2Vzc2lvbjE=");
  EXPECT_EQ(erp.database->logins(), 1);
}

TEST(TrytonSession, AnEndedSessionIsRenewedOnceAndTheCallRepeated) {
  const Scripted erp = script([](const Call&) { return std::string(R"("result":[])"); });
  ASSERT_TRUE(erp.adapter->read_by_keys(parties(), {"1"}, erp.context()));
  erp.database->end_session();
  ASSERT_TRUE(erp.adapter->read_by_keys(parties(), {"1"}, erp.context()));
  EXPECT_EQ(erp.database->logins(), 2);
  EXPECT_EQ(erp.database->calls().size(), 2U);
}

TEST(TrytonSession, AWrongPasswordStopsWithoutACall) {
  auto database =
      std::make_shared<ScriptedDatabase>([](const Call&) { return std::string(R"("result":[])"); });
  const auto adapter =
      make_tryton(database, {.system = "erp", .random = seeded_random(7)}, "",
                  {.database = "erp", .user = "bridge", .password = Secret("wrong")});
  ASSERT_TRUE(adapter);
  const auto read = (*adapter)->read_by_key(parties(), "1", Context());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::Unauthenticated);
  EXPECT_THAT(to_string(read.error()), ::testing::Not(HasSubstr("wrong")));
  EXPECT_TRUE(database->calls().empty());
}

TEST(TrytonSession, EveryCallNamesCompanyAndLanguage) {
  const Scripted erp = script([](const Call&) { return std::string(R"("result":[])"); });
  ASSERT_TRUE(erp.adapter->read_by_keys(parties(), {"1"}, erp.context()));
  EXPECT_THAT(erp.database->calls().front().params,
              HasSubstr(R"({"active_test":false,"language":"en","company":1}])"));
}

TEST(TrytonSession, SettingsThatDoNotHoldAreNamedAtOnce) {
  const auto adapter = make_tryton(nullptr, {.system = "erp"}, "", {.endpoint = "/x"});
  ASSERT_FALSE(adapter);
  std::vector<std::string> paths;
  for (const Problem& problem : adapter.error().problems()) paths.push_back(problem.path);
  EXPECT_THAT(paths, ElementsAre("url", "database", "user", "endpoint"));
}

TEST(TrytonModels, TellTypesStatesAndRelations) {
  const Scripted erp = script([](const Call&) { return std::string(R"("result":[])"); });
  const auto sale = erp.adapter->describe("sale.sale", erp.context());
  ASSERT_TRUE(sale) << sale.error();
  EXPECT_EQ(sale->navigations.at("lines"), "sale.line");
  EXPECT_THAT(
      sale->properties.at("state").values,
      ElementsAre("draft", "quotation", "confirmed", "processing", "done", "cancelled", "sent"));
  EXPECT_FALSE(sale->properties.at("total_amount").updatable);
  const auto line = erp.adapter->describe("sale.line", erp.context());
  ASSERT_TRUE(line) << line.error();
  EXPECT_EQ(line->properties.at("unit_price").scale, 4);
}

TEST(TrytonModels, AnUnknownModelIsNotFound) {
  const Scripted erp = script([](const Call&) { return std::string(R"("result":[])"); });
  const auto model = erp.adapter->describe("sale.nothing", erp.context());
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code(), ErrorCode::NotFound);
}

}  // namespace
}  // namespace channelbridge::tryton
