#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "channelbridge/core/sha256.hpp"
#include "connected_org.hpp"

namespace channelbridge::salesforce::test {

namespace fs = std::filesystem;
using adapter::NodeOutcome;
using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;

/// An org with a budget and a granted request, whose claims are written and read with lines and
/// files.
class FundsOfAnOrg : public ConnectedOrg {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "channelbridge-funds-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    adapter = connect({{"funds.files", folder_.string()},
                       {"funds.file_bytes", "1000"},
                       {"settle", "50ms"},
                       {"retry.attempts", "1"}});
    partner_ = org().insert("Account", {{"Name", "Rheinwerk"}}).value();
    budget_ = org()
                  .insert("PartnerMarketingBudget",
                          {{"Title", "MDF"}, {"Type", "Marketing Funds"}, {"Amount", 10000}})
                  .value();
    request_ = org()
                   .insert("PartnerFundRequest", {{"Title", "Trade show"},
                                                  {"BudgetId", budget_},
                                                  {"ChannelPartnerId", partner_},
                                                  {"Amount", 5000},
                                                  {"Status", "Approved"}})
                   .value();
  }
  void TearDown() override {
    std::error_code ignored;  // a leftover folder of a test harms nobody
    fs::remove_all(folder_, ignored);
  }

  /// Bytes of evidence in the folder; their hash.
  std::string file(const std::string& bytes) {
    const std::string hash = sha256_hex(bytes);
    std::ofstream(folder_ / hash, std::ios::binary) << bytes;
    return hash;
  }
  static WriteNode evidence(const std::string& hash, const std::string& title = "invoice.pdf",
                            const std::string& type = "Invoice") {
    const Json version{{"Sha256__c", hash}, {"Title", title}, {"Evidence_Type__c", type}};
    return {.object = "ContentDocumentLink",
            .parent = 0,
            .navigation = "ContentDocumentLinks",
            .body = Json{{"ContentDocument", {{"LatestPublishedVersion", version}}}}.dump()};
  }
  static WriteNode line(int number, int claimed) {
    return {.object = "Claim_Line__c",
            .parent = 0,
            .navigation = "Claim_Lines__r",
            .body = Json{{"Line_No__c", number}, {"Claimed__c", claimed}}.dump()};
  }
  WriteRequest claim(const std::string& record, std::vector<WriteNode> children,
                     const std::string& status = "Draft") const {
    const Json body{{"Title", "Claim"},
                    {"RequestId", request_},
                    {"Claimed_Amount__c", 1000},
                    {"Status", status}};
    WriteRequest request{.nodes = {{.object = "PartnerFundClaim", .body = body.dump()}},
                         .correlation_path = "ChannelbridgeId__c",
                         .correlation = record};
    for (WriteNode& child : children) request.nodes.push_back(std::move(child));
    return request;
  }
  static WriteRequest change(const std::string& key, const Json& fields,
                             std::vector<WriteNode> children = {}) {
    WriteRequest request{.nodes = {{.operation = Operation::Update,
                                    .object = "PartnerFundClaim",
                                    .key = key,
                                    .body = fields.dump()}}};
    for (WriteNode& child : children) request.nodes.push_back(std::move(child));
    return request;
  }
  WriteOutcome write_claim(const WriteRequest& request) {
    auto outcomes = adapter->write(claims, {request}, context);
    EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
    if (outcomes) return std::move(outcomes->front());
    return {.nodes = std::vector<NodeOutcome>(request.nodes.size())};
  }
  Json shown(const std::string& key) {
    auto change = adapter->read_by_key(claims, key, context);
    EXPECT_TRUE(change) << (change ? "" : to_string(change.error()));
    return change ? Json::parse(change->document.text()) : Json();
  }
  Json version_of(const Json& shown_claim, std::size_t at = 0) {
    return shown_claim["ContentDocumentLinks"]["records"][at]["ContentDocument"]
                      ["LatestPublishedVersion"];
  }
  void add_process() {
    ASSERT_TRUE(org().add_approval_process(
        {.name = "Claims",
         .object = "PartnerFundClaim",
         .approver = "anna@sandbox.example",
         .entry = {{"Status", "Draft"}},
         .on_submitted = {{"Approval_Status__c", "Pending"}},
         .on_approved = {{"Status", "Approved"}, {"Approval_Status__c", nullptr}},
         .on_rejected = {{"Status", "Rejected"}, {"Approval_Status__c", nullptr}},
         .on_recalled = {{"Approval_Status__c", nullptr}}}));
  }

  fs::path folder_{};
  std::string partner_;
  std::string budget_;
  std::string request_;
  adapter::Selection claims{
      .object = "PartnerFundClaim",
      .id = "Id",
      .version = "SystemModstamp",
      .correlation = "ChannelbridgeId__c",
      .paths = {"Status", "Amount", "BudgetId"},
      .children = {{.navigation = "Claim_Lines__r",
                    .object = "Claim_Line__c",
                    .paths = {"Id", "Claimed__c"}},
                   {.navigation = "ContentDocumentLinks",
                    .object = "ContentDocumentLink",
                    .paths = {"Id", "ContentDocument.LatestPublishedVersion.Sha256__c",
                              "ContentDocument.LatestPublishedVersion.Title",
                              "ContentDocument.LatestPublishedVersion.Evidence_Type__c"}}}};
};

}  // namespace channelbridge::salesforce::test
