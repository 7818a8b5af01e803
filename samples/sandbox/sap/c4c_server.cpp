#include "sandbox/sap/c4c_server.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "sandbox/sap/rules.hpp"

namespace channelbridge::sandbox {
namespace {

using odata::refuse;
using odata::Row;
using odata::RowPtr;
using odata::Table;
using odata::text;
using odata::Transaction;

void set(const Table& table, Row& row, std::string_view property, const std::string& value) {
  if (const auto index = table.type().find(property)) {
    row.set(*index, odata::from_json(table.type().properties[*index], Json(value), {}).value);
  }
}

RowPtr find_by(const Transaction& transaction, const char* set_name, std::string_view property,
               const std::string& value) {
  const odata::Store& store = transaction.store();
  if (!store.has(set_name)) return nullptr;
  const Table& table = store.table(set_name);
  const auto index = table.type().find(property);
  const odata::Value wanted = value;
  const auto keys = index ? table.lookup({*index}, {&wanted}) : std::vector<std::string>{};
  return keys.empty() ? nullptr : table.find(keys.front());
}

[[noreturn]] void business_error(const Table& table, const char* property,
                                 const std::string& message) {
  refuse(400, "", message, "/" + table.set().name + "/" + property);
}

void demand(const Table& table, const Row& row, const char* property) {
  if (text(table, row, property).empty()) {
    business_error(table, property, std::string("Enter a value for ") + property);
  }
}

/// "Without an account, Company and ContactLastName are what must be filled."
void save_lead(const Transaction& transaction, const Table& table, Row& row) {
  const std::string account = text(table, row, "AccountPartyID");
  if (account.empty()) {
    demand(table, row, "Company");
    demand(table, row, "ContactLastName");
    set(table, row, "AccountPartyName", "");
  } else {
    const RowPtr found = find_by(transaction, "CorporateAccountCollection", "AccountID", account);
    const RowPtr partner =
        found ? nullptr : find_by(transaction, "PartnerCollection", "PartnerID", account);
    if (!found && !partner) {
      if (transaction.options().trusted) return;
      business_error(table, "AccountPartyID", "Account " + account + " does not exist");
    }
    const odata::Store& store = transaction.store();
    const Table& accounts = store.table(found ? "CorporateAccountCollection" : "PartnerCollection");
    const Row& owner = found ? *found : *partner;
    set(table, row, "AccountPartyName", text(accounts, owner, "BusinessPartnerFormattedName"));
    set(table, row, "AccountPartyUUID", text(accounts, owner, found ? "UUID" : "PartnerUUID"));
  }
  const std::string first = text(table, row, "ContactFirstName");
  const std::string last = text(table, row, "ContactLastName");
  set(table, row, "ContactName", first.empty() || last.empty() ? first + last : first + " " + last);
}

void save_account(const Table& table, Row& row) {
  demand(table, row, "Name");
  std::string name = text(table, row, "Name");
  const std::string second = text(table, row, "AdditionalName");
  set(table, row, "BusinessPartnerFormattedName", second.empty() ? name : name + " " + second);
  const std::string country = text(table, row, "CountryCode");
  const bool known = country.empty() || (country.size() == 2 &&
                                         std::all_of(country.begin(), country.end(),
                                                     [](char c) { return c >= 'A' && c <= 'Z'; }));
  if (!known)
    business_error(table, "CountryCode", "Value '" + country + "' is not valid for CountryCode");
}

void save_contact(const Transaction& transaction, const Table& table, Row& row) {
  demand(table, row, "LastName");
  const std::string first = text(table, row, "FirstName");
  const std::string last = text(table, row, "LastName");
  set(table, row, "BusinessPartnerFormattedName", first.empty() ? last : first + " " + last);
  const std::string account = text(table, row, "AccountID");
  if (account.empty()) return;
  const RowPtr found = find_by(transaction, "CorporateAccountCollection", "AccountID", account);
  if (!found) {
    if (transaction.options().trusted) return;
    business_error(table, "AccountID", "Account " + account + " does not exist");
  }
  const Table& accounts = transaction.store().table("CorporateAccountCollection");
  set(table, row, "AccountFormattedName", text(accounts, *found, "BusinessPartnerFormattedName"));
}

/// Children carry the business id of their parent; items count 10, 20, …
struct ChildId {
  const char* set;
  const char* property;
  const char* parent_set;
  const char* parent_property;
};
constexpr std::array<ChildId, 10> kChildIds{{
    {"LeadItemCollection", "LeadID", "LeadCollection", "ID"},
    {"LeadPartyCollection", "LeadID", "LeadCollection", "ID"},
    {"PartnerAddressCollection", "PartnerID", "PartnerCollection", "PartnerID"},
    {"PartnerContactCollection", "PartnerID", "PartnerCollection", "PartnerID"},
    {"ContactIsContactPersonForCollection", "ContactID", "ContactCollection", "ContactID"},
    {"OpportunityPartyCollection", "OpportunityID", "OpportunityCollection", "ID"},
    {"OpportunityItemCollection", "OpportunityID", "OpportunityCollection", "ID"},
    {"SalesQuoteItemCollection", "QuoteID", "SalesQuoteCollection", "ID"},
    {"SalesQuotePartyCollection", "QuoteID", "SalesQuoteCollection", "ID"},
    {"PromotionPartyCollection", "PromotionID", "PromotionCollection", "ID"},
}};

void save_child(const Transaction& transaction, const std::string& set_name, const Table& table,
                Row& row) {
  for (const ChildId& rule : kChildIds) {
    if (set_name != rule.set) continue;
    const RowPtr parent = transaction.find(rule.parent_set, {text(table, row, "ParentObjectID")});
    if (!parent) continue;
    const Table& parents = transaction.store().table(rule.parent_set);
    set(table, row, rule.property, text(parents, *parent, rule.parent_property));
  }
  const char* number = set_name == "LeadItemCollection" || set_name == "OpportunityItemCollection"
                           ? "ID"
                       : set_name == "SalesQuoteItemCollection" ? "ItemID"
                                                                : nullptr;
  if (number == nullptr || !text(table, row, number).empty()) return;
  const auto parent = table.type().find("ParentObjectID");
  int last = 0;
  for (const std::string& key : table.lookup({*parent}, {&table.value(row, *parent)})) {
    const std::string id = text(table, *table.find(key), number);
    int value = 0;
    std::from_chars(id.data(), id.data() + id.size(), value);
    last = std::max(last, value);
  }
  set(table, row, number, std::to_string(last + 10));
}

void before_save(Transaction& transaction, const std::string& set_name, Row& row) {
  const Table& table = transaction.store().table(set_name);
  if (set_name == "LeadCollection") save_lead(transaction, table, row);
  if (set_name == "CorporateAccountCollection" || set_name == "PartnerCollection")
    save_account(table, row);
  if (set_name == "ContactCollection") save_contact(transaction, table, row);
  save_child(transaction, set_name, table, row);
}

}  // namespace

odata::Settings c4c_settings(C4cRules rules) {
  using odata::Stamp;
  odata::Settings settings;
  settings.page_size = 1000;
  settings.expand_page_size = 100;
  settings.row_number_skiptokens = true;
  settings.or_on_one_property = true;
  settings.wildcard_eq = true;
  settings.only_startswith_endswith = true;
  settings.require_if_match = false;  // unconfirmed
  settings.ignore_equal_read_only = true;
  settings.ignore_texts_and_etag = true;
  settings.nullable_false_is_mandatory = true;
  settings.trim_front = true;
  settings.csrf = odata::Csrf::Stateless;
  settings.component.clear();
  settings.lock_text = "Object %k cannot be changed: record locked by user %u";
  settings.batch_boundary = "ejjeeffe";
  settings.batch_echoes_content_id = true;
  settings.etag_is_timestamp = true;
  settings.hard_children = {"ParentObjectID"};
  settings.numbering = {{"ObjectID", {.object_id = true}},
                        {"LeadCollection/ID", {.first = 25'783}},
                        {"CorporateAccountCollection/AccountID", {.first = 1'002'000}},
                        {"ContactCollection/ContactID", {.first = 1'100'000}},
                        {"PartnerCollection/PartnerID", {.first = 1'000'500}},
                        {"OpportunityCollection/ID", {.first = 5'000}},
                        {"SalesQuoteCollection/ID", {.first = 1}},
                        {"PromotionCollection/ID", {.first = 23}}};
  for (const char* changed :
       {"ETag", "EntityLastChangedOn", "LastChangeDateTime", "ChangedOn", "LastChangeDate"}) {
    settings.stamps[changed] = {Stamp::Now, true};
  }
  for (const char* created : {"CreationDateTime", "CreationOn", "CreatedOn", "CreationDate"})
    settings.stamps[created] = {Stamp::Now};
  for (const char* user : {"LastChangedBy", "ChangedBy"})
    settings.stamps[user] = {Stamp::User, true};
  settings.stamps["CreatedBy"] = {Stamp::User};
  settings.stamps["UUID"] = {Stamp::RowUuid};
  settings.stamps["PartnerUUID"] = {Stamp::RowUuid};
  // Codes of a fresh tenant (unconfirmed; every list is customising).
  settings.defaults = {{"LeadCollection/UserStatusCode", "\"01\""},
                       {"LeadCollection/LifeCycleStatusCode", "\"1\""},
                       {"LeadCollection/ApprovalStatusCode", "\"1\""},
                       {"LeadCollection/ConsistencyStatusCode", "\"3\""},
                       {"LeadCollection/PriorityCode", "\"3\""},
                       {"CorporateAccountCollection/RoleCode", "\"CRM000\""},
                       {"CorporateAccountCollection/LifeCycleStatusCode", "\"2\""},
                       {"ContactCollection/LifeCycleStatusCode", "\"2\""},
                       {"PartnerCollection/LifeCycleStatusCode", "\"2\""},
                       {"PartnerCollection/TotalPoints", "\"0.00\""},
                       {"OpportunityCollection/ProcessingTypeCode", "\"OPPT\""},
                       {"OpportunityCollection/LifeCycleStatusCode", "\"1\""},
                       {"OpportunityCollection/ApprovalStatusCode", "\"1\""},
                       {"OpportunityCollection/ConsistencyStatusCode", "\"3\""},
                       {"SalesQuoteCollection/ProcessingTypeCode", "\"AG\""},
                       {"SalesQuoteCollection/LifeCycleStatusCode", "\"1\""},
                       {"SalesQuoteCollection/ConsistencyStatusCode", "\"3\""},
                       {"SalesQuoteCollection/VersionID", "\"1\""}};
  settings.code_lists = {{"LeadCollection/UserStatusCode", {"01", "02", "03", "04", "05", "06"}},
                         {"LeadCollection/PriorityCode", {"1", "2", "3", "7"}},
                         {"CorporateAccountCollection/LifeCycleStatusCode", {"1", "2", "3", "4"}},
                         {"PartnerCollection/LifeCycleStatusCode", {"1", "2", "3", "4"}},
                         {"OpportunityCollection/LifeCycleStatusCode", {"1", "2", "3", "4", "5"}},
                         {"ContactCollection/LifeCycleStatusCode", {"1", "2", "3", "4"}}};
  settings.code_texts = {
      {"UserStatusCode",
       {{"01", "Open"},
        {"02", "Qualified"},
        {"03", "Accepted"},
        {"04", "Declined"},
        {"06", "Converted"}}},
      {"PriorityCode", {{"1", "Immediate"}, {"2", "High"}, {"3", "Normal"}, {"7", "Low"}}},
      {"RoleCode", {{"CRM000", "Customer"}, {"39", "Owner"}, {"34", "Account"}}},
      {"CountryCode",
       {{"US", "United States"},
        {"SE", "Sweden"},
        {"PL", "Poland"},
        {"DE", "Germany"},
        {"CN", "China"}}},
      {"LanguageCode",
       {{"EN", "English"},
        {"DE", "German"},
        {"SV", "Swedish"},
        {"PL", "Polish"},
        {"ZH", "Chinese"}}},
      {"unitCode", {{"EA", "Each"}}}};
  settings.correlation = {
      {"LeadCollection", "ExternalID"},        {"CorporateAccountCollection", "ExternalID"},
      {"ContactCollection", "ExternalID"},     {"PartnerCollection", "ExternalID"},
      {"OpportunityCollection", "ExternalID"}, {"SalesQuoteCollection", "BuyerID"}};
  for (const char* master : {"CorporateAccountCollection", "ContactCollection", "PartnerCollection",
                             "PartnerAddressCollection"}) {
    settings.phones[master] = {{.property = "Phone",
                                .normal = "NormalisedPhone",
                                .country = "CountryCode",
                                .rewrite = true},
                               {.property = "Mobile",
                                .normal = "NormalisedMobile",
                                .country = "CountryCode",
                                .rewrite = true},
                               {.property = "Fax", .country = "CountryCode", .rewrite = true}};
  }
  for (const char* prefix : {"Account", "Contact"}) {
    for (const char* kind : {"Phone", "Mobile"}) {
      settings.phones["LeadCollection"].push_back(
          {.property = std::string(prefix) + kind, .country = "AccountCountry", .rewrite = true});
    }
  }
  settings.before_save = [rules = std::move(rules)](Transaction& transaction,
                                                    const std::string& set_name, Row& row) {
    before_save(transaction, set_name, row);
    save_sales(transaction, set_name, transaction.store().table(set_name), row, rules);
  };
  settings.after_save = [](Transaction& transaction, const std::string& set_name, const Row& row,
                           bool) { after_sales(transaction, set_name, row); };
  settings.after_remove = after_sales;
  return settings;
}

Result<std::unique_ptr<C4cServer>> C4cServer::start(std::string edmx_file,
                                                    C4cServerOptions options) {
  if (!options.settings.custom_fields.empty() || !options.settings.creatable_fields.empty())
    return Error(ErrorCode::Invalid, "custom_field and creatable are for S/4HANA");
  SapServiceSpec spec{
      .path = kRoot, .edmx_file = std::move(edmx_file), .settings = std::move(options.settings)};
  std::vector<SapServiceSpec> services;
  services.push_back(std::move(spec));
  auto server = SapServer::start(std::move(services), {.gateway = std::move(options.gateway),
                                                       .server = std::move(options.server),
                                                       .clock = std::move(options.clock)});
  if (!server) return std::move(server).error();
  return std::unique_ptr<C4cServer>(new C4cServer(std::move(*server)));
}

}  // namespace channelbridge::sandbox
