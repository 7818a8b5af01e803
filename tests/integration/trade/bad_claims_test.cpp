// Claims that come twice, late, damaged or with the wrong proof, between Salesforce and SAP CRM:
// each ends in one state on both sides, or waits with its rule and its figures. No amount is posted
// twice.
#include <functional>
#include <mutex>

#include "channelbridge/core/sha256.hpp"
#include "crm_funds_world.hpp"
#include "relay.hpp"

namespace channelbridge::test {
namespace {

namespace kit = channelbridge::testing;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// The CRM behind a relay that may damage what it answers; claims also come as tables.
class BadClaims : public CrmFunds {
 protected:
  using Damage = std::function<void(const kit::SeenRequest&, std::string&)>;

  static constexpr const char* kDesk = R"(
system: file
object: claim
entity: claim
id: claim_id
correlation: claim_id
format: csv
absent: unchanged
fields:
  number: number
  kind: kind
  request: { path: request, ref: fund_request, object: PartnerFundRequest }
  currency: currency
  claimed_amount: claimed
  fx.currency: fx_currency
  fx.rate: fx_rate
  fx.date: fx_date
  fx.source: fx_source
  lines[].no: line
  lines[].vendor_name: vendor
  lines[].invoice.no: invoice
  lines[].net: net
  lines[].claimed: line_claimed
  status: status
)";

  void prepare() override {
    std::ofstream(folder_ / "file" / "claim.yaml") << kDesk;
    kit::Relay::Hooks hooks;
    hooks.edit = [this](const kit::SeenRequest& request, std::string& body) {
      const std::lock_guard guard(mutex_);
      if (damage_) damage_(request, body);
    };
    relay_ = std::make_unique<kit::Relay>(pcm_->port(), std::move(hooks));
    pcm_url_ = relay_->origin();
  }
  void TearDown() override {
    hub_.reset();
    relay_.reset();
    CrmFunds::TearDown();
  }
  /// The CRM has the last word at a first contact, and one invoice is one claim.
  std::string spokes() const override {
    std::string out = kSpokesOfFunds;
    const std::string claims = "mapping: salesforce/claim.yaml, first_contact: ";
    const std::string word = "system";
    out.replace(out.find(claims) + claims.size(), word.size(), "hub");
    return out +
           "  desk-claims: { system: books, mapping: file/claim.yaml, direction: pull, "
           "first_contact: system }\n";
  }
  std::string entities() const override { return "  claim: { match: [supplier_invoice] }\n"; }

  /// What happens to each answer of the CRM from now on; nothing = it comes as it is.
  void damage(Damage how) {
    const std::lock_guard guard(mutex_);
    damage_ = std::move(how);
  }
  static void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  }

  std::vector<store::DeadLetterRow> letters() {
    return hub_->store().dead_letters(true, 100).value();
  }
  std::vector<hub::Waiting> waits_of(std::string_view spoke) {
    std::vector<hub::Waiting> out = hub_->waiting(20).value();
    std::erase_if(out, [spoke](const hub::Waiting& each) { return each.spoke != spoke; });
    return out;
  }
  Json claims() { return pcm().state()["claims"]; }
  /// Claims that the CRM was sent by us.
  std::uint64_t submitted_by_us() {
    const Json effects = pcm_->journal().counters()["by_object"];
    return effects.contains("Claim") ? effects["Claim"]["created"].get<std::uint64_t>() : 0;
  }
  void approve_there(const std::string& id) {
    decide({.number = claim_there(id)["number"], .code = "APPR", .by = "ANNA"});
  }
  /// Somebody approves it in the org, too.
  void approve_in_org(const std::string& id, int amount) {
    edit_crm(
        id,
        {{"Status", "Approved"}, {"Approved_Amount__c", amount}, {"Approval_Status__c", nullptr}});
  }
  /// Other bytes under the name of a file of the org.
  void exchange_file(const std::string& base64) {
    in_crm("ContentVersion", {{"ContentDocumentId", only_in_crm("ContentDocument")["Id"]},
                              {"PathOnClient", "FV-7.pdf"},
                              {"Title", "FV-7.pdf"},
                              {"Evidence_Type__c", "Invoice"},
                              {"VersionData", base64}});
  }

  std::mutex mutex_;
  Damage damage_;
  std::unique_ptr<kit::Relay> relay_;
};

// ------------------------------------------------------------------- the same claim, from both
// sides

TEST_F(BadClaims, TheSameClaimHandedInOnBothSidesIsOne) {
  const std::string request = granted();
  const std::string id = claim(request, "FV-7", 1000);
  // At the same time a clerk enters it in the CRM, from the paper.
  const auto entered = pcm().enter_claim(
      {.type = "REIM",
       .reservation = reservation(request)["number"],
       .partner = kRheinwerk,
       .from = day("2027-03-01"),
       .to = day("2027-03-05"),
       .submitted = {number("1000"), "EUR"},
       .method = "CRME",
       .items = {{.number = "1",
                  .expense_type = "BOOT",
                  .invoice = "FV-7",
                  .invoice_date = day("2027-03-06"),
                  .supplier = "MESSE POSEN Sp. z o.o.",
                  .net = {number("2000"), "EUR"},
                  .submitted = {number("1000"), "EUR"}}},
       .attachments = {{.type = "INVOICE",
                        .file = "FV-7.pdf",
                        .hash = sha256_hex(std::string("photo \0 of the booth", 20))}}});
  ASSERT_TRUE(entered) << to_string(entered.error());
  rest();
  EXPECT_THAT(claims(), SizeIs(1));
  EXPECT_EQ(crm().count("PartnerFundClaim"), 1U);
  EXPECT_EQ(submitted_by_us(), 0U) << "it was there";
  EXPECT_EQ(made().count("PartnerFundClaim"), 0U);
  EXPECT_EQ(posted("claim_submitted"), 1U);
  EXPECT_EQ(in_fund("pending_claim"), "1000");

  decide({.number = *entered, .code = "APPR", .by = "ANNA"});
  rest();
  EXPECT_EQ(in_org(id)["Status"], "Approved");
  EXPECT_EQ(figure(in_org(id)["Amount"]), "1000");
  EXPECT_EQ(posted("claim_approved"), 1U);
}

TEST_F(BadClaims, AnInvoiceThatStandsInAnotherClaimIsNotHandedInAgain) {
  const std::string request = granted();
  claim(request, "FV-7", 700);
  rest();
  claim(request, "FV-7", 700);
  EXPECT_TRUE(run().set_aside());
  EXPECT_TRUE(run().set_aside()) << "until somebody says what it is";
  EXPECT_THAT(claims(), SizeIs(1));
  EXPECT_EQ(submitted_by_us(), 1U);
  EXPECT_EQ(posted("claim_submitted"), 1U);
  const auto doubles = hub_->store().duplicates();
  ASSERT_TRUE(doubles) << to_string(doubles.error());
  ASSERT_THAT(*doubles, SizeIs(1));
  EXPECT_THAT(doubles->front().reason, HasSubstr("supplier_invoice"));
}

// ------------------------------------------------------- decisions that come twice, or out of
// order

TEST_F(BadClaims, ADecisionThatIsTakenOnBothSidesIsPostedOnce) {
  // In whichever order it is heard: the CRM tells it line by line, the org by its sum.
  const std::string request = granted();
  const std::string first = claim(request, "FV-7", 600);
  const std::string second = claim(request, "FV-8", 500);
  rest();
  for (const std::string& id : {first, second}) {
    approve_there(id);
    approve_in_org(id, id == first ? 600 : 500);
    run({id == first ? "pcm-claims" : "crm-claims"});
    rest();
    EXPECT_EQ(in_org(id)["Status"], "Approved");
    EXPECT_EQ(status_there(id), "Approved");
  }
  EXPECT_EQ(posted("claim_approved"), 2U);
  EXPECT_EQ(in_fund("approved_claim"), "1100");
  for (const Json& line : crm().records("Claim_Line__c"))
    EXPECT_EQ(figure(line["Approved__c"]), figure(line["Claimed__c"]));
}

TEST_F(BadClaims, TwoDecisionsOfDifferentAmountsArePutBeforeAPersonWithBothFigures) {
  const std::string id = claim(granted(), "FV-7", 1000);
  rest();
  decide({.number = claim_there(id)["number"],
          .code = "APPR",
          .items = {{"1", {number("800"), "EUR"}, "No logo"}},
          .by = "ANNA"});
  run({"pcm-claims"});
  approve_in_org(id, 1000);
  EXPECT_TRUE(run().set_aside());
  const auto conflicts = hub_->store().conflicts();
  ASSERT_TRUE(conflicts) << to_string(conflicts.error());
  ASSERT_THAT(*conflicts, SizeIs(1)) << open_things();
  const store::ConflictRow& conflict = conflicts->front();
  EXPECT_EQ(conflict.spoke, "crm-claims");
  EXPECT_EQ(conflict.reason, "locked");
  EXPECT_THAT(conflict.detail,
              HasSubstr("approved_amount cannot be changed: the claim is approved, "
                        "800 EUR are approved"));
  EXPECT_THAT(conflict.system, HasSubstr("1000"));
  EXPECT_THAT(hub_->explain("claim", id).value(), HasSubstr("800 EUR are approved"));
  EXPECT_EQ(figure(in_org(id)["Approved_Amount__c"]), "1000") << "neither side is written over";
  EXPECT_EQ(in_fund("approved_claim"), "800");

  const auto resolved = hub_->resolve_conflict(conflict.spoke, conflict.key, conflict.group,
                                               hub::Keep::Hub, Context());
  ASSERT_TRUE(resolved) << to_string(resolved.error());
  rest();
  EXPECT_EQ(figure(in_org(id)["Amount"]), "800");
  EXPECT_EQ(posted("claim_approved"), 1U);
}

TEST_F(BadClaims, AnAnswerThatIsOlderThanTheDecisionTakesNothingBack) {
  const std::string id = claim(granted(), "FV-7", 1000);
  rest();
  approve_there(id);
  rest();
  // The row as it was before, once more.
  damage([](const kit::SeenRequest&, std::string& body) {
    if (body.find("ClaimQueryResponse") == std::string::npos) return;
    replace_all(body, "<UserStatus>E0004", "<UserStatus>E0002");
    replace_all(body, "<ChangeNumber>2<", "<ChangeNumber>1<");
  });
  run();
  damage({});
  rest();
  EXPECT_EQ(record("claim")["status"], "approved");
  EXPECT_EQ(in_org(id)["Status"], "Approved");
  EXPECT_EQ(posted("claim_approved"), 1U);
  EXPECT_EQ(posted("claim_taken_back"), 0U);
}

TEST_F(BadClaims, APostingThatIsToldAfterItsPaymentIsPutBeforeAPerson) {
  const std::string id = claim(granted(), "FV-7", 1000);
  rest();
  approve_there(id);
  rest();
  ASSERT_TRUE(pcm().settle({.number = claim_there(id)["number"], .step = "RELS", .by = "BILLING"}));
  rest();
  const std::string settlement = settlement_id();
  sends("settlement-1.csv", "settlement_id,document,paid_on,bank,status\n" + settlement +
                                ",0100000000,2027-04-01,BANK-1,paid\n");
  rest();
  EXPECT_EQ(in_org(id)["Status"], "Paid");
  sends("settlement-2.csv", "settlement_id,status\n" + settlement + ",posted\n");
  EXPECT_TRUE(run().set_aside());
  EXPECT_THAT(open_things(), HasSubstr("no way is listed from paid to posted"));
  EXPECT_EQ(record("settlement")["status"], "paid");
  EXPECT_EQ(status_there(id), "Paid");
  EXPECT_EQ(in_org(id)["Status"], "Paid");
  EXPECT_EQ(posted("claim_settled"), 1U);
  EXPECT_EQ(in_fund("settled"), "1000");
}

/// A project in which the CRM decides, whatever people do in the org.
class CrmDecides : public BadClaims {
 protected:
  std::string entities() const override {
    return "  claim: { match: [supplier_invoice], groups: { status: { authority: pcm }, "
           "approved_amount: { authority: pcm } } }\n";
  }
};

TEST_F(CrmDecides, WhatIsRejectedThereAndApprovedInTheOrgIsRejectedOnBothSides) {
  const std::string id = claim(granted(), "FV-7", 1000);
  rest();
  decide({.number = claim_there(id)["number"], .code = "REJC", .reason = "No proof", .by = "ANNA"});
  approve_in_org(id, 1000);
  rest();
  EXPECT_EQ(status_there(id), "Rejected");
  EXPECT_EQ(in_org(id)["Status"], "Rejected");
  EXPECT_TRUE(in_org(id)["Approved_Amount__c"].is_null());
  EXPECT_EQ(posted("claim_approved"), 0U);
  EXPECT_EQ(in_fund("pending_claim"), "0");
}

// ------------------------------------------------------------------------- a currency without a
// rate

TEST_F(BadClaims, AClaimInACurrencyWithoutARateWaitsWithRuleAndFigures) {
  const std::string request = granted();
  sends("claim-1.csv",
        "claim_id,number,kind,request,currency,claimed,line,vendor,invoice,net,line_claimed,"
        "status\nC-9,CL-9,reimbursement," +
            request + ",SEK,10000,1,Messe Lund,FV-9,20000,10000,submitted\n");
  EXPECT_TRUE(run().set_aside());
  EXPECT_TRUE(run().set_aside()) << "it does not go by itself";
  const auto waits = waits_of(hub::kLedgerSpoke);
  ASSERT_THAT(waits, SizeIs(1)) << open_things();
  EXPECT_EQ(waits[0].rule, "claim_rate");
  EXPECT_EQ(waits[0].number, "CL-9");
  EXPECT_THAT(waits[0].detail,
              HasSubstr("is in SEK and its fund in EUR: 10000.00 SEK cannot be posted before it "
                        "states a rate to EUR with date and source"));
  EXPECT_EQ(waits[0].ends, "when the claim states a rate with its date and source");
  EXPECT_THAT(hub_->explain("claim", waits[0].record).value(), HasSubstr("claim_rate"));
  EXPECT_EQ(crm().count("PartnerFundClaim"), 0U);
  EXPECT_THAT(claims(), SizeIs(0));
  EXPECT_EQ(posted("claim_submitted"), 0U);

  sends("claim-2.csv",
        "claim_id,fx_currency,fx_rate,fx_date,fx_source\nC-9,EUR,0.0875,2027-03-31,ECB\n");
  run();
  EXPECT_THAT(waits_of(hub::kLedgerSpoke), SizeIs(0));
  EXPECT_EQ(in_fund("pending_claim"), "875");
  EXPECT_EQ(posted("claim_submitted"), 1U);
  EXPECT_EQ(crm().count("PartnerFundClaim"), 0U)
      << "the org has one currency: no figure goes there as if it were in that";
}

// ------------------------------------------------------------------------------------------
// evidence

TEST_F(BadClaims, ProofThatIsChangedAfterApprovalIsPutBeforeAPersonAndGoesNowhere) {
  const std::string id = claim(granted(), "FV-7", 1000);
  rest();
  approve_there(id);
  rest();
  exchange_file("b3RoZXIgYnl0ZXM=");
  edit_crm(id, {{"Description", "a better copy"}});
  const std::uint64_t before = pcm_->journal().effects();
  EXPECT_TRUE(run().set_aside());
  EXPECT_TRUE(run().set_aside());
  const auto conflicts = hub_->store().conflicts("crm-claims");
  ASSERT_TRUE(conflicts) << to_string(conflicts.error());
  ASSERT_FALSE(conflicts->empty()) << open_things();
  EXPECT_EQ(conflicts->front().reason, "locked");
  EXPECT_THAT(conflicts->front().group, ::testing::StartsWith("evidence["));
  EXPECT_THAT(conflicts->front().detail, HasSubstr("the claim is approved, 1000 EUR are approved"));
  EXPECT_EQ(pcm_->journal().effects(), before) << "the CRM has what was decided on";
  EXPECT_EQ(posted("claim_approved"), 1U);
  EXPECT_EQ(in_fund("approved_claim"), "1000");
}

TEST_F(BadClaims, ProofThatComesAfterApprovalIsTakenAndTheApprovalPosted) {
  const std::string request = ask("Trade show", 1500);
  edit_crm(request, {{"Required_Photos__c", 1}});
  rest();
  decide({.number = reservation(request)["number"], .code = "APPR", .by = "ANNA"}, true);
  rest();
  const std::string id = claim(request, "FV-7", 1000);
  EXPECT_TRUE(run().set_aside());
  approve_in_org(id, 1000);
  EXPECT_TRUE(run().set_aside());
  ASSERT_THAT(waits_of(hub::kLedgerSpoke), SizeIs(1)) << open_things();
  EXPECT_EQ(waits_of(hub::kLedgerSpoke)[0].rule, "claim_evidence");
  EXPECT_EQ(posted("claim_approved"), 0U);

  in_crm("ContentVersion", {{"PathOnClient", "booth.jpg"},
                            {"Title", "booth.jpg"},
                            {"Evidence_Type__c", "Photo"},
                            {"VersionData", "dGhlIGJvb3Ro"},
                            {"FirstPublishLocationId", id}});
  edit_crm(id, {{"Description", "with a photo"}});
  run();
  EXPECT_THAT(hub_->store().conflicts("crm-claims").value(), SizeIs(0)) << open_things();
  EXPECT_THAT(waits_of(hub::kLedgerSpoke), SizeIs(0)) << open_things();
  EXPECT_EQ(posted("claim_approved"), 1U);
  EXPECT_EQ(in_fund("approved_claim"), "1000");
}

TEST_F(BadClaims, ProofThatIsTooLargeToBeReadIsAskedForOnceMoreAndNothingIsHandedInWithoutIt) {
  const std::string request = granted();
  const std::string id = claim(request, "FV-7", 1000);
  exchange_file(std::string(4'000, 'A'));  // 3,000 bytes, and at most 1,000 are read
  EXPECT_TRUE(run().set_aside());
  EXPECT_THAT(claims(), SizeIs(0)) << "nobody decides on it without its proof";
  const auto waits = waits_of("pcm-claims");
  ASSERT_THAT(waits, SizeIs(1)) << open_things();
  EXPECT_EQ(waits[0].rule, "field_missing");
  EXPECT_THAT(waits[0].detail, ::testing::EndsWith("].hash"));

  exchange_file("cGhvdG8gACBvZiB0aGUgYm9vdGg=");
  edit_crm(id, {{"Description", "a smaller copy"}});
  rest();
  ASSERT_THAT(claims(), SizeIs(1));
  EXPECT_EQ(claims()[0]["attachments"], 1);
  EXPECT_EQ(posted("claim_submitted"), 1U);
}

// ------------------------------------------------------------- XML that is not what the WSDL says

TEST_F(BadClaims, AnAnswerThatBreaksOffLeavesOneClaim) {
  const std::string request = granted();
  damage([](const kit::SeenRequest& request_seen, std::string& body) {
    if (request_seen.body.find("ClaimSubmit") != std::string::npos) body.resize(body.size() / 2);
  });
  const std::string id = claim(request, "FV-7", 1000);
  run();
  damage({});
  open_hub();  // whatever answered in the CRM's place has been looked at
  rest();
  EXPECT_THAT(claims(), SizeIs(1));
  EXPECT_EQ(submitted_by_us(), 1U);
  EXPECT_EQ(status_there(id), "Submitted");
  EXPECT_EQ(posted("claim_submitted"), 1U);
}

TEST_F(BadClaims, AnAnswerWithoutItsObjectIsNoSuccess) {
  const std::string request = granted();
  damage([](const kit::SeenRequest& request_seen, std::string& body) {
    if (request_seen.body.find("ClaimSubmit") == std::string::npos) return;
    replace_all(body, "ClaimNumber>", "ClaimNo>");
  });
  const std::string id = claim(request, "FV-7", 1000);
  run();
  damage({});
  rest();
  EXPECT_THAT(claims(), SizeIs(1)) << "it was found by its reference, and not handed in again";
  EXPECT_EQ(submitted_by_us(), 1U);
  EXPECT_EQ(status_there(id), "Submitted");
}

TEST_F(BadClaims, ARowThatLacksWhatItsDescriptionRequiresTakesNothingAway) {
  const std::string id = claim(granted(), "FV-7", 1000);
  rest();
  approve_there(id);
  damage([](const kit::SeenRequest&, std::string& body) { replace_all(body, "Item>", "Line>"); });
  EXPECT_TRUE(run().set_aside());
  const auto open = letters();
  ASSERT_THAT(open, SizeIs(1)) << open_things();
  EXPECT_EQ(open[0].spoke, "pcm-claims");
  EXPECT_EQ(open[0].rule, "missing_element");
  EXPECT_THAT(open[0].message, HasSubstr("Item: is missing"));
  EXPECT_THAT(open[0].message, HasSubstr("sap_crm_funds.wsdl:"));
  EXPECT_THAT(open[0].payload, HasSubstr("Line>"));
  EXPECT_EQ(record("claim")["status"], "submitted");
  EXPECT_EQ(posted("claim_approved"), 0U);

  damage({});
  const auto replayed = hub_->replay(open[0].id, Context());
  ASSERT_TRUE(replayed) << to_string(replayed.error());
  rest();
  EXPECT_EQ(in_org(id)["Status"], "Approved");
  EXPECT_EQ(posted("claim_approved"), 1U);
  EXPECT_THAT(letters(), SizeIs(0));
}

TEST_F(BadClaims, AnAmountInAnotherFormIsALetterAndTheDecisionFollowsItsReplay) {
  const std::string id = claim(granted(), "FV-7", 1000);
  rest();
  approve_there(id);
  damage([](const kit::SeenRequest&, std::string& body) {
    replace_all(body, ">1000.00</ApprovedAmount>", ">1.000,00</ApprovedAmount>");
  });
  EXPECT_TRUE(run().set_aside());
  const auto open = letters();
  ASSERT_THAT(open, SizeIs(1)) << open_things();
  EXPECT_EQ(open[0].spoke, "pcm-claims");
  EXPECT_THAT(open[0].message, HasSubstr("approved"));
  EXPECT_THAT(open[0].message, HasSubstr("1.000,00"));
  EXPECT_THAT(open[0].payload, HasSubstr(claim_there(id)["number"].get<std::string>()));
  EXPECT_EQ(record("claim")["status"], "submitted");
  EXPECT_EQ(posted("claim_approved"), 0U);

  damage({});
  const auto replayed = hub_->replay(open[0].id, Context());
  ASSERT_TRUE(replayed) << to_string(replayed.error());
  rest();
  EXPECT_EQ(in_org(id)["Status"], "Approved");
  EXPECT_EQ(posted("claim_approved"), 1U);
}

}  // namespace
}  // namespace channelbridge::test
