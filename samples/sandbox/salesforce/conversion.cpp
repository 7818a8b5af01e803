#include "sandbox/salesforce/conversion.hpp"

#include <algorithm>

#include "sandbox/salesforce/errors.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

using Names =
    std::initializer_list<std::pair<const char*, const char*>>;  // lead field -> its place

constexpr Names kAccount = {{"Company", "Name"},
                            {"Street", "BillingStreet"},
                            {"City", "BillingCity"},
                            {"State", "BillingState"},
                            {"PostalCode", "BillingPostalCode"},
                            {"Country", "BillingCountry"},
                            {"Phone", "Phone"},
                            {"Website", "Website"},
                            {"Industry", "Industry"},
                            {"AnnualRevenue", "AnnualRevenue"},
                            {"NumberOfEmployees", "NumberOfEmployees"}};
constexpr Names kContact = {{"FirstName", "FirstName"},
                            {"LastName", "LastName"},
                            {"Salutation", "Salutation"},
                            {"Title", "Title"},
                            {"Email", "Email"},
                            {"Phone", "Phone"},
                            {"MobilePhone", "MobilePhone"},
                            {"LeadSource", "LeadSource"}};
constexpr Names kOpportunity = {{"Company", "Name"}, {"LeadSource", "LeadSource"}};
constexpr std::size_t kLongestOpportunityName = 80;

Error breach(const std::string& message) { return refusal(400, "INVALID_FIELD", message); }

class Conversion {
 public:
  Conversion(Transaction& transaction, Table& leads, RowNumber number, const LeadConversion& how)
      : transaction_(transaction),
        leads_(leads),
        number_(number),
        lead_(leads.row(number)),
        how_(how) {}

  Result<ConvertedLead> run() {
    Table* accounts = transaction_.database().table("Account");
    Table* contacts = transaction_.database().table("Contact");
    if (accounts == nullptr || contacts == nullptr) return not_found();
    ConvertedLead out;
    auto account = into(*accounts, how_.account_id, kAccount, Json::object());
    if (!account) return std::move(account).error();
    out.account_id = *std::move(account);
    auto contact = into(*contacts, how_.contact_id, kContact, {{"AccountId", out.account_id}});
    if (!contact) return std::move(contact).error();
    out.contact_id = *std::move(contact);
    Table* opportunities = transaction_.database().table("Opportunity");
    if (how_.opportunity && opportunities != nullptr) {
      auto made = opportunity(*opportunities, out.account_id);
      if (!made) return std::move(made).error();
      out.opportunity_id = *std::move(made);
    }
    const std::string& deal = out.opportunity_id;
    transaction_.set_system(leads_, number_,
                            {{"Status", how_.status},
                             {"IsConverted", "true"},
                             {"ConvertedDate", datetime_text(transaction_.now()).substr(0, 10)},
                             {"ConvertedAccountId", out.account_id},
                             {"ConvertedContactId", out.contact_id},
                             {"ConvertedOpportunityId", deal.empty() ? Stored() : Stored(deal)}});
    return out;
  }

 private:
  /// What the lead says, for fields that the target has.
  Json copied(const Table& to, const Names& names) const {
    Json fields = Json::object();
    for (const auto& [source, target] : names) {
      const auto number = leads_.object().find(source);
      if (!number || !to.object().find(target)) continue;
      Json value = wire_value(leads_.object(), *number, lead_);
      if (!value.is_null()) fields[target] = std::move(value);
    }
    return fields;
  }

  /// A new record, or the empty fields of the one that is named.
  Result<std::string> into(Table& table, const std::string& id, const Names& names,
                           const Json& more) {
    Json fields = copied(table, names);
    if (id.empty()) {
      fields.update(more);
      if (table.object().find("OwnerId")) fields["OwnerId"] = owner();
      return transaction_.create(table, fields);
    }
    const auto row = table.find(id);
    if (!row || table.deleted(*row))
      return refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id");
    for (auto field = fields.begin(); field != fields.end();) {
      const bool source = field.key() == "LeadSource" && how_.overwrite_source;
      const bool empty = table.row(*row).view(*table.object().find(field.key())).empty();
      field = empty || source ? std::next(field) : fields.erase(field);
    }
    return fields.empty() ? std::string(table.row(*row).view(table.id()))
                          : transaction_.update(table, id, fields);
  }

  Result<std::string> opportunity(Table& table, const std::string& account) {
    const Field& stage = table.object().fields()[*table.object().find("StageName")];
    Json more{
        {"AccountId", account},
        {"StageName", stage.picklist.empty() ? "Prospecting" : stage.picklist.front()},
        {"CloseDate", datetime_text(transaction_.now() + std::chrono::days(90)).substr(0, 10)}};
    if (!how_.opportunity_name.empty()) more["Name"] = how_.opportunity_name;
    return into(table, "", kOpportunity, more);
  }

  std::string owner() const {
    return how_.owner_id.empty() ? std::string(lead_.view(*leads_.object().find("OwnerId")))
                                 : how_.owner_id;
  }

  Transaction& transaction_;
  Table& leads_;
  RowNumber number_;
  const Row lead_;
  const LeadConversion& how_;
};

}  // namespace

Result<ConvertedLead> convert(const OrgOptions& options, Transaction& transaction,
                              const std::string& id, const LeadConversion& how) {
  Table* leads = transaction.database().table("Lead");
  const auto number = leads == nullptr ? std::nullopt : leads->find(id);
  if (!number || leads->deleted(*number)) return not_found();
  if (leads->row(*number).view(*leads->object().find("IsConverted")) == "true")
    return refusal(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead");
  const auto& statuses = options.converted_statuses;
  if (std::find(statuses.begin(), statuses.end(), how.status) == statuses.end())
    return refusal(400, "INVALID_STATUS", "invalid convertedStatus: " + how.status);
  if (!how.contact_id.empty() && how.account_id.empty()) return breach("contactId needs accountId");
  if (how.overwrite_source && how.contact_id.empty())
    return breach("overwriteLeadSource needs contactId");
  if (!how.opportunity && !how.opportunity_name.empty())
    return breach("no opportunityName where doNotCreateOpportunity is set");
  if (how.opportunity_name.size() > kLongestOpportunityName)
    return refusal(
        400, "STRING_TOO_LONG",
        "Opportunity Name: data value too large: " + how.opportunity_name + " (max length=80)");
  return Conversion(transaction, *leads, *number, how).run();
}

}  // namespace channelbridge::sandbox::salesforce
