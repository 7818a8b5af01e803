// Marketing funds between the CRM, whose people decide, and a dealer's office that sends tables.
#include <fstream>

#include "channelbridge/core/sha256.hpp"
#include "channelbridge/salesforce/approvals.hpp"
#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::UnorderedElementsAre;

class Funds : public TradeWorld {
 protected:
  static constexpr const char* kSpokesOfFunds = R"(
  crm-accounts: { system: crm, mapping: salesforce/account.yaml, first_contact: hub }
  crm-budgets: { system: crm, mapping: salesforce/budget.yaml, first_contact: system }
  crm-funds: { system: crm, mapping: salesforce/fund.yaml, first_contact: system }
  crm-activities: { system: crm, mapping: salesforce/marketing_activity.yaml, first_contact: system }
  crm-requests: { system: crm, mapping: salesforce/fund_request.yaml, first_contact: system }
  crm-claims: { system: crm, mapping: salesforce/claim.yaml, first_contact: system }
  office-dealers: { system: office, mapping: file/dealer.yaml, direction: push }
  office-funds: { system: office, mapping: file/fund.yaml, direction: push }
  office-requests: { system: office, mapping: file/request.yaml, first_contact: system }
  office-claims: { system: office, mapping: file/claim.yaml, first_contact: system }
)";
  static constexpr const char* kDealer = R"(
system: file
object: dealer
entity: partner
id: dealer_id
correlation: dealer_id
reference_key: name
format: csv
absent: unchanged
fields:
  name: name
)";
  static constexpr const char* kFund = R"(
system: file
object: fund
entity: fund
id: fund_id
correlation: fund_id
reference_key: number
format: csv
absent: unchanged
fields:
  number: number
  amount: amount
  currency: { const: EUR }
)";
  static constexpr const char* kRequest = R"(
system: file
object: request
entity: fund_request
id: request_id
correlation: request_id
format: csv
absent: unchanged
fields:
  number: number
  title: title
  description: description
  partner: { path: dealer, ref: partner, object: dealer }
  fund: { path: fund, ref: fund, object: fund }
  currency: { const: EUR }
  requested_amount: requested
  approved.amount: granted
  total_cost: cost
  vendor_share_pct: share
  desired_outcome: outcome
  status: status
)";
  static constexpr const char* kClaim = R"(
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
  request: { path: request, ref: fund_request, object: request }
  currency: { const: EUR }
  claimed_amount: claimed
  approved_amount: granted
  lines[].no: line
  lines[].vendor_name: vendor
  lines[].invoice.no: invoice
  lines[].net: net
  lines[].share_pct: share
  lines[].claimed: line_claimed
  evidence[].hash: hash
  evidence[].file: file
  evidence[].evidence_type: proof
  status: status
)";

  void SetUp() override {
    namespace fs = std::filesystem;
    TradeWorld::SetUp();
    fs::create_directories(folder_ / "office" / "from-partner");
    fs::create_directories(folder_ / "office" / "to-partner");
    fs::create_directories(folder_ / "file");
    fs::create_directories(folder_ / "evidence");
    std::ofstream(folder_ / "file" / "dealer.yaml") << kDealer;
    std::ofstream(folder_ / "file" / "fund.yaml") << kFund;
    std::ofstream(folder_ / "file" / "request.yaml") << kRequest;
    std::ofstream(folder_ / "file" / "claim.yaml") << kClaim;
    ASSERT_TRUE(crm().add_approval_process(
        {.name = "Requests",
         .object = "PartnerFundRequest",
         .approver = "anna@sandbox.example",
         .entry = {{"Status", "Draft"}},
         .on_submitted = {{"Approval_Status__c", "Pending"}},
         .on_approved = {{"Status", "Approved"},
                         {"Amount", "{!RequestedAmount}"},
                         {"Approval_Status__c", nullptr}},
         .on_rejected = {{"Status", "Rejected"}, {"Approval_Status__c", nullptr}}}));
    ASSERT_TRUE(crm().add_approval_process({.name = "Claims",
                                            .object = "PartnerFundClaim",
                                            .approver = "anna@sandbox.example",
                                            .entry = {{"Status", "Draft"}},
                                            .on_submitted = {{"Approval_Status__c", "Pending"}},
                                            .on_approved = {{"Status", "Approved"},
                                                            {"Approved_Amount__c", "{!Amount}"},
                                                            {"Approval_Status__c", nullptr}}}));
    start(kSpokesOfFunds, {{"crm",
                            "    funds: { files: evidence, file_bytes: 1000 }\n"
                            "  office: { adapter: file, folder: office }\n"}});
    settle();
    budget_ = in_crm("PartnerMarketingBudget", {{"Title", "MDF 2027"},
                                                {"Type", "Marketing Funds"},
                                                {"Amount", 10000},
                                                {"StartDate", "2027-01-01"},
                                                {"EndDate", "2027-12-31"}});
    fund_ = allocation("Rheinwerk", 6000);
    allocation("Seewerk", 4000);
    settle();
  }

  std::string allocation(const std::string& partner, int amount) {
    return in_crm("PartnerFundAllocation", {{"Title", partner},
                                            {"BudgetId", budget_},
                                            {"ChannelPartnerId", account(partner)["Id"]},
                                            {"Amount", amount}});
  }
  void sends(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / "office" / "from-partner" / name) << text;
  }
  /// The dealer asks for 1,500 of its fund.
  void request_money() {
    sends("request.csv",
          "request_id,number,title,description,dealer,fund,requested,cost,share,outcome,status\n"
          "R-1,FR-1,Trade show,a booth,Rheinwerk," +
              fund_ + ",1500,3000,50,200 leads,submitted\n");
  }
  /// The reviewer of the org approves what waits.
  void approve() {
    adapter::SystemSettings system{.name = "crm"};
    for (const auto& [path, text] :
         {std::pair("url", crm_url()),
          std::pair("credential.kind", std::string("client_credentials")),
          std::pair("credential.client_id", std::string("reviewer")),
          std::pair("credential.client_secret", std::string("open sesame"))})
      put(system.settings, path, text);
    const auto approvals = salesforce::make_approvals(system);
    ASSERT_TRUE(approvals) << to_string(approvals.error());
    const Json item = only_in_crm("ProcessInstanceWorkitem");
    const auto done = (*approvals)->approve({.work_item = item["Id"]}, Context());
    ASSERT_TRUE(done) << to_string(done.error());
  }
  static void put(adapter::Setting& root, const std::string& path, const std::string& text) {
    const std::size_t dot = path.find('.');
    adapter::Setting& child = root.children[path.substr(0, dot)];
    if (dot == std::string::npos)
      child.text = text;
    else
      put(child, path.substr(dot + 1), text);
  }
  std::vector<std::string> amounts(const std::string& entity) {
    std::vector<std::string> out;
    const auto rows = hub_->store().records_changed(entity, 0, 10);
    for (const auto& row : rows.value())
      out.push_back(Json::parse(row.state).at("fields").value("amount", ""));
    return out;
  }
  /// What was written for the office, all files together.
  std::string sent_to_office() {
    std::string out;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(folder_ / "office" / "to-partner")) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path());
      out.append(std::istreambuf_iterator<char>(in), {});
    }
    return out;
  }

  std::string budget_{};
  std::string fund_{};
};

TEST_F(Funds, ABudgetIsReadWithWhatItsPartnersGotOfIt) {
  const Json budget = record("budget");
  EXPECT_EQ(budget["title"], "MDF 2027");
  EXPECT_EQ(budget["number"], budget_) << "the org numbers no budgets";
  EXPECT_EQ(budget["kind"], "mdf");
  EXPECT_EQ(budget["amount"], "10000");
  EXPECT_EQ(budget["validation"], "strict");
  EXPECT_EQ(budget["status"], "open");
  EXPECT_EQ(budget["valid.end"], "2027-12-31");
  EXPECT_THAT(amounts("fund"), UnorderedElementsAre("6000", "4000"));
}

TEST_F(Funds, ARequestIsHandedInThereAndItsApprovalComesBack) {
  request_money();
  settle();
  const Json there = only_in_crm("PartnerFundRequest");
  EXPECT_EQ(there["Status"], "Draft");
  EXPECT_EQ(there["Approval_Status__c"], "Pending");
  EXPECT_EQ(there["AllocationId"], fund_);
  EXPECT_EQ(there["ChannelPartnerId"], account("Rheinwerk")["Id"]);
  EXPECT_EQ(figure(there["RequestedAmount"]), "1500");
  EXPECT_EQ(record("fund_request")["status"], "submitted");

  approve();
  settle();
  const Json request = record("fund_request");
  EXPECT_EQ(request["status"], "approved");
  EXPECT_EQ(request["approved.amount"], "1500");
  EXPECT_EQ(figure(crm().record(fund_)["TotalApprovedFrs"]), "1500");
  EXPECT_NE(sent_to_office().find("approved"), std::string::npos);
  EXPECT_EQ(made()["PartnerFundRequest"], 1U);
  EXPECT_EQ(crm().count("ProcessInstance"), 1U);
}

TEST_F(Funds, AClaimCrossesWithItsLineAndItsProofAndComesBackDecided) {
  request_money();
  settle();
  approve();
  settle();
  const std::string bytes = "%PDF faktura FV/7";
  const std::string hash = sha256_hex(bytes);
  std::ofstream(folder_ / "evidence" / hash) << bytes;
  sends("claim.csv",
        "claim_id,number,kind,request,claimed,line,vendor,invoice,net,share,line_claimed,hash,file,"
        "proof,status\n"
        "C-1,CL-1,reimbursement,R-1,1000.50,1,Messe Posen,FV/7,2001,50,1000.50," +
            hash + ",FV-7.pdf,invoice,submitted\n");
  settle();
  const Json there = only_in_crm("PartnerFundClaim");
  EXPECT_EQ(there["Approval_Status__c"], "Pending");
  EXPECT_EQ(figure(there["Amount"]), "1000.5");
  EXPECT_EQ(there["AllocationId"], fund_) << "of its request";
  const Json line = only_in_crm("Claim_Line__c");
  EXPECT_EQ(line["Claim__c"], there["Id"]);
  EXPECT_EQ(line["Invoice_No__c"], "FV/7");
  const Json file = only_in_crm("ContentVersion");
  EXPECT_EQ(file["Sha256__c"], hash);
  EXPECT_EQ(file["Evidence_Type__c"], "Invoice");
  EXPECT_EQ(figure(file["ContentSize"]), std::to_string(bytes.size()));
  EXPECT_EQ(only_in_crm("ContentDocumentLink")["LinkedEntityId"], there["Id"]);

  approve();
  settle();
  const Json claim = record("claim");
  EXPECT_EQ(claim["status"], "approved");
  EXPECT_EQ(claim["approved_amount"], "1000.5");
  EXPECT_EQ(in_line(claim, "uploaded_by"), "Integration User");
  EXPECT_EQ(figure(crm().record(fund_)["TotalApprovedFcs"]), "1000.5");

  edit_crm(there["Id"], {{"Status", "Paid"}});
  settle();
  EXPECT_EQ(record("claim")["status"], "paid");
  EXPECT_EQ(figure(crm().record(fund_)["TotalReimbursedFcs"]), "1000.5");
  EXPECT_EQ(made()["PartnerFundClaim"], 1U);
  EXPECT_EQ(made()["Claim_Line__c"], 1U);
  EXPECT_EQ(made()["ContentVersion"], 1U);
}

TEST_F(Funds, AClaimWhoseProofIsMissingIsMadeAndAsksForIt) {
  request_money();
  settle();
  approve();
  settle();
  const std::string bytes = "%PDF faktura FV/8";
  sends("claim.csv",
        "claim_id,number,kind,request,claimed,line,line_claimed,hash,file,proof,status\n"
        "C-1,CL-1,reimbursement,R-1,100,1,100," +
            sha256_hex(bytes) + ",FV-8.pdf,invoice,draft\n");
  EXPECT_TRUE(run().set_aside());
  EXPECT_NE(open_things().find("there is no file"), std::string::npos) << open_things();
  EXPECT_EQ(crm().count("PartnerFundClaim"), 1U);
  EXPECT_EQ(crm().count("ContentVersion"), 0U);
}

/// Bytes of a proof that the folder does not hold as the claim says: what the letter says of it.
struct WrongProof {
  const char* name{};
  std::string there{};  ///< what lies there; "" = nothing
  const char* words{};
};

class FundsWithoutProof : public Funds, public ::testing::WithParamInterface<WrongProof> {
 protected:
  void claim_with(const std::string& hash) {
    sends("claim.csv",
          "claim_id,number,kind,request,claimed,line,line_claimed,hash,file,proof,status\n"
          "C-1,CL-1,reimbursement,R-1,100,1,100," +
              hash + ",FV-8.pdf,invoice,submitted\n");
  }
  void lay(const std::string& hash, const std::string& bytes) {
    std::ofstream(folder_ / "evidence" / hash, std::ios::binary | std::ios::trunc) << bytes;
  }
};

TEST_P(FundsWithoutProof, AClaimIsNotHandedInBeforeItIsThereAndIsMadeOnce) {
  const WrongProof& proof = GetParam();
  request_money();
  settle();
  approve();
  settle();
  const std::string right = "%PDF FV/8";
  const std::string hash = sha256_hex(right);
  if (!proof.there.empty()) lay(hash, proof.there);
  claim_with(hash);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(run().set_aside()) << "until the file is there";
    EXPECT_NE(open_things().find(proof.words), std::string::npos) << open_things();
    EXPECT_EQ(crm().count("PartnerFundClaim"), 1U);
    EXPECT_EQ(crm().count("ContentVersion"), 0U);
    EXPECT_EQ(crm().count("ProcessInstance"), 1U) << "of the request: nobody decides on the claim";
  }
  lay(hash, right);
  const auto letters = hub_->store().dead_letters(true, 100);
  for (const auto& letter : letters.value()) {
    const auto replayed = hub_->replay(letter.id, Context());
    ASSERT_TRUE(replayed) << to_string(replayed.error());
  }
  settle();
  EXPECT_EQ(made()["PartnerFundClaim"], 1U);
  EXPECT_EQ(made()["ContentVersion"], 1U);
  EXPECT_EQ(only_in_crm("ContentVersion")["Sha256__c"], hash);
  EXPECT_EQ(only_in_crm("PartnerFundClaim")["Approval_Status__c"], "Pending") << "handed in";
  EXPECT_EQ(record("claim")["status"], "submitted");
}

INSTANTIATE_TEST_SUITE_P(
    OfAClaim, FundsWithoutProof,
    ::testing::Values(WrongProof{"Missing", "", "there is no file"},
                      WrongProof{"Changed", "%PDF FV/9", "has changed: the hash"},
                      WrongProof{"TooLarge", std::string(1'001, 'x'),
                                 "has 1001 bytes, more than the 1000 that are sent"}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace channelbridge::test
