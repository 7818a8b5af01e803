#include <algorithm>

#include "sandbox/sap/rules.hpp"
#include "sandbox/sap/sap_server.hpp"

namespace channelbridge::sandbox {
namespace {

using odata::Property;
using odata::refuse;
using odata::Row;
using odata::RowPtr;
using odata::Table;
using odata::text;
using odata::Transaction;

void set(const Table& table, Row& row, std::string_view property, const std::string& value) {
  const auto index = table.type().find(property);
  if (!index) return;
  const auto limit =
      static_cast<std::size_t>(table.type().properties[*index].max_length.value_or(255));
  // Cut between characters, never inside of one.
  std::size_t end = 0;
  for (std::size_t characters = 0; end < value.size(); ++end) {
    if ((static_cast<unsigned char>(value[end]) & 0xC0U) == 0x80U) continue;
    if (++characters > limit) break;
  }
  row.set(*index, value.substr(0, end));
}

std::string joined(std::initializer_list<std::string> parts) {
  std::string result;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!result.empty()) result += ' ';
    result += part;
  }
  return result;
}

[[noreturn]] void business_error(const std::string& code, const std::string& message,
                                 const std::string& target) {
  refuse(400, code, message, target);
}

/// Persons need a last name, organizations a first name line, groups their own; the shown names
/// follow from them.
void save_partner(Transaction& transaction, const Table& table, Row& row) {
  const std::string category = text(table, row, "BusinessPartnerCategory");
  if (category != "1" && category != "2" && category != "3") {
    business_error("R11/656", "Business partner category '" + category + "' is not allowed",
                   "/A_BusinessPartner/BusinessPartnerCategory");
  }
  const RowPtr before =
      transaction.find("A_BusinessPartner", {text(table, row, "BusinessPartner")});
  if (before && text(table, *before, "BusinessPartnerCategory") != category) {
    business_error("R11/657", "The business partner category cannot be changed",
                   "/A_BusinessPartner/BusinessPartnerCategory");
  }
  const std::string needed = category == "1"   ? "LastName"
                             : category == "2" ? "OrganizationBPName1"
                                               : "GroupBusinessPartnerName1";
  if (text(table, row, needed).empty()) {
    business_error("R11/401", "Enter a name for the business partner",
                   "/A_BusinessPartner/" + needed);
  }
  std::string name;
  if (category == "1") {
    name = joined({text(table, row, "FirstName"), text(table, row, "LastName")});
    set(table, row, "PersonFullName", name);
    set(table, row, "IsNaturalPerson", "X");
  } else if (category == "2") {
    name =
        joined({text(table, row, "OrganizationBPName1"), text(table, row, "OrganizationBPName2")});
  } else {
    name = joined({text(table, row, "GroupBusinessPartnerName1"),
                   text(table, row, "GroupBusinessPartnerName2")});
  }
  set(table, row, "BusinessPartnerName", name);
  set(table, row, "BusinessPartnerFullName", name);
}

void save_address(const Table& table, Row& row) {
  const std::string country = text(table, row, "Country");
  const bool known = country.size() == 2 && std::all_of(country.begin(), country.end(), [](char c) {
                       return c >= 'A' && c <= 'Z';
                     });
  if (!known)
    business_error("AM/211", "Country/Region '" + country + "' is not defined",
                   "/A_BusinessPartnerAddress/Country");
}

void save_contact(Transaction& transaction, const Table& table, const Row& row) {
  for (const char* end : {"BusinessPartnerCompany", "BusinessPartnerPerson"}) {
    const std::string number = text(table, row, end);
    if (number.empty() || !transaction.find("A_BusinessPartner", {number})) {
      business_error("R1/051", "Business partner '" + number + "' does not exist",
                     std::string("/A_BusinessPartnerContact/") + end);
    }
  }
}

void before_save(Transaction& transaction, const std::string& set_name, Row& row) {
  const Table& table = transaction.store().table(set_name);
  if (set_name == "A_BusinessPartner") save_partner(transaction, table, row);
  if (set_name == "A_BusinessPartnerAddress") save_address(table, row);
  if (set_name == "A_BusinessPartnerContact") save_contact(transaction, table, row);
  if (set_name == "A_AddressEmailAddress") {
    std::string search = text(table, row, "EmailAddress");
    std::transform(search.begin(), search.end(), search.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    set(table, row, "SearchEmailAddress", search);
  }
}

/// Customer/vendor integration: a role makes the customer or supplier of the same number.
void make_account(Transaction& transaction, const std::string& partner, const char* set_name,
                  const char* property) {
  const RowPtr owner = transaction.find("A_BusinessPartner", {partner});
  if (!owner || !transaction.store().has(set_name)) return;
  const Table& partners = transaction.store().table("A_BusinessPartner");
  if (!transaction.find(set_name, {partner})) {
    const std::string name = text(partners, *owner, "BusinessPartnerFullName");
    Json account{{property, partner}};
    account[std::string(property) + "Name"] = name.substr(0, 80);
    account[std::string(property) + "FullName"] = name;
    transaction.create_silently(set_name, account);
  }
  const RowPtr now = transaction.find("A_BusinessPartner", {partner});
  if (text(partners, *now, property).empty()) {
    transaction.change_silently("A_BusinessPartner", now, Json{{property, partner}});
  }
}

void after_save(Transaction& transaction, const std::string& set_name, const Row& row,
                bool created) {
  if (!created) return;
  const odata::Store& store = transaction.store();
  const Table& table = store.table(set_name);
  const std::string partner = text(table, row, "BusinessPartner");
  if (set_name == "A_BusinessPartnerRole") {
    const std::string role = text(table, row, "BusinessPartnerRole");
    if (role == "FLCU00" || role == "FLCU01")
      make_account(transaction, partner, "A_Customer", "Customer");
    if (role == "FLVN00" || role == "FLVN01")
      make_account(transaction, partner, "A_Supplier", "Supplier");
  } else if (set_name == "A_Customer") {
    const RowPtr owner = transaction.find("A_BusinessPartner", {text(table, row, "Customer")});
    if (owner)
      transaction.change_silently("A_BusinessPartner", owner,
                                  Json{{"Customer", text(table, row, "Customer")}});
  } else if (set_name == "A_BusinessPartnerAddress" && store.has("A_BuPaAddressUsage")) {
    // The first address is the standard address (usage XXDEFAULT; unconfirmed).
    const Table& usages = store.table("A_BuPaAddressUsage");
    const auto property = usages.type().find("BusinessPartner");
    const odata::Value number = partner;
    if (usages.lookup({*property}, {&number}).empty()) {
      transaction.create_silently("A_BuPaAddressUsage",
                                  Json{{"BusinessPartner", partner},
                                       {"AddressID", text(table, row, "AddressID")},
                                       {"AddressUsage", "XXDEFAULT"},
                                       {"StandardUsage", true}});
    }
  } else if (set_name == "A_BusinessPartnerContact" && store.has("A_BPContactToFuncAndDept")) {
    Json relation = Json::object();
    for (const char* key : {"RelationshipNumber", "BusinessPartnerCompany", "BusinessPartnerPerson",
                            "ValidityEndDate", "RelationshipCategory"}) {
      relation[key] = text(table, row, key);
    }
    transaction.create_silently("A_BPContactToFuncAndDept", relation);
  }
}

}  // namespace

SapServiceSpec business_partner_service(std::string edmx_file) {
  using odata::Stamp;
  SapServiceSpec spec =
      gateway_service("/sap/opu/odata/sap/API_BUSINESS_PARTNER", std::move(edmx_file));
  odata::Settings& settings = spec.settings;
  settings.component = "AP-MD-BP";
  settings.number_open_keys = false;  // every range of this service stands below
  settings.alpha = {"BusinessPartner",
                    "BusinessPartnerCompany",
                    "BusinessPartnerPerson",
                    "BusinessPartner1",
                    "BusinessPartner2",
                    "Customer",
                    "Supplier",
                    "AddressID",
                    "RelationshipNumber",
                    "PersonNumber",
                    "Person",
                    "BPCustomerNumber",
                    "ContactPerson",
                    "IndependentAddressID"};
  settings.joins = {
      {"A_BusinessPartner/to_BusinessPartnerContact",
       {{"BusinessPartner", "BusinessPartnerCompany"}}},
      {"A_BusinessPartner/to_Customer", {{"BusinessPartner", "Customer"}}},
      {"A_BusinessPartner/to_Supplier", {{"BusinessPartner", "Supplier"}}},
  };
  // Rows of organization addresses have no person; those of a contact's own address have the
  // person's number.
  for (const std::string from : {"A_BusinessPartnerAddress", "A_BPContactToAddress"}) {
    const std::vector<std::pair<std::string, std::string>> base{{"AddressID", "AddressID"},
                                                                {"Person", "Person"}};
    for (const char* to : {"to_EmailAddress", "to_FaxNumber", "to_URLAddress", "to_PhoneNumber",
                           "to_MobilePhoneNumber"}) {
      auto join = base;
      // Types 1 fixed and 3 mobile (unconfirmed) tell the two phone navigations apart.
      if (to == std::string("to_PhoneNumber")) join.emplace_back("=1", "PhoneNumberType");
      if (to == std::string("to_MobilePhoneNumber")) join.emplace_back("=3", "PhoneNumberType");
      settings.joins[from + "/" + to] = std::move(join);
    }
  }
  settings.numbering = {{"A_BusinessPartner/BusinessPartner", {.first = 1'000'000}},
                        {"A_BusinessPartnerAddress/AddressID", {.first = 23'000}},
                        {"A_BusinessPartnerContact/RelationshipNumber", {.first = 1}},
                        {"A_BPRelationship/RelationshipNumber", {.first = 500'000}},
                        {"OrdinalNumber", {.first = 1, .per_parent = true}}};
  settings.stamps["BusinessPartnerUUID"] = {Stamp::Uuid};
  settings.stamps["AddressUUID"] = {Stamp::Uuid};
  settings.defaults = {{"Person", "\"\""},
                       {"PhoneNumberType", "\"1\""},
                       {"A_BusinessPartner/BusinessPartnerGrouping", "\"BP02\""},
                       {"A_BusinessPartnerContact/RelationshipCategory", "\"BUR001\""},
                       {"A_BusinessPartnerContact/ValidityEndDate", "\"9999-12-31T00:00:00\""},
                       {"A_BuPaAddressUsage/ValidityEndDate", "\"9999-12-31T23:59:59Z\""},
                       {"A_BusinessPartnerAddress/ValidityEndDate", "\"9999-12-31T23:59:59Z\""},
                       {"A_BusinessPartnerRole/ValidTo", "\"9999-12-31T23:59:59Z\""}};
  settings.correlation = {{"A_BusinessPartner", "BusinessPartnerIDByExtSystem"},
                          {"A_BuPaIdentification", "BPIdentificationNumber"}};
  settings.phones = {{"A_AddressPhoneNumber",
                      {{.property = "PhoneNumber",
                        .normal = "InternationalPhoneNumber",
                        .country = "DestinationLocationCountry"}}}};
  settings.lock_text = "Business partner %k is locked by user %u";
  settings.before_save = before_save;
  settings.after_save = after_save;
  return spec;
}

}  // namespace channelbridge::sandbox
