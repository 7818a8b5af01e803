// What the systems hold, as people see it: business fields only, references by what they refer to.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sandbox/sap/sales.hpp"
#include "world.hpp"

namespace channelbridge::demo {

namespace {

using sandbox::Json;
using Names = std::map<std::string, std::map<std::string, std::string>>;  // object -> key -> name

/// One object of a system: what names it to people, and what is compared.
struct Shown {
  std::string object{};
  std::string key{};   ///< "" = nothing refers to it
  std::string name{};  ///< "" = it is named by what it belongs to
  std::vector<std::string> fields{};
  std::map<std::string, std::string> references{};  ///< field -> object
};

const std::vector<Shown> kCrm{
    {"Account",
     "Id",
     "DunsNumber",
     {"Name", "Website", "Phone", "BillingStreet", "BillingCity", "BillingState",
      "BillingPostalCode", "BillingCountry", "Type"},
     {}},
    {"Contact",
     "Id",
     "Email",
     {"FirstName", "LastName", "Phone", "MobilePhone", "Title"},
     {{"AccountId", "Account"}}},
    {"Lead",
     "Id",
     "Email",
     {"FirstName", "LastName", "Company", "Title", "Phone", "Street", "City", "PostalCode",
      "Country", "LeadSource", "Rating", "Status", "Estimated_Value__c"},
     {{"Partner__c", "Account"}}},
    {"Product2", "Id", "ProductCode", {"Name", "IsActive"}, {}},
    {"Order",
     "Id",
     "PoNumber",
     {"Status", "Type", "EffectiveDate", "TotalAmount"},
     {{"AccountId", "Account"}}},
    {"SBQQ__Quote__c",
     "Id",
     "",
     {"SBQQ__Status__c", "SBQQ__NetAmount__c", "SBQQ__ExpirationDate__c"},
     {{"SBQQ__Partner__c", "Account"}}},
    {"SBQQ__QuoteLine__c",
     "",
     "",
     {"SBQQ__Number__c", "SBQQ__Quantity__c", "SBQQ__ListPrice__c"},
     {{"SBQQ__Product__c", "Product2"}}},
    {"OrderItem",
     "",
     "",
     {"Line_No__c", "Quantity", "UnitPrice", "Confirmed_Quantity__c", "Shipped_Quantity__c",
      "Invoiced_Quantity__c"},
     {{"OrderId", "Order"}, {"Product2Id", "Product2"}}}};

const std::vector<Shown> kErp{
    {"A_BusinessPartner", "BusinessPartner", "", {"OrganizationBPName1", "SearchTerm2"}, {}},
    {"A_BusinessPartnerRole",
     "",
     "",
     {"BusinessPartnerRole"},
     {{"BusinessPartner", "A_BusinessPartner"}}},
    {"A_BusinessPartnerAddress",
     "",
     "",
     {"StreetName", "HouseNumber", "CityName", "Region", "PostalCode", "Country"},
     {{"BusinessPartner", "A_BusinessPartner"}}}};

const std::vector<Shown> kErpDocuments{
    {"A_SalesQuotation",
     "SalesQuotation",
     "",
     {"TotalNetAmount", "TransactionCurrency", "OverallSDProcessStatus"},
     {{"SoldToParty", "A_BusinessPartner"}}},
    {"A_SalesQuotationItem",
     "",
     "",
     {"SalesQuotationItem", "Material", "RequestedQuantity", "NetAmount"},
     {}},
    {"A_SalesOrder",
     "SalesOrder",
     "PurchaseOrderByCustomer",
     {"OverallTotalDeliveryStatus", "TotalNetAmount", "TransactionCurrency",
      "ReferenceSDDocumentCategory"},
     {{"SoldToParty", "A_BusinessPartner"}}},
    {"A_SalesOrderItem",
     "",
     "",
     {"SalesOrderItem", "Material", "RequestedQuantity", "NetAmount"},
     {{"SalesOrder", "A_SalesOrder"}}}};

const std::vector<Shown> kC4c{
    {"CorporateAccountCollection",
     "AccountID",
     "DUNSID",
     {"Name", "Phone", "WebSite", "Street", "HouseNumber", "City", "StateCode", "StreetPostalCode",
      "CountryCode"},
     {}},
    {"ContactCollection",
     "",
     "Email",
     {"FirstName", "LastName", "Phone", "Mobile", "JobTitle"},
     {{"AccountID", "CorporateAccountCollection"}}},
    {"LeadCollection",
     "ObjectID",
     "ContactEMail",
     {"Name", "Company", "ContactFirstName", "ContactLastName", "ContactFunctionalTitleName",
      "ContactPhone", "AccountCity", "AccountCountry", "QualificationLevelCode", "UserStatusCode",
      "OriginTypeCode", "ExpectedRevenueAmount", "ExpectedRevenueCurrencyCode"},
     {}},
    {"LeadPartyCollection",
     "",
     "",
     {"RoleCode"},
     {{"ParentObjectID", "LeadCollection"}, {"PartyID", "CorporateAccountCollection"}}}};

std::string text_of(const Json& row, const std::string& field) {
  const auto at = row.find(field);
  if (at == row.end() || at->is_null()) return "";
  return at->is_string() ? at->get<std::string>() : at->dump();
}

void show(const std::string& system, const Shown& shown, const Json& rows, Names& names,
          std::map<std::string, std::vector<std::string>>& out) {
  std::vector<std::string>& lines = out[system + " " + shown.object];
  for (const auto& row : rows) {
    std::string name = shown.name.empty() ? "" : text_of(row, shown.name);
    if (!shown.key.empty()) {
      std::string& known = names[shown.object][text_of(row, shown.key)];
      if (known.empty()) known = name;
      name = known;
    }
    std::string line = name;
    for (const std::string& field : shown.fields) line += " | " + text_of(row, field);
    for (const auto& [field, object] : shown.references)
      line += " | " + names[object][text_of(row, field)];
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
}

/// Cells of one CSV file (RFC 4180), the header first.
std::vector<std::vector<std::string>> csv_rows(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row(1);
  bool quoted = false;
  for (char c = 0; in.get(c);) {
    if (quoted) {
      if (c != '"') {
        row.back() += c;
      } else if (in.peek() == '"') {
        row.back() += static_cast<char>(in.get());
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      row.emplace_back();
    } else if (c == '\n') {
      rows.push_back(std::exchange(row, std::vector<std::string>(1)));
    } else if (c != '\r') {
      row.back() += c;
    }
  }
  return rows;
}

}  // namespace

std::map<std::string, std::string> World::dealer_rows(const std::string& object) const {
  std::map<std::string, std::string> out;
  const std::string key_column = object + "_id";
  const auto rows =
      csv_rows(std::filesystem::path(options_.folder) / "dealer-se/to-partner" / (object + ".csv"));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    std::string line;
    for (std::size_t column = 0; column < rows[i].size() && column < rows[0].size(); ++column) {
      const std::string& name = rows[0][column];
      if (name != key_column && !name.starts_with("channelbridge_"))
        line += name + "=" + rows[i][column] + " | ";
    }
    // The key column is named by the mapping; a second row of one key is a row of its own here.
    const auto at = std::find(rows[0].begin(), rows[0].end(), key_column);
    std::string key = at == rows[0].end() ? std::to_string(i)
                                          : rows[i][static_cast<std::size_t>(at - rows[0].begin())];
    while (out.contains(key)) key += " again";
    out[key] = std::move(line);
  }
  return out;
}

std::map<std::string, std::vector<std::string>> World::content() const {
  std::map<std::string, std::vector<std::string>> out;
  Names names;
  for (const Shown& shown : kCrm) show("crm", shown, Json(crm().records(shown.object)), names, out);
  for (const auto& row : erp().rows("A_BuPaIdentification")) {
    if (text_of(row, "BPIdentificationType") == "BUP001")
      names["A_BusinessPartner"][text_of(row, "BusinessPartner")] =
          text_of(row, "BPIdentificationNumber");
  }
  for (const Shown& shown : kErp) show("erp", shown, erp().rows(shown.object), names, out);
  for (const Shown& shown : kErpDocuments) {
    show("erp", shown, erp_->sales()->service_with(shown.object)->rows(shown.object), names, out);
  }
  for (const Shown& shown : kC4c) show("c4c", shown, c4c().rows(shown.object), names, out);
  for (auto& [key, line] : dealer_rows("lead")) out["dealer-se lead"].push_back(line);
  std::sort(out["dealer-se lead"].begin(), out["dealer-se lead"].end());
  return out;
}

std::vector<std::string> World::doubles() const {
  std::vector<std::string> out;
  for (const auto& [object, lines] : content()) {
    if (object.ends_with("Role") || object.ends_with("Address") || object.ends_with("Party") ||
        object.ends_with("PartyCollection") || object.ends_with("Item") ||
        object.ends_with("Line__c"))
      continue;  // parts: a partner has several
    std::string before;
    for (const std::string& line : lines) {  // sorted, and a line begins with the name
      const std::string name =
          object.starts_with("dealer") ? line : line.substr(0, line.find(" | "));
      if (!name.empty() && name == before) out.push_back(object + " " + name);
      before = name;
    }
  }
  const auto check = [&](const std::vector<sandbox::JournalEntry>& entries,
                         const std::string& system) {
    std::map<std::string, std::string> key_of;  // object + correlation -> key
    for (const sandbox::JournalEntry& entry : entries) {
      if (entry.kind != sandbox::EffectKind::Created || entry.correlation.empty()) continue;
      const std::string mark = system + " " + entry.object + " " + entry.correlation;
      const auto [at, fresh] = key_of.emplace(mark, entry.key);
      if (!fresh && at->second != entry.key) out.push_back(mark);
    }
  };
  check(crm_.desk->journal.entries(), "crm");
  check(erp_->journal().entries(), "erp");
  check(c4c_->journal().entries(), "c4c");
  return out;
}

}  // namespace channelbridge::demo
