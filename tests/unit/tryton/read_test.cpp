#include <gmock/gmock.h>

#include <deque>

#include "scripted_database.hpp"

namespace channelbridge::tryton {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ScriptedDatabase::Answer pages(std::deque<std::string> rows) {
  auto left = std::make_shared<std::deque<std::string>>(std::move(rows));
  return [left](const Call&) -> Result<std::string> {
    if (left->empty()) return std::string(R"("result":[])");
    std::string row = left->front();
    left->pop_front();
    return "\"result\":[" + row + "]";
  };
}

std::string party(int id, const std::string& more = R"(,"identifiers.":[])") {
  return "{" + stamps(id) + R"(,"name":"Rheinwerk","lang":null,"lang.":null)" + more + "}";
}

TEST(TrytonRead, UnchangedRowsFirstThenChangedOnesEachBehindTheLast) {
  const Scripted erp = script(pages({party(1), "", party(4)}));
  auto first = erp.adapter->read(parties(), "", 1, erp.context());
  ASSERT_TRUE(first) << first.error();
  ASSERT_EQ(first->changes.size(), 1U);
  EXPECT_FALSE(first->end);
  EXPECT_EQ(first->changes.front().key, "1");
  EXPECT_EQ(first->changes.front().version, "2026-01-01T09:00:00.168350Z");
  EXPECT_TRUE(first->changes.front().modified_by_us);
  EXPECT_EQ(first->changes.front().document.text().find("_timestamp"), std::string_view::npos);
  const std::string asked = erp.database->calls()[0].params;
  EXPECT_THAT(asked, HasSubstr(R"(["write_date","=",null])"));
  EXPECT_THAT(asked, HasSubstr(R"([["create_date","ASC"],["id","ASC"]])"));
  // Bound: the server's own clock and the second that is running.
  EXPECT_THAT(asked, HasSubstr(R"("hour":12,"minute":0,"second":1,"microsecond":0}])"));
}

TEST(TrytonRead, TheEndIsAnEmptyAnswerOfBothLanes) {
  const Scripted erp = script(pages({party(1)}));
  auto first = erp.adapter->read(parties(), "", 500, erp.context());
  ASSERT_TRUE(first) << first.error();
  EXPECT_FALSE(first->end) << "a short page is no end";
  const auto last = erp.adapter->read(parties(), first->next, 500, erp.context());
  ASSERT_TRUE(last) << last.error();
  EXPECT_TRUE(last->end);
  EXPECT_TRUE(last->changes.empty());
  const auto calls = erp.database->calls();
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_THAT(calls[1].params, HasSubstr(R"(["OR",["create_date",">")"));
  EXPECT_THAT(calls[1].params, HasSubstr(R"("microsecond":168350}],["id",">",1]]])"));
  EXPECT_THAT(calls[2].params, HasSubstr(R"(["write_date","!=",null])"));
}

TEST(TrytonRead, TheNextPassBeginsBehindTheBoundLessTheOverlap) {
  const Scripted erp = script(pages({}));
  const auto end = erp.adapter->read(parties(), "", 500, erp.context());
  ASSERT_TRUE(end && end->end);
  const auto again = erp.adapter->read(parties(), end->next, 500, erp.context());
  ASSERT_TRUE(again) << again.error();
  // 12:00:01 less ten minutes.
  EXPECT_THAT(
      erp.database->calls()[2].params,
      HasSubstr(
          R"(["create_date",">=",{"__class__":"datetime","year":2026,"month":1,"day":1,"hour":11,"minute":50,"second":1,)"));
}

TEST(TrytonRead, LaterPassesFindRecordsByTheStampsOfTheirRows) {
  adapter::Selection selection = sales();
  selection.paths.emplace_back("shipments.number");
  const std::string sale = "{" + stamps(3) + R"(,"lines.":[]})";
  const Scripted erp = script(pages({"", "", "", "", sale, sale}));
  auto page = erp.adapter->read(selection, "", 500, erp.context());
  ASSERT_TRUE(page && page->end);
  EXPECT_EQ(erp.database->calls().size(), 2U) << "the first pass reads everything";
  page = erp.adapter->read(selection, page->next, 500, erp.context());
  ASSERT_TRUE(page) << page.error();
  EXPECT_FALSE(page->end);
  ASSERT_EQ(page->changes.size(), 1U);
  EXPECT_EQ(page->changes.front().key, "3");
  const std::string asked = erp.database->calls().back().params;
  // Those that have not moved themselves; 12:00:01 less ten minutes.
  const std::string since =
      R"({"__class__":"datetime","year":2026,"month":1,"day":1,"hour":11,"minute":50,"second":1,)";
  EXPECT_THAT(asked, HasSubstr(R"(["OR",[["write_date","=",null],["create_date","<",)" + since));
  EXPECT_THAT(asked, HasSubstr(R"(["write_date","<",)" + since));
  for (const char* field :
       {"lines.create_date", "lines.write_date", "shipments.create_date", "shipments.write_date"})
    EXPECT_THAT(asked, HasSubstr("[\"" + std::string(field) + "\",\">=\"," + since));
  EXPECT_THAT(asked, HasSubstr(R"([["id","ASC"]])"));
  // Behind the last row, to an empty answer.
  page = erp.adapter->read(selection, page->next, 500, erp.context());
  ASSERT_TRUE(page) << page.error();
  EXPECT_THAT(erp.database->calls().back().params, HasSubstr(R"(,["id",">",3]])"));
  page = erp.adapter->read(selection, page->next, 500, erp.context());
  ASSERT_TRUE(page) << page.error();
  EXPECT_TRUE(page->end);
}

TEST(TrytonRead, TheLastModifierIsWhoWroteTheLatestRow) {
  adapter::Selection selection = sales();
  selection.modified_by = "write_uid";
  for (const auto& [line, ours] : {std::pair(stamps(5, 7, 20), true),
                                   {stamps(5, 8, 20), false},
                                   {stamps(5, 8, 10), false},
                                   {stamps(5, 8, 5), true}}) {
    const Scripted erp = script(pages({"{" + stamps(3, 7, 10) + R"(,"lines.":[{)" + line + "}]}"}));
    const auto page = erp.adapter->read(selection, "", 1, erp.context());
    ASSERT_TRUE(page) << page.error();
    EXPECT_EQ(page->changes.front().modified_by_us, ours) << line;
  }
}

TEST(TrytonRead, ARowThatIsReadThroughAPathMovesVersionTimeAndLastModifier) {
  adapter::Selection selection = parties();
  selection.paths.emplace_back("identifiers[type=eu_vat].code");
  const auto shown = [&](const std::string& identifier) {
    const Scripted erp =
        script(pages({"{" + stamps(1, 7, 10) + R"(,"name":"Rheinwerk","identifiers.":[{)" +
                      identifier + R"(,"type":"eu_vat","code":"DE1"}]})"}));
    auto page = erp.adapter->read(selection, "", 1, erp.context());
    EXPECT_TRUE(page) << page.error();
    const std::string asked = erp.database->calls().front().params;
    for (const char* field : {"create_date", "write_date", "create_uid", "write_uid"})
      EXPECT_THAT(asked, HasSubstr("\"identifiers." + std::string(field) + "\""));
    return page->changes.front();
  };
  const adapter::Change theirs = shown(stamps(5, 8, 20));
  EXPECT_EQ(theirs.version, "2026-01-02T09:20:00.000000Z");
  EXPECT_EQ(theirs.modified, parse_iso8601(theirs.version));
  EXPECT_FALSE(theirs.modified_by_us);
  const adapter::Change older = shown(stamps(5, 8, 5));
  EXPECT_EQ(older.version, "2026-01-02T09:10:00.000000Z");
  EXPECT_TRUE(older.modified_by_us);
}

TEST(TrytonRead, RowsBelowAListCountAndThoseOfARelationDoNot) {
  adapter::Selection selection = sales();
  selection.paths = {"id", "shipments.moves.quantity", "party.addresses.city"};
  selection.children.front().paths.emplace_back("taxes.description");
  const std::string moves = R"("moves.":[{)" + stamps(9, 8, 30) + R"(,"quantity":2.0}])";
  const std::string address = R"("party.":{"id":4,"addresses.":[{)" + stamps(6, 8, 40) + "}]}";
  const Scripted erp =
      script(pages({"{" + stamps(3, 7, 10) + "," + address + R"(,"lines.":[],"shipments.":[{)" +
                    stamps(5, 7, 20) + "," + moves + "}]}"}));
  const auto page = erp.adapter->read(selection, "", 1, erp.context());
  ASSERT_TRUE(page) << page.error();
  EXPECT_EQ(page->changes.front().version, "2026-01-02T09:30:00.000000Z");
  const std::string asked = erp.database->calls().front().params;
  EXPECT_THAT(asked, HasSubstr(R"("shipments.moves.write_date")"));
  EXPECT_THAT(asked, HasSubstr(R"("lines.taxes.write_date")"));
  EXPECT_THAT(asked, Not(HasSubstr("addresses.write_date")));
}

// `outgoing_moves` of a shipment is computed there, and has no search.
TEST(TrytonRead, AListWithAStepThatCannotBeSearchedIsReadAndNotAskedForChanges) {
  adapter::Selection selection = sales();
  selection.paths.emplace_back("shipments.outgoing_moves.quantity");
  selection.paths.emplace_back("shipments.moves.quantity");
  const Scripted erp = script(pages({}));
  auto page = erp.adapter->read(selection, "", 500, erp.context());
  ASSERT_TRUE(page && page->end);
  page = erp.adapter->read(selection, page->next, 500, erp.context());
  ASSERT_TRUE(page && page->end);
  const std::string asked = erp.database->calls().back().params;
  const std::string domain = asked.substr(0, asked.find(R"(,0,500,)"));
  for (const char* list : {"lines", "shipments", "shipments.moves"})
    EXPECT_THAT(domain, HasSubstr("[\"" + std::string(list) + ".write_date\",\">=\""));
  EXPECT_THAT(domain, Not(HasSubstr("outgoing_moves")));
  for (const char* field : {"quantity", "write_date"})
    EXPECT_THAT(asked, HasSubstr("\"shipments.outgoing_moves." + std::string(field) + "\""));
}

TEST(TrytonRead, OurMarkIsTheIdentifierWithoutAType) {
  const Scripted erp = script(
      pages({party(1, R"(,"identifiers.":[{"type":"eu_vat","code":"DE1","id":1},)"
                      R"({"type":null,"code":"019c2e00-0000-7000-8000-000000000001","id":2}])")}));
  const auto page = erp.adapter->read(parties(), "", 1, erp.context());
  ASSERT_TRUE(page) << page.error();
  EXPECT_EQ(page->changes.front().correlation, "019c2e00-0000-7000-8000-000000000001");
}

TEST(TrytonRead, AReplacedPartyNamesItsSurvivor) {
  const Scripted erp = script(pages({party(1, R"(,"identifiers.":[],"replaced_by":9)")}));
  const auto page = erp.adapter->read(parties(), "", 1, erp.context());
  ASSERT_TRUE(page) << page.error();
  EXPECT_TRUE(page->changes.front().deleted);
  EXPECT_EQ(page->changes.front().merged_into, "9");
}

TEST(TrytonRead, WhatIsNotShownByKeyIsGone) {
  const Scripted erp = script(pages({party(1)}));
  const auto page = erp.adapter->read_by_keys(parties(), {"1", "2", "x"}, erp.context());
  ASSERT_TRUE(page) << page.error();
  std::map<std::string, bool> gone;
  for (const adapter::Change& change : page->changes) gone[change.key] = change.deleted;
  EXPECT_EQ(gone, (std::map<std::string, bool>{{"1", false}, {"2", true}, {"x", true}}));
  const auto one = erp.adapter->read_by_key(parties(), "2", erp.context());
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().code(), ErrorCode::NotFound);
}

TEST(TrytonRead, AChangedLineMovesTheVersion) {
  const std::string line = "{" + stamps(5) + R"(,"quantity":2.0,"product":1,"unit_price":null})";
  std::string changed = line;
  const std::string none = R"("write_date":null)";
  changed.replace(
      changed.find(none), none.size(),
      R"("write_date":{"__class__":"datetime","year":2026,"month":1,"day":2,"hour":9,"minute":0,"second":0,"microsecond":0})");
  const Scripted erp = script(pages({"{" + stamps(3) + R"(,"lines.":[)" + changed + "]}"}));
  const auto page = erp.adapter->read(sales(), "", 1, erp.context());
  ASSERT_TRUE(page) << page.error();
  EXPECT_EQ(page->changes.front().version, "2026-01-02T09:00:00.000000Z");
}

TEST(TrytonRead, TruthsOfASqliteServerAreTruths) {
  adapter::Selection selection = parties();
  selection.paths.emplace_back("active");
  const Scripted erp = script(pages({party(1, R"(,"identifiers.":[],"active":1)")}));
  const auto page = erp.adapter->read(selection, "", 1, erp.context());
  ASSERT_TRUE(page) << page.error();
  EXPECT_THAT(std::string(page->changes.front().document.text()), HasSubstr(R"("active":true)"));
}

TEST(TrytonRead, WhatAUserMayNotReadIsForbidden) {
  const Scripted erp = script([](const Call&) {
    return std::string(R"("error":["UserError",["You are not allowed to read it","",null]])");
  });
  const auto page = erp.adapter->read(parties(), "", 1, erp.context());
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Forbidden);
  EXPECT_EQ(page.error().remote_message(), "You are not allowed to read it");
}

TEST(TrytonRead, ATracebackIsNotHandedOn) {
  const Scripted erp = script([](const Call&) {
    return std::string(R"("error":["'nme'","Traceback (most recent call last): secret"])");
  });
  const auto page = erp.adapter->read(parties(), "", 1, erp.context());
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Protocol);
  EXPECT_THAT(to_string(page.error()), Not(HasSubstr("Traceback")));
}

TEST(TrytonRead, ASelectionThatCannotBeReadIsRefusedWithoutACall) {
  const Scripted erp = script(pages({}));
  adapter::Selection both = parties();
  both.paths = {"lang", "lang.code"};
  EXPECT_FALSE(erp.adapter->check(both));
  adapter::Selection where = parties();
  where.where = "name = 'x'";
  EXPECT_FALSE(erp.adapter->check(where));
  where.where = R"(["name","=","x"])";
  EXPECT_TRUE(erp.adapter->check(where));
  where.where = R"(["name","=","x"], ["code","!=",null])";
  EXPECT_TRUE(erp.adapter->check(where));
  where.where = R"(["name","=","x"], "code")";
  EXPECT_FALSE(erp.adapter->check(where));
  adapter::Selection unknown = parties();
  unknown.paths = {"nmae"};
  const auto page = erp.adapter->read(unknown, "", 1, erp.context());
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Invalid);
  EXPECT_TRUE(erp.database->calls().empty());
  EXPECT_FALSE(erp.adapter->read(parties(), "{\"v\":3}", 1, erp.context()));
}

}  // namespace
}  // namespace channelbridge::tryton
