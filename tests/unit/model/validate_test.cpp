#include "channelbridge/model/validate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/model/partner.hpp"
#include "channelbridge/model/record.hpp"
#include "samples.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> short_form(const std::vector<Problem>& problems) {
  std::vector<std::string> out;
  for (const Problem& problem : problems) out.push_back(problem.path + " " + problem.rule);
  return out;
}

TEST(Check, AcceptsACompleteRecord) {
  EXPECT_THAT(short_form(check(*type("lead"), to_fields(lead_sample()))), IsEmpty());
  EXPECT_TRUE(validate(*type("lead"), to_fields(lead_sample())));
}

TEST(Check, ReportsAllBreachesAtOnce) {
  const Fields fields{{"topik", "x"},
                      {"status", "Captured"},
                      {"score", "05"},
                      {"budget.amount", "5"},
                      {"company.name", std::string(256, 'x')}};
  EXPECT_THAT(short_form(check(*type("lead"), fields)),
              UnorderedElementsAre("topik unknown_field", "status value", "score canonical",
                                   "budget.currency currency", "company.name value"));
  const auto refused = validate(*type("lead"), fields);
  EXPECT_EQ(refused.error().code(), ErrorCode::Invalid);
  EXPECT_EQ(refused.error().problems().size(), 5U);
}

TEST(Check, AnIncompleteRecordBreaksNothingButSaysWhatIsMissing) {
  const Fields fields{{"topic", "x"}};
  EXPECT_THAT(check(*type("lead"), fields), IsEmpty());
  EXPECT_THAT(short_form(missing(*type("lead"), fields)),
              UnorderedElementsAre("number required", "source required", "status required",
                                   "company.name company_or_person", "contact.email contact_way"));
  EXPECT_THAT(missing(*type("lead"), to_fields(lead_sample())), IsEmpty());
}

TEST(Check, RequiredListsAndElementFieldsAreMissedToo) {
  const Fields fields{{"partner_number", "1"},       {"name", "A"},
                      {"status", "active"},          {"roles[1].code", "partner"},
                      {"addresses[1].city", "Lund"}, {"identifiers[1].value", "7"}};
  EXPECT_THAT(short_form(missing(*type("partner"), fields)),
              UnorderedElementsAre("addresses[1].kind required", "identifiers[1].scheme required",
                                   "partner_type partner_type"));
}

TEST(Check, SomeFieldsAreNeededInSomeStatesOnly) {
  Fields fields = to_fields(lead_sample());
  set(fields, "status", "lost");
  EXPECT_THAT(short_form(missing(*type("lead"), fields)), ElementsAre("lost_reason lost_reason"));
  set(fields, "lost_reason", "timing");
  EXPECT_THAT(missing(*type("lead"), fields), IsEmpty());
}

TEST(Grounds, AreTheReasonOfAStateAndTheRecordThatIsCorrected) {
  const auto told = [](const char* entity, const Fields& fields) {
    std::vector<std::string> out;
    for (const MissingGround& each : missing_grounds(*type(entity), fields)) {
      EXPECT_THAT(each.any_of, ElementsAre(each.problem.path));
      EXPECT_THAT(each.asked_by, ::testing::SizeIs(1));
      out.push_back(each.problem.rule + ": " + each.problem.path + " " + each.problem.message);
    }
    return out;
  };
  EXPECT_THAT(told("opportunity", {{"stage", "lost"}, {"channel_kind", "indirect"}}),
              ElementsAre("lost_reason: lost_reason is empty, and stage is lost"))
      << "whether it is complete is another question";
  EXPECT_THAT(told("opportunity", {{"stage", "lost"}, {"lost_reason", "price"}}), IsEmpty());
  EXPECT_THAT(told("opportunity", {{"stage", "won"}}), IsEmpty());
  EXPECT_THAT(told("lead", {{"status", "lost"}}),
              ElementsAre("lost_reason: lost_reason is empty, and status is lost"));
  EXPECT_THAT(told("lead", {{"status", "converted"}}), IsEmpty())
      << "not every lead becomes a deal";
  EXPECT_THAT(told("quote", {{"status", "rejected"}}),
              ElementsAre("lost_reason: lost_reason is empty, and status is rejected"));
  EXPECT_THAT(told("deal_registration", {{"status", "rejected"}}),
              ElementsAre("reject_reason: decision.reason is empty, and status is rejected"));
  EXPECT_THAT(
      told("invoice", {{"kind", "credit_note"}, {"status", "issued"}}),
      ElementsAre("reference_invoice: reference_invoice is empty, and kind is credit_note"));
  EXPECT_THAT(told("invoice", {{"kind", "invoice"}}), IsEmpty());
}

TEST(Check, ActiveMembershipsOfAProgrammeDoNotOverlap) {
  const auto membership = [](Fields& fields, const std::string& id, const char* start, Value end) {
    fields["programs[" + id + "].program"] = "pending:crm/Program/1";
    fields["programs[" + id + "].status"] = "active";
    fields["programs[" + id + "].valid.start"] = start;
    set(fields, "programs[" + id + "].valid.end", std::move(end));
  };
  Fields fields;
  membership(fields, "1", "2026-01-01", "2026-06-30");
  membership(fields, "2", "2026-07-01", std::nullopt);
  EXPECT_THAT(check(*type("partner"), fields), IsEmpty());
  membership(fields, "1", "2026-01-01", "2026-07-01");
  EXPECT_THAT(short_form(check(*type("partner"), fields)),
              ElementsAre("programs[2].valid.start membership_overlap"));
}

TEST(CheckPatch, JudgesOnlyWhatIsStated) {
  const auto lead = type("lead");
  EXPECT_THAT(check(*lead, Patch{.entries = {{"budget.amount", "5"}, {"topic", std::nullopt}}}),
              IsEmpty());
  EXPECT_THAT(
      short_form(check(*lead, Patch{.entries = {{"budget.amount", "5"},
                                                {"budget.currency", std::nullopt},
                                                {"rating", "lukewarm"},
                                                {"nothing", std::nullopt},
                                                {"state_history[@1].to", "lost"}},
                                    .complete_lists = {"product_interest", "items"}})),
      UnorderedElementsAre("budget.currency currency", "rating value", "nothing unknown_field",
                           "state_history[@1].to read_only", "items unknown_list"));
}

TEST(CheckPatch, KnowsRulesOverSeveralFields) {
  const auto assignment = type("lead_assignment");
  const auto patch = [](const char* offered, const char* respond) {
    return Patch{.entries = {{"offered_at", offered}, {"respond_by", respond}}};
  };
  EXPECT_THAT(check(*assignment, patch("2026-11-21T10:00:00Z", "2026-11-23T10:00:00Z")), IsEmpty());
  EXPECT_THAT(short_form(check(*assignment, patch("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"))),
              ElementsAre("respond_by respond_by_after_offered_at"));
  EXPECT_THAT(short_form(check(*type("partner"),
                               Patch{.entries = {{"programs[@1].valid.start", "2026-12-01"},
                                                 {"programs[@1].valid.end", "2026-11-30"},
                                                 {"programs[@2].valid.end", "2026-11-30"}}})),
              ElementsAre("programs[@1].valid.end order"));
}

TEST(NetworkKeys, NameWhatMustBeUniqueAndWhatMatches) {
  const Fields fields{{"partner_number", "P-1"},
                      {"identifiers[1].scheme", "0007"},
                      {"identifiers[1].value", "212000-0142"},
                      {"identifiers[2].scheme", "0060"},
                      {"identifiers[2].value", "15-048-3782"},
                      {"website", "https://www.example.se/start"},
                      {"emails[1].address", "info@example.se"},
                      {"emails[2].address", "boss@gmail.com"}};
  EXPECT_THAT(type("lead_assignment")->rules().keys[1].values({{"lead", "1"}, {"outcome", "open"}}),
              ElementsAre("1"));
  EXPECT_THAT(
      type("lead_assignment")->rules().keys[1].values({{"lead", "1"}, {"outcome", "expired"}}),
      IsEmpty());
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  std::vector<std::string> unique;
  const auto partner = type("partner");
  for (const NetworkKey& key : partner->rules().keys) {
    values[std::string(key.name)] = key.values(fields);
    if (key.unique) unique.emplace_back(key.name);
  }
  EXPECT_THAT(values["tax_id"], ElementsAre("0007:2120000142"));
  EXPECT_THAT(values["duns"], ElementsAre("0060:150483782"));
  EXPECT_THAT(values["lei"], IsEmpty());
  EXPECT_THAT(values["web_domain"], ElementsAre("example.se"));
  EXPECT_THAT(values["email_domain"], ElementsAre("example.se"));
  EXPECT_THAT(unique, ElementsAre("partner_number", "tax_id", "duns", "gln", "lei"));
}

}  // namespace
}  // namespace channelbridge::model
