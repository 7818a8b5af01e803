// Leads that are distributed to sales partners in SAP CRM from here: by an assignment that a desk
// sends, or by what it says of the lead. The CRM keeps no message ids: nothing but a look tells
// whether a call was carried out.
#include <algorithm>
#include <functional>
#include <mutex>

#include "crm_funds_world.hpp"
#include "relay.hpp"

namespace channelbridge::test {
namespace {

namespace kit = channelbridge::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class CrmDispatch : public CrmFunds {
 protected:
  static constexpr const char* kAssignments = R"(
system: file
object: lead_assignment
entity: lead_assignment
id: assignment_id
correlation: assignment_id
format: csv
absent: unchanged
fields:
  lead: { path: lead, ref: lead, object: Lead }
  partner: { path: partner, ref: partner, object: Account }
  offered_at: offered_at
  respond_by: respond_by
  outcome: outcome
)";
  static constexpr const char* kLeads = R"(
system: file
object: lead
entity: lead
id: lead_id
correlation: lead_id
format: csv
absent: unchanged
fields:
  contact.email: email
  status: status
  assigned_partner: { path: partner, ref: partner, object: Account }
)";

  void SetUp() override {
    namespace fs = std::filesystem;
    TradeWorld::SetUp();
    sandbox::SapCrmServerOptions options;
    options.crm.idempotent = false;
    auto started = sandbox::SapCrmServer::start(options);
    ASSERT_TRUE(started) << to_string(started.error());
    pcm_ = *std::move(started);
    kit::Relay::Hooks hooks;
    hooks.edit = [this](const kit::SeenRequest& request, std::string& body) {
      const std::lock_guard guard(mutex_);
      if (!cuts_.empty() && request.body.find(cuts_) != std::string::npos)
        body.resize(body.size() / 2);
    };
    relay_ = std::make_unique<kit::Relay>(pcm_->port(), std::move(hooks));
    pcm().add_partner(kRheinwerk, "Rheinwerk");
    pcm().add_partner(kSeewerk, "Seewerk");
    pcm().add_lead({.number = "0000008001",
                    .description = "Ten pumps",
                    .prospect = "Hafen Kiel",
                    .contact = "Brandt",
                    .email = "ida@hafen.example",
                    .city = "Kiel",
                    .country = "DE",
                    .source = "002",
                    .qualification = "02"});
    for (const char* name : {"desk/from-partner", "desk/to-partner", "file"})
      fs::create_directories(folder_ / name);
    std::ofstream(folder_ / "file" / "lead_assignment.yaml") << kAssignments;
    std::ofstream(folder_ / "file" / "desk_lead.yaml") << kLeads;
    reopen();
    settle();
  }
  void TearDown() override {
    hub_.reset();
    relay_.reset();
    CrmFunds::TearDown();
  }
  /// A hub on the store as it is: another process, as far as anybody can tell.
  void reopen() {
    hub_.reset();
    start(R"(
  pcm-partners: { system: pcm, mapping: sap_crm/partner.yaml, direction: push }
  pcm-leads: { system: pcm, mapping: sap_crm/lead.yaml, first_contact: system, creates: "status in (captured, validated, dispatched) and not assigned_partner is empty" }
  pcm-offers: { system: pcm, mapping: sap_crm/lead_assignment.yaml, first_contact: system, creates: "outcome = open" }
  crm-accounts: { system: crm, mapping: salesforce/account.yaml, first_contact: hub }
  crm-leads: { system: crm, mapping: salesforce/lead.yaml, first_contact: hub }
  desk-leads: { system: desk, mapping: file/desk_lead.yaml, direction: pull, first_contact: system }
  desk-offers: { system: desk, mapping: file/lead_assignment.yaml, direction: pull, first_contact: system }
)",
          {{"crm", "  pcm:\n    adapter: soap\n    url: \"" + relay_->origin() +
                       "\"\n    manifest: sap_crm_funds.yaml\n    settle: 200ms\n"
                       "    credential: { kind: basic, user: CHANNEL, password: Welcome1 }\n"
                       "  desk: { adapter: file, folder: desk, keys_of: crm }\n"}});
  }
  /// Answers to calls of this operation break off; "" = none do.
  void cut(const std::string& operation) {
    const std::lock_guard guard(mutex_);
    cuts_ = operation;
  }
  /// What is done while the answers to an operation are lost, and what comes of it.
  void lose(const std::string& operation) {
    cut(operation);
    run();
    cut("");
    reopen();  // whatever answered in the CRM's place has been looked at
    settle();
  }

  std::string lead_in_org(const std::string& company) {
    return with(crm().records("Lead"), "Company", company)["Id"];
  }
  void desk_sends(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / "desk" / "from-partner" / name) << text;
  }
  /// The desk offers a lead to a partner.
  void assign(const std::string& id, const std::string& company, const std::string& partner,
              const std::string& outcome = "open") {
    desk_sends("lead_assignment-" + id + ".csv",
               "assignment_id,lead,partner,offered_at,respond_by,outcome\n" + id + "," +
                   lead_in_org(company) + "," + account(partner)["Id"].get<std::string>() +
                   ",2026-01-01T10:00:00Z,2099-01-01T00:00:00Z," + outcome + "\n");
  }
  Json lead_there(const std::string& prospect = "Hafen Kiel") {
    const Json state = pcm().state();
    return with(state["leads"].get<std::vector<Json>>(), "prospect", prospect);
  }
  std::string status(const std::string& prospect = "Hafen Kiel") {
    return lead_there(prospect)["status"];
  }
  std::uint64_t written(const std::string& object) {
    const Json effects = pcm_->journal().counters()["by_object"];
    return effects.contains(object) ? effects[object].value("created", std::uint64_t{0}) : 0;
  }
  /// Where the hub's assignments stand, in the order of the alphabet.
  std::vector<std::string> outcomes() {
    std::vector<std::string> out;
    const auto rows = hub_->store().records_changed("lead_assignment", 0, 10);
    EXPECT_TRUE(rows) << to_string(rows.error());
    if (!rows) return out;
    for (const auto& row : *rows)
      out.push_back(Json::parse(row.state).at("fields").value("outcome", ""));
    std::sort(out.begin(), out.end());
    return out;
  }
  /// A lead of the org for Rheinwerk.
  void org_has(const std::string& company) {
    in_crm("Lead", {{"LastName", "Berg"},
                    {"Company", company},
                    {"Email", "berg@werft.example"},
                    {"LeadSource", "Web"},
                    {"Rating", "Hot"},
                    {"Status", "Open - Not Contacted"},
                    {"Partner__c", account("Rheinwerk")["Id"]}});
  }

  std::mutex mutex_;
  std::string cuts_;
  std::unique_ptr<kit::Relay> relay_;
};

TEST_F(CrmDispatch, AnAssignmentGoesToItsPartnerInTheCrmAndItsAnswerComesBack) {
  assign("A-1", "Hafen Kiel", "Rheinwerk");
  settle();
  EXPECT_EQ(status(), "DIST");
  EXPECT_EQ(lead_there()["partner"], kRheinwerk);
  ASSERT_THAT(lead_there()["offers"], SizeIs(1));
  EXPECT_EQ(written("LeadDistribution"), 1U);
  EXPECT_EQ(record("lead")["status"], "dispatched");
  EXPECT_EQ(record("lead_assignment")["outcome"], "open");
  const Json there = only_in_crm("Lead");
  EXPECT_EQ(there["Partner__c"], account("Rheinwerk")["Id"]);
  edit_crm(there["Id"], {{"Status", "Working - Contacted"}});
  settle();
  EXPECT_EQ(status(), "SPAC");
  EXPECT_EQ(record("lead_assignment")["outcome"], "accepted");
}

TEST_F(CrmDispatch, AnAssignmentIsDispatchedOnceWhenTheAnswerIsLost) {
  assign("A-1", "Hafen Kiel", "Rheinwerk");
  lose("LeadDistribute");
  EXPECT_EQ(status(), "DIST");
  EXPECT_EQ(written("LeadDistribution"), 1U);
  EXPECT_THAT(outcomes(), ElementsAre("open"));
}

TEST_F(CrmDispatch, ALostOfferIsFoundAlthoughItIsOverByNow) {
  assign("A-1", "Hafen Kiel", "Rheinwerk");
  cut("LeadDistribute");
  run();
  cut("");
  ASSERT_EQ(status(), "DIST");
  ASSERT_TRUE(pcm().fail_dispatch("0000008001"));
  ASSERT_TRUE(pcm().redispatch(kSeewerk));
  reopen();
  settle();
  EXPECT_EQ(lead_there()["partner"], kSeewerk);
  EXPECT_THAT(lead_there()["offers"], SizeIs(2));
  EXPECT_EQ(written("LeadDistribution"), 1U);
  EXPECT_THAT(outcomes(), ElementsAre("expired", "open"));
}

TEST_F(CrmDispatch, ALeadThatIsSaidToBeDispatchedIsDistributedOnce) {
  desk_sends("lead-1.csv", "lead_id,email,status,partner\nD-1,ida@hafen.example,dispatched," +
                               account("Seewerk")["Id"].get<std::string>() + "\n");
  lose("LeadDistribute");
  EXPECT_EQ(status(), "DIST");
  EXPECT_EQ(lead_there()["partner"], kSeewerk);
  EXPECT_EQ(written("LeadDistribution"), 1U);
  EXPECT_EQ(record("lead_assignment")["outcome"], "open") << "the CRM's own offer";
}

TEST_F(CrmDispatch, ALeadOfTheOrgIsMadeThereOnceAndWorkedThroughItsPartner) {
  org_has("Werft");
  lose("LeadCreate");
  const Json there = lead_there("Werft");
  EXPECT_EQ(there["status"], "OPEN");
  EXPECT_EQ(there["partner"], kRheinwerk);
  EXPECT_EQ(written("Lead"), 1U);
  const auto leads = hub_->store().records_changed("lead", 0, 10);
  ASSERT_TRUE(leads);
  EXPECT_TRUE(std::any_of(leads->begin(), leads->end(),
                          [&](const auto& row) { return there["reference"] == row.id; }));
  assign("A-1", "Werft", "Rheinwerk");
  settle();
  EXPECT_EQ(status("Werft"), "DIST");
  edit_crm(lead_in_org("Werft"), {{"Phone", "+494311234"}, {"Status", "Working - Contacted"}});
  settle();
  EXPECT_EQ(status("Werft"), "SPAC");
  EXPECT_EQ(lead_there("Werft")["phone"], "+494311234") << "told beside the answer";
  EXPECT_EQ(status(), "OPEN") << "the other one";
}

TEST_F(CrmDispatch, WhatIsOverdueGoesToSomebodyElseAndStandsInOneStateEverywhere) {
  ASSERT_TRUE(pcm().dispatch("0000008001", kRheinwerk));
  settle();
  EXPECT_THAT(outcomes(), ElementsAre("open"));
  pcm_->clock().advance(std::chrono::hours(49));
  const auto moved = pcm().redispatch(kSeewerk);
  ASSERT_TRUE(moved);
  EXPECT_THAT(*moved, ElementsAre("0000008001"));
  settle();
  EXPECT_THAT(outcomes(), ElementsAre("expired", "open")) << "both in the CRM's one run";
  EXPECT_EQ(record("lead")["status"], "dispatched");
  EXPECT_EQ(only_in_crm("Lead")["Partner__c"], account("Seewerk")["Id"]);
  EXPECT_EQ(written("LeadDistribution"), 0U) << "nothing of it is ours";
}

TEST_F(CrmDispatch, AnAnswerThatComesTooLateDistributesNothing) {
  ASSERT_TRUE(pcm().dispatch("0000008001", kRheinwerk));
  settle();
  pcm_->clock().advance(std::chrono::hours(49));
  settle();
  EXPECT_EQ(record("lead")["status"], "expired");
  EXPECT_THAT(outcomes(), ElementsAre("expired"));
  edit_crm(only_in_crm("Lead")["Id"], {{"Status", "Working - Contacted"}});
  EXPECT_TRUE(run().set_aside());
  EXPECT_THAT(open_things(), HasSubstr("INPR"));
  EXPECT_EQ(status(), "INPR");
  EXPECT_THAT(lead_there()["offers"], SizeIs(1));
}

TEST_F(CrmDispatch, ALeadThatFellBackIsDispatchedAnew) {
  ASSERT_TRUE(pcm().dispatch("0000008001", kRheinwerk));
  ASSERT_TRUE(pcm().fail_dispatch("0000008001"));
  settle();
  EXPECT_EQ(record("lead")["status"], "expired");
  assign("A-1", "Hafen Kiel", "Seewerk");
  settle();
  EXPECT_EQ(status(), "DIST");
  EXPECT_EQ(lead_there()["partner"], kSeewerk);
  EXPECT_EQ(record("lead")["status"], "dispatched");
  EXPECT_THAT(outcomes(), ElementsAre("expired", "open"));
}

TEST_F(CrmDispatch, ALeadThatAPartnerHasGoesToNobodyElse) {
  assign("A-1", "Hafen Kiel", "Rheinwerk");
  settle();
  assign("A-2", "Hafen Kiel", "Seewerk");
  EXPECT_TRUE(run().set_aside());
  EXPECT_THAT(open_things(), HasSubstr("cannot be distributed"));
  EXPECT_EQ(lead_there()["partner"], kRheinwerk);
  EXPECT_THAT(lead_there()["offers"], SizeIs(1));
}

TEST_F(CrmDispatch, AnAssignmentThatIsOverIsNotDispatched) {
  assign("A-1", "Hafen Kiel", "Rheinwerk", "expired");
  settle();
  EXPECT_EQ(status(), "OPEN");
  EXPECT_THAT(lead_there()["offers"], SizeIs(0));
}

}  // namespace
}  // namespace channelbridge::test
