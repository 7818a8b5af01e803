// What partners plan: a campaign of Salesforce is an initiative of SAP CRM, approved there, and
// what a request is for.
#include <mutex>

#include "crm_funds_world.hpp"
#include "relay.hpp"

namespace channelbridge::test {
namespace {

namespace kit = channelbridge::testing;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Program 0000000300 is for Rheinwerk, which is enrolled all year; nobody is in 0000000301.
class CrmInitiatives : public CrmFunds {
 protected:
  static constexpr const char* kProgram = "0000000300";

  void prepare() override {
    for (const char* program : {kProgram, "0000000301"})
      pcm().add_program({.number = program,
                         .description = "Channel marketing",
                         .from = day("2027-01-01"),
                         .to = day("2028-12-31"),
                         .partner_types = {"RESE"},
                         .enrollment = true});
    pcm().add_template({.number = "TRADE_SHOW", .type = "EVNT", .program = kProgram});
    pcm().add_template({.number = "WEBINAR", .type = "EVNT", .program = "0000000301"});
    ASSERT_TRUE(pcm().enroll(kProgram, {.partner = kRheinwerk, .from = day("2027-01-01")}));
    kit::Relay::Hooks hooks;
    hooks.edit = [this](const kit::SeenRequest& request, std::string& body) {
      const std::lock_guard guard(mutex_);
      if (!cuts_.empty() && request.body.find(cuts_) != std::string::npos)
        body.resize(body.size() / 2);
    };
    relay_ = std::make_unique<kit::Relay>(pcm_->port(), std::move(hooks));
    pcm_url_ = relay_->origin();
  }
  void TearDown() override {
    hub_.reset();
    relay_.reset();
    CrmFunds::TearDown();
  }
  std::string spokes() const override {
    return std::string(kSpokesOfFunds) +
           "  pcm-programs: { system: pcm, mapping: sap_crm/program.yaml, direction: pull }\n"
           "  pcm-activities: { system: pcm, mapping: sap_crm/marketing_activity.yaml, "
           "first_contact: system, creates: 'status in (planned, approved)' }\n"
           "  crm-activities: { system: crm, mapping: salesforce/marketing_activity.yaml, "
           "first_contact: system }\n";
  }
  /// Answers to calls of this operation break off; "" = none do.
  void cut(const std::string& operation) {
    const std::lock_guard guard(mutex_);
    cuts_ = operation;
  }

  /// Rheinwerk plans a campaign from 1 to 5 March; its id in the org.
  std::string plan(const char* type = "Trade Show", const char* last = "2027-03-05") {
    return in_crm("Campaign", {{"Name", "Messe Posen"},
                               {"Partner__c", account("Rheinwerk")["Id"]},
                               {"Type", type},
                               {"StartDate", "2027-03-01"},
                               {"EndDate", last},
                               {"BudgetedCost", 3000},
                               {"Status", "Planned"}});
  }
  std::string planned() {
    const std::string id = plan();
    rest();
    return id;
  }
  /// A request for a campaign, handed in; its id in the org.
  std::string ask_for(const std::string& campaign, int amount) {
    Json fields = request_for("Trade show", amount);
    fields["CampaignId"] = campaign;
    return in_crm("PartnerFundRequest", fields);
  }
  Json initiative(const std::string& campaign) { return row("initiatives", campaign); }
  std::string status_of(const std::string& campaign) {
    return initiative(campaign)["admin"]["status"];
  }
  void approve(const std::string& campaign) {
    const auto done = pcm().decide_initiative(
        {.number = initiative(campaign)["number"], .code = "APPR", .by = "ANNA"});
    ASSERT_TRUE(done) << to_string(done.error());
    rest();
  }
  std::uint64_t steps() const {
    const Json made = pcm_->journal().counters()["by_object"];
    return made.contains("InitiativeStep") ? made["InitiativeStep"]["created"].get<std::uint64_t>()
                                           : 0U;
  }

  std::mutex mutex_;
  std::string cuts_;
  std::unique_ptr<kit::Relay> relay_;
};

TEST_F(CrmInitiatives, ACampaignIsHandedInWithItsElementsAndApprovedThere) {
  const std::string show = planned();
  const Json there = initiative(show);
  EXPECT_EQ(there["template"], "TRADE_SHOW");
  EXPECT_EQ(there["program"], kProgram);
  EXPECT_EQ(there["partner"], kRheinwerk);
  EXPECT_EQ(there["from"], "2027-03-01");
  EXPECT_EQ(there["elements"]["campaign"], "3000.00");
  EXPECT_EQ(there["admin"]["status"], "Submitted");
  approve(show);
  EXPECT_EQ(record("marketing_activity")["status"], "approved");
  EXPECT_EQ(in_org(show)["Status"], "Planned") << "the org has no other word for it";
  EXPECT_EQ(initiative(show)["admin"]["changed_by"], "ANNA");
}

TEST_F(CrmInitiatives, ARequestIsForItsActivityAndItsDays) {
  const std::string show = plan();
  const std::string id = ask_for(show, 1500);
  rest();
  const Json there = reservation(id);
  EXPECT_EQ(there["initiatives"], Json::array({initiative(show)["number"]}));
  EXPECT_EQ(there["from"], "2027-03-01");
  EXPECT_EQ(there["to"], "2027-03-05");
  approve(show);
  decide({.number = there["number"], .code = "APPR", .by = "ANNA"}, true);
  rest();
  const std::string claimed = claim(id, "FV-7", 1000);
  rest();
  EXPECT_EQ(claim_there(claimed)["initiative"], initiative(show)["number"]);
}

TEST_F(CrmInitiatives, ARequestWithoutAnActivityIsForItsFund) {
  const std::string id = ask("Trade show", 1500);
  EXPECT_EQ(reservation(id)["initiatives"], Json::array());
  EXPECT_EQ(reservation(id)["from"], "2027-01-01");
  EXPECT_EQ(reservation(id)["to"], "2027-12-31");
}

TEST_F(CrmInitiatives, ARequestWaitsUntilItsActivityIsAnInitiative) {
  const std::string seminar = plan("Webinar");
  const std::string id = ask_for(seminar, 1500);
  EXPECT_TRUE(run().set_aside());
  run();
  EXPECT_THAT(open_things(), HasSubstr("is not enrolled in program 0000000301"));
  EXPECT_THAT(pcm().state()["reservations"], SizeIs(0)) << "it would be for other days";
  ASSERT_TRUE(pcm().enroll("0000000301", {.partner = kRheinwerk, .from = day("2027-01-01")}));
  edit_crm(seminar, {{"Location__c", "online"}});
  run();
  rest();
  EXPECT_EQ(reservation(id)["initiatives"], Json::array({initiative(seminar)["number"]}));
}

TEST_F(CrmInitiatives, APlanMayChangeUntilItIsApproved) {
  const std::string show = plan();
  const std::string id = ask_for(show, 1500);
  rest();
  edit_crm(show, {{"EndDate", "2027-03-08"}, {"BudgetedCost", 3500}});
  rest();
  EXPECT_EQ(initiative(show)["to"], "2027-03-08");
  EXPECT_EQ(initiative(show)["elements"]["campaign"], "3500.00");
  EXPECT_EQ(reservation(id)["to"], "2027-03-08");
  EXPECT_THAT(pcm().state()["initiatives"], SizeIs(1));
  approve(show);
  edit_crm(show, {{"EndDate", "2027-03-09"}});
  EXPECT_TRUE(run().set_aside());
  EXPECT_THAT(open_things(), HasSubstr("what is planned stays"));
  EXPECT_EQ(initiative(show)["to"], "2027-03-08");
}

TEST_F(CrmInitiatives, AReturnedPlanIsHandedInWhenItChanges) {
  const std::string show = planned();
  ASSERT_TRUE(pcm().decide_initiative(
      {.number = initiative(show)["number"], .code = "RETN", .reason = "Too dear", .by = "ANNA"}));
  rest();
  EXPECT_EQ(record("marketing_activity")["status"], "planned");
  EXPECT_EQ(status_of(show), "Returned");
  edit_crm(show, {{"BudgetedCost", 2000}});
  rest();
  EXPECT_EQ(status_of(show), "Submitted");
  EXPECT_EQ(initiative(show)["elements"]["campaign"], "2000.00");
}

TEST_F(CrmInitiatives, WhatCameOfItIsReported) {
  const std::string show = planned();
  approve(show);
  edit_crm(show, {{"Status", "In Progress"}});
  rest();
  EXPECT_EQ(status_of(show), "Running");
  edit_crm(show, {{"Status", "Completed"}, {"ActualCost", 2800}, {"Attendees__c", 950}});
  rest();
  EXPECT_EQ(status_of(show), "Completed");
  EXPECT_EQ(initiative(show)["expenses"]["campaign"], "2800.00");
  EXPECT_EQ(initiative(show)["attendees"], "950");
  EXPECT_EQ(steps(), 2U);
  edit_crm(show, {{"Attendees__c", 960}});
  rest();
  EXPECT_EQ(initiative(show)["attendees"], "960") << "counted later";
  EXPECT_EQ(status_of(show), "Completed");
}

TEST_F(CrmInitiatives, WhatRunsUnapprovedIsApprovedByNobody) {
  const std::string show = planned();
  edit_crm(show, {{"Status", "In Progress"}});
  EXPECT_TRUE(run().set_aside());
  EXPECT_THAT(open_things(), HasSubstr("stands at 'E0002', and no step of the manifest leads"));
  EXPECT_EQ(status_of(show), "Submitted");
}

TEST_F(CrmInitiatives, ACampaignThatIsAbortedIsCancelledThere) {
  const std::string show = planned();
  approve(show);
  edit_crm(show, {{"Status", "Aborted"}});
  rest();
  EXPECT_EQ(status_of(show), "Cancelled");
  EXPECT_EQ(initiative(show)["decision"]["reason"], "Cancelled by the partner");
}

TEST_F(CrmInitiatives, ARejectedPlanDoesNotTakePlace) {
  const std::string show = planned();
  ASSERT_TRUE(pcm().decide_initiative({.number = initiative(show)["number"],
                                       .code = "REJC",
                                       .reason = "No budget for it",
                                       .by = "ANNA"}));
  rest();
  EXPECT_EQ(record("marketing_activity")["status"], "cancelled");
  EXPECT_EQ(in_org(show)["Status"], "Aborted");
  EXPECT_EQ(status_of(show), "Rejected") << "and is not cancelled once more";
  ask_for(show, 1500);
  EXPECT_TRUE(run().set_aside());
  EXPECT_THAT(open_things(), HasSubstr("has status Rejected and gets no money"));
}

TEST_F(CrmInitiatives, AnInitiativeIsMadeOnceWhenTheAnswerIsLost) {
  cut("InitiativeSubmit");
  const std::string show = plan();
  run();
  cut("");
  open_hub();  // whatever answered in the CRM's place has been looked at
  rest();
  EXPECT_THAT(pcm().state()["initiatives"], SizeIs(1));
  EXPECT_EQ(pcm_->journal().counters()["by_object"]["Initiative"]["created"], 1);
  EXPECT_EQ(status_of(show), "Submitted");
}

TEST_F(CrmInitiatives, WhatAClerkEntersIsACampaignOfItsPartner) {
  const auto entered = pcm().enter_initiative(
      {.plan = "TRADE_SHOW",
       .partner = kRheinwerk,
       .description = "Hannover",
       .from = day("2027-04-20"),
       .to = day("2027-04-24"),
       .elements = {{.type = "campaign", .planned = {number("1200"), "EUR"}}}});
  ASSERT_TRUE(entered) << to_string(entered.error());
  rest();
  const Json campaign = only_in_crm("Campaign");
  EXPECT_EQ(campaign["Name"], "Hannover");
  EXPECT_EQ(campaign["Type"], "Trade Show");
  EXPECT_EQ(campaign["StartDate"], "2027-04-20");
  EXPECT_EQ(campaign["Partner__c"], account("Rheinwerk")["Id"]);
  EXPECT_EQ(figure(campaign["BudgetedCost"]), "1200");
}

TEST_F(CrmInitiatives, AProgramIsReadWithWhoIsEnrolled) {
  const auto rows = hub_->store().records_changed("partner_program", 0, 10);
  ASSERT_TRUE(rows);
  ASSERT_THAT(*rows, SizeIs(2));
  std::string enrolled;
  for (const auto& row : *rows) {
    const Json fields = Json::parse(row.state).at("fields");
    const Json partner = in_line(fields, "partner");
    if (fields["code"] == kProgram) enrolled = partner.get<std::string>();
    if (fields["code"] != kProgram) {
      EXPECT_TRUE(partner.is_null()) << "nobody is";
    }
  }
  const auto story = hub_->explain("partner", enrolled);
  ASSERT_TRUE(story) << to_string(story.error());
  EXPECT_THAT(*story, HasSubstr("Rheinwerk"));
}

}  // namespace
}  // namespace channelbridge::test
