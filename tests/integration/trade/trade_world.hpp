#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "channelbridge/hub/hub.hpp"
#include "sandbox/salesforce/org.hpp"
#include "sandbox/sap/c4c_server.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge::test {

using sandbox::Json;

/// A CRM (Salesforce-like), an ERP (S/4HANA-like) and a service cloud (Cloud-for-Customer-like),
/// each over HTTP, and a hub between them that is set up by a project file and the shipped
/// mappings.
///
/// The ERP knows two companies, "Rheinwerk" (10100001) and "Seewerk" (10100002), by D-U-N-S number,
/// both customers there, and the products PU-100 and PU-200, in pieces.
class TradeWorld : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Spokes of companies and products of the other two.
  static constexpr const char* kCrmMaster = R"(
  crm-accounts: { system: crm, mapping: salesforce/account.yaml, first_contact: hub }
  crm-products: { system: crm, mapping: salesforce/product.yaml, first_contact: hub }
)";
  static constexpr const char* kC4cMaster = R"(
  c4c-accounts: { system: c4c, mapping: sap_c4c/corporate_account.yaml, first_contact: hub }
  c4c-products: { system: c4c, mapping: sap_c4c/product.yaml, first_contact: hub }
)";
  /// Settings of the service cloud: deals and quotes name its accounts as partners.
  static constexpr const char* kAccountsArePartners =
      "    values: { partner_object: CorporateAccountCollection }\n";
  /// Opens a project with the ERP's spokes of companies and products, and these. `systems`: more
  /// settings of a system, by its name ("crm", "erp", "c4c"); `entities`: rules of more entities.
  void start(const std::string& spokes, const std::map<std::string, std::string>& systems = {},
             const std::string& entities = {});
  /// Before start(): a shipped mapping in which other words stand instead of these, as
  /// <system kind>/<name> beside the project.
  void vary_mapping(const std::string& shipped, const std::string& name,
                    const std::vector<std::pair<std::string, std::string>>& words);

  sandbox::salesforce::Org& crm() { return *crm_.org; }
  std::string crm_url() const { return crm_.server->url(); }
  /// The service of the ERP that has this set.
  sandbox::odata::Engine& erp(const std::string& set) { return *erp_->sales()->service_with(set); }
  sandbox::SalesDesk& desk() { return *erp_->sales(); }
  sandbox::odata::Engine& c4c() { return c4c_->api(); }

  /// Somebody makes a row by the system's own rules; its key.
  std::string in_crm(const std::string& object, const Json& fields);
  void in_erp(const std::string& set, const Json& fields);
  std::string in_c4c(const std::string& set, const Json& fields);
  void edit_crm(const std::string& id, const Json& fields);
  void edit_erp(const std::string& set, const std::vector<std::string>& key, const Json& fields);
  void edit_c4c(const std::string& set, const std::string& object_id, const Json& fields);

  /// The one row of an object or set; the test ends where there is another number of them.
  Json only_in_crm(const std::string& object);
  Json only_in_erp(const std::string& set);
  Json only_in_c4c(const std::string& set);
  /// The row whose field has this text; null = none.
  static Json with(const std::vector<Json>& rows, const std::string& field, const Json& value);
  Json account(const std::string& name) { return with(crm().records("Account"), "Name", name); }
  Json product(const std::string& sku) {
    return with(crm().records("Product2"), "ProductCode", sku);
  }
  /// The number of a company in the service cloud.
  std::string account_in_c4c(const std::string& name);
  /// The entry of a product in the org's standard price book.
  std::string entry_of(const std::string& sku);
  /// An entry of each product in the org's standard price book; the book's id.
  std::string enter_prices(const std::string& price = "100");
  /// A figure as a decimal in its shortest form: "115.000" and 115.0 are "115".
  static std::string figure(const Json& value);

  /// One run some minutes later, in which nothing may be set aside; what it wrote.
  std::uint64_t sync();
  /// The same, whatever is set aside. `only`: these spokes; empty = all.
  hub::RunReport run(const std::vector<std::string>& only = {});
  /// Runs until nothing is written any more, and one more: it writes nothing anywhere, and nothing
  /// is planned.
  void settle();
  void expect_nothing_planned();
  /// The fields of the hub's one record of an entity, by path.
  Json record(const std::string& entity);
  /// A field of the one element of a list of such a record.
  static Json in_line(const Json& record, const std::string& field);
  /// Waiting records, conflicts and dead letters, as people see them.
  std::string open_things();
  /// Rows that the systems had made over HTTP, by object or set.
  std::map<std::string, std::uint64_t> made() const;

  std::unique_ptr<hub::Hub> hub_{};
  std::filesystem::path folder_{};  ///< of the project file

 private:
  std::uint64_t effects() const;

  sandbox::salesforce::Sandbox crm_{};
  std::unique_ptr<sandbox::SapServer> erp_{};
  std::unique_ptr<sandbox::C4cServer> c4c_{};
};

}  // namespace channelbridge::test
