#include <gmock/gmock.h>

#include "scripted_database.hpp"

namespace channelbridge::tryton {
namespace {

using adapter::Operation;
using adapter::WriteRequest;
using adapter::WriteStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kMark = "019c2e00-0000-7000-8000-000000000001";

WriteRequest new_party(const std::string& body = R"({"name":"Rheinwerk"})") {
  return {.nodes = {{.operation = Operation::Create, .object = "party.party", .body = body}},
          .correlation_path = R"(identifiers[type=""].code)",
          .correlation = kMark};
}

WriteRequest changed_party(const std::string& version = {}) {
  return {.nodes = {{.operation = Operation::Update,
                     .object = "party.party",
                     .key = "1",
                     .body = R"({"name":"Rheinwerk 12"})",
                     .expected_version = version}}};
}

std::string partner(int id) {
  return "\"result\":[{" + stamps(id) + R"(,"name":"Rheinwerk","lang.":null,"identifiers.":[]}])";
}

/// Answers writes with `answer` and looks with one party.
Scripted answering(const std::string& answer) {
  return script([answer](const Call& call) -> Result<std::string> {
    return call.method.ends_with(".search_read") ? partner(1) : answer;
  });
}

TEST(TrytonWrite, ACreateLeavesTheMarkInTheSameTransaction) {
  const Scripted erp = answering(R"("result":[1])");
  const auto outcomes = erp.adapter->write(parties(), {new_party()}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  const adapter::NodeOutcome& root = outcomes->front().nodes.front();
  EXPECT_EQ(root.status, WriteStatus::Created);
  EXPECT_EQ(root.key, "1");
  EXPECT_EQ(root.version, "2026-01-01T09:00:00.168350Z");
  EXPECT_FALSE(root.document.empty());
  const auto calls = erp.database->calls();
  EXPECT_EQ(calls[0].method, "model.party.party.create");
  EXPECT_THAT(calls[0].params, HasSubstr(R"([[{"identifiers":[["create",[{"code":")" + kMark +
                                         R"(","type":null}]]],"name":"Rheinwerk"}],)"));
}

TEST(TrytonWrite, TheMarkFindsWhatLanded) {
  const Scripted erp = script([](const Call&) {
    return "\"result\":[{" + stamps(1) + R"(,"identifiers.":[{"type":null,"code":")" + kMark +
           "\",\"id\":1}]},{" + stamps(2) + R"(,"identifiers.":[{"type":"eu_vat","code":")" +
           kMark + "\",\"id\":2}]}]";
  });
  const auto found = erp.adapter->find(parties(), kMark, erp.context());
  ASSERT_TRUE(found) << found.error();
  ASSERT_EQ(found->size(), 1U) << "another kind of identifier is no mark";
  EXPECT_EQ(found->front().key, "1");
  EXPECT_THAT(erp.database->calls().front().params,
              HasSubstr(R"([["identifiers.code","=",")" + kMark + "\"]]"));
}

TEST(TrytonWrite, ALostAnswerIsUnknownAndSentOnce) {
  const Scripted erp = script([](const Call& call) -> Result<std::string> {
    if (call.method.ends_with(".search_read")) return partner(1);
    return Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
  });
  const auto outcomes = erp.adapter->write(parties(), {new_party()}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes.front().status, WriteStatus::Unknown);
  EXPECT_THAT(erp.database->methods(), ElementsAre("model.party.party.create"));
}

TEST(TrytonWrite, WhatTheServerRefusesIsSaidInItsWords) {
  const Scripted erp =
      answering(R"("error":["UserError",["The code is taken","Choose another",null]])");
  const auto outcomes = erp.adapter->write(parties(), {new_party()}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  const adapter::NodeOutcome& root = outcomes->front().nodes.front();
  EXPECT_EQ(root.status, WriteStatus::Rejected);
  EXPECT_EQ(root.error->remote_code(), "UserError");
  EXPECT_EQ(root.error->remote_message(), "The code is taken - Choose another");
}

TEST(TrytonWrite, AnExceptionOfACreateIsNoProofThatNothingLanded) {
  std::string found = "[1]";
  const Scripted erp = script([&](const Call& call) -> Result<std::string> {
    if (call.method.ends_with(".search_read")) return partner(1);
    if (call.method.ends_with(".search")) return "\"result\":" + found;
    return std::string(R"("error":["a task failed","Traceback"])");
  });
  auto outcomes = erp.adapter->write(parties(), {new_party()}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes.front().status, WriteStatus::Created);
  EXPECT_EQ(outcomes->front().nodes.front().key, "1");
  found = "[]";
  outcomes = erp.adapter->write(parties(), {new_party()}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes.front().status, WriteStatus::Rejected);
}

TEST(TrytonWrite, ABusyDatabaseIsTriedAgain) {
  const Scripted erp = answering(R"("error":["database is locked","Traceback"])");
  const auto outcomes = erp.adapter->write(parties(), {new_party()}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes.front().status, WriteStatus::Retry);
  EXPECT_THAT(erp.database->methods(), ElementsAre("model.party.party.create"));
}

TEST(TrytonWrite, AWarningIsRefusedUnlessTheSettingsAcceptIt) {
  const std::string warning = R"("error":["UserWarning",["party_vat_1","Is that so?",""]])";
  const Scripted strict = answering(warning);
  const auto refused = strict.adapter->write(parties(), {new_party()}, strict.context());
  ASSERT_TRUE(refused) << refused.error();
  EXPECT_EQ(refused->front().nodes.front().status, WriteStatus::Rejected);
  EXPECT_EQ(refused->front().nodes.front().error->remote_code(), "UserWarning/party_vat_1");

  int creates = 0;
  const Scripted easy = script(
      [&](const Call& call) -> Result<std::string> {
        if (call.method.ends_with(".search_read")) return partner(1);
        if (call.method == "model.party.party.create" && ++creates == 1) return warning;
        return std::string(R"("result":[1])");
      },
      {.accept_warnings = {"party_vat"}});
  const auto passed = easy.adapter->write(parties(), {new_party()}, easy.context());
  ASSERT_TRUE(passed) << passed.error();
  EXPECT_EQ(passed->front().nodes.front().status, WriteStatus::Created);
  EXPECT_THAT(easy.database->methods(),
              ElementsAre("model.party.party.create", "model.res.user.warning.create",
                          "model.party.party.create", "model.party.party.search_read"));
  EXPECT_THAT(easy.database->calls()[1].params,
              HasSubstr(R"({"user":7,"name":"party_vat_1","always":false})"));
}

TEST(TrytonWrite, AMovedVersionIsAConflictAndNothingIsSent) {
  const Scripted erp = answering(R"("result":null)");
  const auto outcomes =
      erp.adapter->write(parties(), {changed_party("2025-12-31T00:00:00.000000Z")}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes.front().status, WriteStatus::Conflict);
  EXPECT_THAT(erp.database->methods(), ElementsAre("model.party.party.search_read"));
}

/// A party that shows these identifiers before a write, and those behind it.
Scripted identified(const std::string& before, const std::string& after) {
  auto written = std::make_shared<bool>(false);
  return script([=](const Call& call) -> Result<std::string> {
    if (!call.method.ends_with(".search_read")) {
      *written = true;
      return std::string(R"("result":null)");
    }
    return "\"result\":[{" + stamps(1, 7, *written ? 10 : 5) +
           R"(,"name":"Rheinwerk","identifiers.":[)" + (*written ? after : before) + "]}]";
  });
}

TEST(TrytonWrite, RowsThatAreReadThroughAPathAreOfTheVersion) {
  adapter::Selection selection = parties();
  selection.paths.emplace_back("identifiers.code");
  const std::string seen = "{" + stamps(5, 8, 6) + "}";
  const auto write = [&](const Scripted& erp) {
    auto outcomes = erp.adapter->write(selection, {changed_party("2026-01-02T09:06:00.000000Z")},
                                       erp.context());
    EXPECT_TRUE(outcomes) << outcomes.error();
    return outcomes->front().nodes.front();
  };
  EXPECT_EQ(write(identified(seen, seen)).version, "2026-01-02T09:10:00.000000Z");
  EXPECT_EQ(write(identified("{" + stamps(5, 8, 7) + "}", seen)).status, WriteStatus::Conflict);
  const adapter::NodeOutcome met = write(identified(seen, "{" + stamps(5, 8, 11) + "}"));
  EXPECT_EQ(met.status, WriteStatus::Updated);
  EXPECT_TRUE(met.document.empty()) << "what somebody else has written there is no answer";
}

TEST(TrytonWrite, AnUpdateCarriesTheStampOfItsLook) {
  const Scripted erp = answering(R"("result":null)");
  const auto outcomes =
      erp.adapter->write(parties(), {changed_party("2026-01-01T09:00:00.168350Z")}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes.front().status, WriteStatus::Updated);
  const auto calls = erp.database->calls();
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_THAT(calls[1].params, HasSubstr(R"([[1],{"name":"Rheinwerk 12"},)"));
  EXPECT_THAT(calls[1].params, HasSubstr(R"("_timestamp":{"party.party,1":"1767258000.168350"})"));
}

TEST(TrytonWrite, WhatOthersWriteBeforeOurLookIsNoAnswer) {
  // What the look behind the write shows: rows of the record, and who wrote them.
  struct Case {
    std::string root;
    std::string lines;
    bool ours;
  };
  const std::string before =
      "{" + stamps(3) + R"(,"lines.":[{)" + stamps(5) + "},{" + stamps(6) + "}]}";
  const std::string untouched = "{" + stamps(6) + "}";
  for (const Case& each :
       {Case{stamps(3, 7, 10), "{" + stamps(5, 7, 10) + "}," + untouched, true},
        Case{stamps(3, 7, 10), "{" + stamps(5, 7, 10) + "},{" + stamps(6, 8, 5) + "}", false},
        Case{stamps(3, 7, 10), "{" + stamps(5, 8, 11) + "}," + untouched, false},
        Case{stamps(3, 8, 11), "{" + stamps(5, 7, 10) + "}," + untouched, false},
        Case{stamps(3, 7, 10), "{" + stamps(5, 7, 10) + "}", false}}) {
    bool written = false;
    const Scripted erp = script([&](const Call& call) -> Result<std::string> {
      if (!call.method.ends_with(".search_read")) {
        written = true;
        return std::string(R"("result":null)");
      }
      return "\"result\":[" +
             (written ? "{" + each.root + R"(,"lines.":[)" + each.lines + "]}" : before) + "]";
    });
    const WriteRequest request{.nodes = {{.operation = Operation::Update,
                                          .object = "sale.sale",
                                          .key = "3",
                                          .body = R"({"reference":"PO 1"})"},
                                         {.operation = Operation::Update,
                                          .object = "sale.line",
                                          .key = "5",
                                          .parent = 0,
                                          .navigation = "lines",
                                          .body = R"({"quantity":2})"}}};
    const auto outcomes = erp.adapter->write(sales(), {request}, erp.context());
    ASSERT_TRUE(outcomes) << outcomes.error();
    const adapter::NodeOutcome& root = outcomes->front().nodes.front();
    EXPECT_EQ(root.status, WriteStatus::Updated);
    EXPECT_EQ(!root.document.empty(), each.ours) << each.root << each.lines;
    EXPECT_EQ(!root.version.empty(), each.ours);
  }
}

TEST(TrytonWrite, AChangeInBetweenIsAConflict) {
  const Scripted erp =
      answering(R"("error":["ConcurrencyException","Records were modified in the meanwhile"])");
  const auto outcomes =
      erp.adapter->write(parties(), {changed_party("2026-01-01T09:00:00.168350Z")}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes.front().status, WriteStatus::Conflict);
}

TEST(TrytonWrite, ARecordThatIsGoneClosesItsLink) {
  const Scripted erp = script([](const Call&) { return std::string(R"("result":[])"); });
  const auto outcomes = erp.adapter->write(parties(), {changed_party()}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_TRUE(outcomes->front().nodes.front().not_found);
}

TEST(TrytonWrite, ARelatedRecordIsNamedByItsFieldsAndMustBeOne) {
  std::string ids = "[3]";
  const Scripted erp = script([&](const Call& call) -> Result<std::string> {
    if (call.method == "model.ir.lang.search") return "\"result\":" + ids;
    return call.method.ends_with(".create") ? std::string(R"("result":[1])") : partner(1);
  });
  const WriteRequest request = new_party(R"({"name":"A","lang":{"code":"de"}})");
  auto outcomes = erp.adapter->write(parties(), {request, request}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  const auto calls = erp.database->calls();
  EXPECT_THAT(calls[0].params, HasSubstr(R"([[["code","=","de"]],0,2,null,)"));
  EXPECT_THAT(calls[1].params, HasSubstr(R"("lang":3,)"));
  EXPECT_EQ(calls[3].method, "model.party.party.create") << "looked up once in a batch";
  for (const char* other : {"[]", "[3,4]"}) {
    ids = other;
    outcomes = erp.adapter->write(parties(), {request}, erp.context());
    ASSERT_TRUE(outcomes) << outcomes.error();
    EXPECT_EQ(outcomes->front().nodes.front().status, WriteStatus::Rejected) << other;
  }
}

TEST(TrytonWrite, ARelationInALookUpIsAnId) {
  const Scripted erp = script([&](const Call& call) -> Result<std::string> {
    if (call.method == "model.product.product.search") return std::string(R"("result":[8])");
    return call.method.ends_with(".search_read") ? "\"result\":[{" + stamps(3) + R"(,"lines.":[]}])"
                                                 : std::string(R"("result":null)");
  });
  const WriteRequest request{
      .nodes = {{.operation = Operation::Update, .object = "sale.sale", .key = "3", .body = "{}"},
                {.operation = Operation::Create,
                 .object = "sale.line",
                 .parent = 0,
                 .navigation = "lines",
                 .body = R"({"product":{"template":"5"}})"}}};
  const auto outcomes = erp.adapter->write(sales(), {request}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_THAT(erp.database->calls()[1].params, HasSubstr(R"([[["template","=",5]],0,2,null,)"));
  EXPECT_THAT(erp.database->calls()[3].params, HasSubstr(R"(["create",[{"product":8}]])"));
}

WriteRequest two_lines() {
  return {
      .nodes = {{.operation = Operation::Update, .object = "sale.sale", .key = "3", .body = "{}"},
                {.operation = Operation::Create,
                 .object = "sale.line",
                 .parent = 0,
                 .navigation = "lines",
                 .body = R"({"product":"1","quantity":2,"unit_price":9.50})"},
                {.operation = Operation::Create,
                 .object = "sale.line",
                 .parent = 0,
                 .navigation = "lines",
                 .body = R"({"product":"2","quantity":1})"},
                {.operation = Operation::Delete,
                 .object = "sale.line",
                 .key = "5",
                 .parent = 0,
                 .navigation = "lines"}}};
}

/// A sale that shows line 5 before the write and `after` behind it.
Scripted lines_answering(const std::vector<int>& after) {
  auto looks = std::make_shared<int>(0);
  return script([looks, after](const Call& call) -> Result<std::string> {
    if (call.method == "model.sale.line.on_change") {
      return std::string(
          R"("result":[{"unit":1,"unit.":{"rec_name":"Unit"},"unit_price":{"__class__":"Decimal","decimal":"899.0000"},)"
          R"("taxes":{"add":[[0,{"id":4}]]},"amount":{"__class__":"Decimal","decimal":"1.00"}}])");
    }
    if (!call.method.ends_with(".search_read")) return std::string(R"("result":null)");
    std::string lines = (*looks)++ == 0 ? "{" + stamps(5) + "}" : "";
    if (lines.empty())
      for (const int id : after) lines += (lines.empty() ? "{" : ",{") + stamps(id) + "}";
    return "\"result\":[{" + stamps(3) + R"(,"state":"draft","lines.":[)" + lines + "]}]";
  });
}

TEST(TrytonWrite, LinesGoInOneCallAndTheirKeysAscend) {
  const Scripted erp = lines_answering({12, 11});
  const auto outcomes = erp.adapter->write(sales(), {two_lines()}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  const auto& nodes = outcomes->front().nodes;
  EXPECT_EQ(nodes[1].key, "11");
  EXPECT_EQ(nodes[2].key, "12");
  EXPECT_EQ(nodes[3].status, WriteStatus::Deleted);
  const auto calls = erp.database->calls();
  ASSERT_EQ(calls.size(), 5U);
  // The server's own rules fill in what was left open, and nothing of what was said.
  EXPECT_THAT(calls[1].params, HasSubstr(R"("_parent_sale.id":3)"));
  EXPECT_EQ(
      calls[3].params.substr(0, calls[3].params.find(",{\"active")),
      R"([[3],{"lines":[["delete",[5]],["create",[)"
      R"({"product":1,"quantity":2,"taxes":[["add",[4]]],"unit":1,"unit_price":{"__class__":"Decimal","decimal":"9.50"}},)"
      R"({"product":2,"quantity":1,"taxes":[["add",[4]]],"unit":1,"unit_price":{"__class__":"Decimal","decimal":"899.0000"}}]]]})");
}

TEST(TrytonWrite, OtherNewLinesThanWereSentAreNotGuessed) {
  const Scripted erp = lines_answering({11, 12, 13});
  const auto outcomes = erp.adapter->write(sales(), {two_lines()}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes[0].status, WriteStatus::Updated);
  EXPECT_EQ(outcomes->front().nodes[1].status, WriteStatus::Unknown);
  EXPECT_EQ(outcomes->front().nodes[1].key, "");
}

}  // namespace
}  // namespace channelbridge::tryton
