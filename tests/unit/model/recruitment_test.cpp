#include "channelbridge/model/partner_recruitment.hpp"

#include "channelbridge/model/network.hpp"
#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Recruitments : public EntityTest {
 protected:
  /// In the proposal stage, with all that awareness asked for.
  static PartnerRecruitment sample() {
    PartnerRecruitment out;
    out.number = "R-1";
    out.name = "Exempel Handel as a reseller";
    out.candidate = {.name = "Exempel Handel AB"};
    out.candidate.address.country = Country::parse("SE");
    out.cooperation_form = "reseller";
    out.source = "event";
    out.direction = "outbound";
    out.recruiter = "bo";
    out.stage = "proposal";
    out.required_actions = {action("a", "awareness", "mutual_benefit", true),
                            action("b", "awareness", "send_infographic", true)};
    out.required_actions[1].mandatory = true;
    out.required_actions[1].label = "Send the infographic";
    out.offered_terms = {.margin = Percent{Decimal(25)},
                         .commission_plan = "pending:erp/Plan/1",
                         .mdf_pct = Percent{Decimal(2)},
                         .exclusivity = "none",
                         .territory = kId};
    out.offered_terms.targets.push_back({{.kpi = "revenue",
                                          .value = Decimal(500000),
                                          .currency = Currency::parse("SEK"),
                                          .period = "year"},
                                         "t"});
    out.due_diligence.push_back({{.topic = "solvency", .result = "passed", .note = "AA"}, "d"});
    out.score = 70;
    out.activities.push_back(
        {{.kind = "e_mail", .at = kThen, .by = "bo", .outcome = "wants to know more"}, "e"});
    out.expected_close = Date::parse("2026-12-31");
    return out;
  }

  static Element<PartnerRecruitment::RequiredAction> action(std::string id, std::string_view stage,
                                                            std::string_view code, bool done) {
    Element<PartnerRecruitment::RequiredAction> out{{.stage = stage, .code = code}, std::move(id)};
    if (done) out.done_at = kThen;
    return out;
  }

  /// "path: message"
  static std::vector<std::string> to_do(const PartnerRecruitment& recruitment) {
    std::vector<std::string> out;
    for (const Problem& problem : before_next_stage(recruitment))
      out.push_back(problem.path + ": " + problem.message);
    return out;
  }

  static inline const Timestamp kThen = parse_iso8601("2026-10-01T09:00:00Z").value();
  static constexpr std::string_view kId = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
};

TEST_F(Recruitments, SurviveJson) { survives_json(sample()); }

TEST_F(Recruitments, GoStageByStageAndAreLostWithAReason) {
  using Recruitment = PartnerRecruitment;
  EXPECT_EQ(step<Recruitment>("awareness", "activation", Actor::ChannelManager),
            "invalid_transition");
  EXPECT_EQ(step<Recruitment>("proposal", "won", Actor::ChannelManager), "invalid_transition");
  EXPECT_EQ(step<Recruitment>("awareness", "on_hold", Actor::ChannelManager), "");
  EXPECT_EQ(step<Recruitment>("awareness", "on_hold", Actor::VendorSales), "forbidden_actor")
      << "who recruits does not sell to end customers";
  for (const char* open : {"awareness", "proposal", "activation", "on_hold"}) {
    EXPECT_EQ(step<Recruitment>(open, "lost", Actor::ChannelManager), "reason_missing");
    EXPECT_EQ(step<Recruitment>(open, "lost", Actor::ChannelManager, "because"), "reason_missing");
    EXPECT_EQ(step<Recruitment>(open, "lost", Actor::ChannelManager, "margin_too_low"), "");
  }
  EXPECT_EQ(step<Recruitment>("lost", "awareness", Actor::ChannelManager), "");
  EXPECT_EQ(step<Recruitment>("won", "lost", Actor::ChannelManager), "invalid_transition");
}

TEST_F(Recruitments, LeaveAStageWhenItsActionsAreDone) {
  PartnerRecruitment one = sample();
  one.stage = "awareness";
  one.required_actions[1].done_at.reset();
  one.cooperation_form.reset();
  Fields fields = to_fields(one);
  const Fields before = fields;
  EXPECT_THAT(move<PartnerRecruitment>(fields, "proposal", Actor::ChannelManager),
              ElementsAre("required_actions[b].done_at mandatory_action: is empty: Send the "
                          "infographic is to be done before awareness is left",
                          "cooperation_form cooperation_form: is empty: it is known before "
                          "awareness is left"));
  EXPECT_EQ(fields, before);
  set(fields, "required_actions[b].done_at", "2026-11-20T10:00:00Z");
  set(fields, "cooperation_form", "reseller");
  EXPECT_THAT(move<PartnerRecruitment>(fields, "proposal", Actor::ChannelManager), IsEmpty());
  EXPECT_EQ(get(fields, "stage"), "proposal");
}

TEST_F(Recruitments, NeedAcceptedTermsAndEverythingHandedOver) {
  PartnerRecruitment one = sample();
  Fields fields = to_fields(one);
  EXPECT_THAT(move<PartnerRecruitment>(fields, "activation", Actor::ChannelManager),
              ElementsAre("required_actions mandatory_action: has no terms_accepted, which is to "
                          "be done before proposal is left"));
  one.required_actions.push_back(action("c", "proposal", "terms_accepted", true));
  one.required_actions.push_back(action("d", "activation", "contract", true));
  one.required_actions.push_back(action("e", "activation", "price_list", false));
  one.required_actions.push_back(action("f", "activation", "portal_users", true));
  one.stage = "activation";
  EXPECT_THAT(to_do(one), ElementsAre("required_actions[e].done_at: is empty: price_list is to be "
                                      "done before activation is left",
                                      "required_actions: has no training, which is to be done "
                                      "before activation is left"));
  one.required_actions[4].done_at = kThen;
  one.required_actions.push_back(action("g", "activation", "training", true));
  EXPECT_THAT(to_do(one), IsEmpty());
  fields = to_fields(one);
  EXPECT_THAT(move<PartnerRecruitment>(fields, "won", Actor::ChannelManager), IsEmpty());
}

TEST_F(Recruitments, MayLeaveUndoneWhatNobodyMadeMandatory) {
  PartnerRecruitment one = sample();
  one.stage = "awareness";
  one.required_actions.push_back(action("c", "awareness", "call", false));
  one.required_actions.push_back(action("d", "proposal", "terms_accepted", false));
  EXPECT_THAT(to_do(one), IsEmpty());
  one.required_actions[2].mandatory = true;
  EXPECT_THAT(to_do(one), ElementsAre("required_actions[c].done_at: is empty: call is to be done "
                                      "before awareness is left"));
  one.stage = "lost";
  EXPECT_THAT(to_do(one), IsEmpty());
}

TEST_F(Recruitments, ThatAnotherSystemMovedOnAreNotHeldBack) {
  Fields fields = to_fields(sample());
  set(fields, "required_actions[b].done_at", std::nullopt);
  set(fields, "state_history[1].from", "awareness");
  set(fields, "state_history[1].to", "proposal");
  set(fields, "state_history[1].at", "2026-11-20T10:00:00Z");
  set(fields, "state_history[1].by", "adapter:crm");
  EXPECT_THAT(breaches<PartnerRecruitment>(fields), IsEmpty());
  EXPECT_THAT(missed<PartnerRecruitment>(fields),
              ElementsAre("required_actions[].done_at mandatory_actions"));
  set(fields, "state_history[1].by", "anna");
  EXPECT_THAT(breaches<PartnerRecruitment>(fields), ::testing::SizeIs(1));
}

TEST_F(Recruitments, OnHoldGoOnWhereTheyStood) {
  Fields fields = to_fields(sample());
  const auto to = [&fields](const char* stage, const char* at) {
    return move<PartnerRecruitment>(fields, stage, Actor::ChannelManager, at, "no_response");
  };
  ASSERT_THAT(to("on_hold", "2026-11-21T10:00:00Z"), IsEmpty());
  EXPECT_THAT(to("activation", "2026-11-22T10:00:00Z"),
              ElementsAre("stage resumed: was on_hold since proposal, and goes on as activation"));
  EXPECT_THAT(to("proposal", "2026-11-22T10:00:00Z"), IsEmpty());
  ASSERT_THAT(to("on_hold", "2026-11-23T10:00:00Z"), IsEmpty());
  EXPECT_THAT(to("lost", "2026-11-24T10:00:00Z"), IsEmpty());
}

TEST_F(Recruitments, ReplayAForeignHoldInOneStep) {
  const StateMachine& states = *type_of<PartnerRecruitment>()->states();
  EXPECT_THAT(states.shortest_path("on_hold", "activation"), ElementsAre("activation"));
  EXPECT_THAT(states.shortest_path("awareness", "won"),
              ElementsAre("proposal", "activation", "won"));
  EXPECT_THAT(states.shortest_path("lost", "activation"),
              ElementsAre("awareness", "proposal", "activation"));
}

TEST_F(Recruitments, SayWhatTheirStageNeeds) {
  PartnerRecruitment one = sample();
  one.candidate = {};
  one.cooperation_form.reset();
  one.offered_terms = {};
  EXPECT_THAT(
      missed<PartnerRecruitment>(to_fields(one)),
      UnorderedElementsAre("candidate.partner candidate", "cooperation_form cooperation_form",
                           "offered_terms.margin offered_terms"));
  one.stage = "awareness";
  EXPECT_THAT(missed<PartnerRecruitment>(to_fields(one)),
              ElementsAre("candidate.partner candidate"));
  one = sample();
  one.stage = "lost";
  EXPECT_THAT(missed<PartnerRecruitment>(to_fields(one)),
              UnorderedElementsAre("loss.reason loss_reason", "closed_at closed_at"));
}

TEST_F(Recruitments, OfferSharesOfAHundred) {
  EXPECT_THAT(breaches<PartnerRecruitment>(
                  {{"offered_terms.margin", "120"}, {"offered_terms.mdf_pct", "-1"}}),
              ElementsAre("offered_terms.margin share: is 120 %, not between 0 and 100",
                          "offered_terms.mdf_pct share: is -1 %, not between 0 and 100"));
  EXPECT_THAT(breaches<PartnerRecruitment>({{"offered_terms.margin", "100"}}), IsEmpty());
}

TEST_F(Recruitments, AreOneOfACandidateAtATime) {
  PartnerRecruitment one = sample();
  EXPECT_THAT(key<PartnerRecruitment>("open_recruitment", to_fields(one)),
              ElementsAre("name:exempel handel ab/SE"));
  one.candidate.partner = kId;
  EXPECT_THAT(key<PartnerRecruitment>("open_recruitment", to_fields(one)),
              ElementsAre("partner:" + std::string(kId), "name:exempel handel ab/SE"));
  one.stage = "on_hold";
  EXPECT_THAT(key<PartnerRecruitment>("open_recruitment", to_fields(one)), ::testing::SizeIs(2));
  for (const char* closed : {"won", "lost"}) {
    one.stage = closed;
    EXPECT_THAT(key<PartnerRecruitment>("open_recruitment", to_fields(one)), IsEmpty());
  }
  EXPECT_THAT(key<PartnerRecruitment>("number", {{"number", "R-1"}}), ElementsAre("R-1"));
}

TEST_F(Recruitments, MakeWhomTheyWinAPartner) {
  const auto found = [](const char* stage, const Fields& partner) {
    const auto check = NetworkCheck::of("partner_recruitment");
    check->add("partner_recruitment", "r",
               {{"number", "R-1"}, {"stage", stage}, {"candidate.partner", "p"}});
    check->add("partner", "p", partner);
    std::vector<std::string> out;
    for (const Contradiction& each : check->contradictions())
      out.push_back(each.entity + " " + each.rule + " " + each.record + " " + each.other + ": " +
                    each.message);
    return out;
  };
  const Fields prospect{{"name", "Exempel Handel AB"}, {"status", "prospect"}};
  EXPECT_THAT(found("won", prospect),
              ElementsAre("partner_recruitment won_candidate r p: recruitment R-1 is won, and its "
                          "candidate Exempel Handel AB is prospect: it is to be onboarding, or "
                          "active"));
  EXPECT_THAT(found("activation", prospect), IsEmpty());
  EXPECT_THAT(found("won", {{"status", "disqualified"}}), ::testing::SizeIs(1));
  for (const char* status : {"onboarding", "active", "suspended", "terminated"})
    EXPECT_THAT(found("won", {{"status", status}}), IsEmpty()) << status;
  EXPECT_THAT(found("won", {{"name", "Exempel Handel AB"}}), IsEmpty()) << "nobody says what it is";
  EXPECT_THAT(NetworkCheck::about("partner_recruitment"), ElementsAre("partner_recruitment"));
  EXPECT_THAT(NetworkCheck::about("partner"), IsEmpty()) << "a run of partners compares none";
}

}  // namespace
}  // namespace channelbridge::model
