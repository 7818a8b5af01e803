#include "sandbox/sap/c4c_sales.hpp"

#include <algorithm>

#include "channelbridge/model/money.hpp"
#include "sandbox/sap/rules.hpp"

// What only the sandbox says is "unconfirmed": no published document shows it.
namespace channelbridge::sandbox {
namespace {

using model::Decimal;
using odata::refuse;
using odata::Row;
using odata::RowPtr;
using odata::Table;
using odata::text;
using odata::Transaction;

template <typename T>
void put(const Table& table, Row& row, std::string_view property, const T& value) {
  if (const auto index = table.type().find(property))
    row.set(*index, odata::from_json(table.type().properties[*index], Json(value), {}).value);
}

[[noreturn]] void refused(const Table& table, const char* property, const std::string& message) {
  refuse(400, "", message, "/" + table.set().name + "/" + property);
}

/// Numbers that nobody has told are 0 to the service, where a 0 that was told is refused.
void one_unless_told(const Table& table, Row& row, std::string_view property) {
  const auto index = table.type().find(property);
  if (index && row.find(*index) == nullptr) put(table, row, property, "1");
}

void demanded(const Table& table, const Row& row, const char* property) {
  if (text(table, row, property).empty())
    refused(table, property, std::string("Enter a value for ") + property);
}

Decimal number(const Table& table, const Row& row, const char* property) {
  return Decimal::parse(text(table, row, property)).value_or(Decimal());
}

/// The account that a document names, and its name in the document.
void name_account(const Transaction& transaction, const Table& table, Row& row,
                  const char* property, const char* name) {
  const std::string id = text(table, row, property);
  if (id.empty()) return put(table, row, name, "");
  if (!transaction.store().has("CorporateAccountCollection")) return;
  const Table& accounts = transaction.store().table("CorporateAccountCollection");
  const odata::Value wanted = id;
  const auto keys = accounts.lookup({*accounts.type().find("AccountID")}, {&wanted});
  if (!keys.empty()) {
    const Row& account = *accounts.find(keys.front());
    return put(table, row, name, text(accounts, account, "BusinessPartnerFormattedName"));
  }
  if (!transaction.options().trusted) refused(table, property, "Account " + id + " does not exist");
}

void save_opportunity(const Transaction& transaction, const Table& table, Row& row,
                      const C4cRules& rules) {
  if (transaction.options().trusted) return;
  demanded(table, row, "Name");
  name_account(transaction, table, row, "ProspectPartyID", "ProspectPartyName");
  const Decimal probability = number(table, row, "ProbabilityPercent");
  if (probability.sign() < 0 || probability > Decimal(100))
    refused(table, "ProbabilityPercent", "Enter a probability between 0 and 100");
  const std::string status = text(table, row, "LifeCycleStatusCode");
  if (rules.reason_on_close && (status == "4" || status == "5"))
    demanded(table, row, "ResultReasonCode");
  const auto weighted =
      model::part(model::Percent{probability}, number(table, row, "ExpectedRevenueAmount"));
  if (weighted) put(table, row, "WeightedExpectedNetAmount", to_string(model::round(*weighted, 6)));
  put(table, row, "WeightedExpectedNetAmountCurrencyCode",
      text(table, row, "ExpectedRevenueAmountCurrencyCode"));
}

bool is_closed(const Table& quotes, const Row& quote) {
  const std::string status = text(quotes, quote, "LifeCycleStatusCode");
  return status == "4" || status == "5";
}

/// An action is asked for by writing its flag; the flag itself is never kept (unconfirmed).
void act(const Table& table, Row& row, const char* flag, const char* status,
         const std::string& from) {
  if (text(table, row, flag) != "true") return;
  const std::string now = text(table, row, "LifeCycleStatusCode");
  if (from.find(now) == std::string::npos || now.empty())
    refused(table, flag, "Action " + std::string(flag) + " is not possible in status " + now);
  put(table, row, "LifeCycleStatusCode", status);
  put(table, row, flag, false);
}

void save_quote(const Transaction& transaction, const Table& table, Row& row) {
  if (transaction.options().trusted) return;
  const RowPtr before = transaction.find("SalesQuoteCollection", {text(table, row, "ObjectID")});
  if (before && is_closed(table, *before))
    refused(table, "ID", "Sales quote " + text(table, row, "ID") + " is completed");
  demanded(table, row, "BuyerPartyID");
  demanded(table, row, "CurrencyCode");
  name_account(transaction, table, row, "BuyerPartyID", "BuyerPartyName");
  const std::string currency = text(table, row, "CurrencyCode");
  if (!model::Currency::parse(currency))
    refused(table, "CurrencyCode", "Value '" + currency + "' is not valid for CurrencyCode");
  act(table, row, "Submit", "2", "1");
  act(table, row, "SetAsWon", "4", "123");
  act(table, row, "SetAsLost", "5", "123");
}

void save_quote_item(const Transaction& transaction, const Table& table, Row& row,
                     const C4cRules& rules) {
  const RowPtr quote =
      transaction.find("SalesQuoteCollection", {text(table, row, "ParentObjectID")});
  if (!quote || transaction.options().trusted) return;
  const Table& quotes = transaction.store().table("SalesQuoteCollection");
  if (is_closed(quotes, *quote))
    refused(table, "ParentObjectID", "Sales quote " + text(quotes, *quote, "ID") + " is completed");
  demanded(table, row, "ProductInternalID");
  one_unless_told(table, row, "Quantity");
  if (number(table, row, "Quantity").sign() <= 0)
    refused(table, "Quantity", "Enter a quantity above 0");
  one_unless_told(table, row, "MainPriceBaseQuantity");
  if (number(table, row, "MainPriceBaseQuantity") != Decimal(1))
    refused(table, "MainPriceBaseQuantity", "Prices are of one unit here");
  const std::string currency = text(quotes, *quote, "CurrencyCode");
  const int decimals = model::minor_unit(*model::Currency::parse(currency));
  const Decimal price = number(table, row, "MainPrice");
  const auto off = model::part(model::Percent{number(table, row, "MainDiscount")}, price);
  const auto net_price = off ? subtract(price, *off) : Result<Decimal>(off.error());
  const auto amount = net_price ? multiply(*net_price, number(table, row, "Quantity")) : net_price;
  const auto rate = Decimal::parse(rules.tax_percent);
  if (!amount || !rate) refused(table, "MainPrice", "The amount is too large");
  const Decimal net = model::round(*amount, decimals);
  const auto taxed = model::part(model::Percent{*rate}, net);
  const Decimal tax = taxed ? model::round(*taxed, decimals) : Decimal();
  const auto gross = add(net, tax);
  put(table, row, "NetPriceAmount", to_string(model::round(*net_price, 6)));
  put(table, row, "NetAmount", to_string(net));
  put(table, row, "TaxAmount", to_string(tax));
  put(table, row, "GrossAmount", to_string(gross.value_or(net)));
  for (const char* figure :
       {"MainPrice", "NetPriceAmount", "NetAmount", "TaxAmount", "GrossAmount"})
    put(table, row, std::string(figure) + "CurrencyCode", currency);
}

/// Alternatives to an item are offered, not summed.
void sum_up(Transaction& transaction, const std::string& quote_id) {
  const RowPtr quote = transaction.find("SalesQuoteCollection", {quote_id});
  if (!quote) return;
  const Table& items = transaction.store().table("SalesQuoteItemCollection");
  const Table& quotes = transaction.store().table("SalesQuoteCollection");
  const std::size_t parent = *items.type().find("ParentObjectID");
  const odata::Value wanted = quote_id;
  Json totals = Json::object();
  for (const char* figure : {"NetAmount", "TaxAmount", "GrossAmount"}) {
    Decimal sum;
    for (const std::string& key : items.lookup({parent}, {&wanted})) {
      const Row& item = *items.find(key);
      if (text(items, item, "AlternativeToItemID").empty())
        sum = add(sum, number(items, item, figure)).value_or(sum);
    }
    totals[figure] = to_string(sum);
    totals[std::string(figure) + "CurrencyCode"] = text(quotes, *quote, "CurrencyCode");
  }
  transaction.change_silently("SalesQuoteCollection", quote, totals);
}

constexpr const char* kAddress[] = {"CountryCode",  "StateCode", "HouseNumber",     "Street",
                                    "AddressLine4", "City",      "StreetPostalCode"};

/// A partner's own columns are those of its main address.
void keep_main_address(Transaction& transaction, const Row& partner) {
  if (transaction.options().trusted || !transaction.store().has("PartnerAddressCollection")) return;
  const Table& partners = transaction.store().table("PartnerCollection");
  const Table& addresses = transaction.store().table("PartnerAddressCollection");
  const std::string id = text(partners, partner, "ObjectID");
  Json body = Json::object();
  bool any = false;
  for (const char* field : kAddress) {
    body[field] = text(partners, partner, field);
    any = any || !body[field].get<std::string>().empty();
  }
  const odata::Value wanted = id;
  for (const std::string& key :
       addresses.lookup({*addresses.type().find("ParentObjectID")}, {&wanted})) {
    const RowPtr address = addresses.find(key);
    if (text(addresses, *address, "MainIndicator") != "true") continue;
    return transaction.change_silently("PartnerAddressCollection", address, body);
  }
  if (!any) return;
  body["ParentObjectID"] = id;
  for (const char* flag : {"MainIndicator", "ShipTo", "BillTo"}) body[flag] = true;
  transaction.create_silently("PartnerAddressCollection", body);
}

/// A programme is one of the tenant's list, where it has one.
void save_membership(const Transaction& transaction, const Table& table, const Row& row) {
  if (transaction.options().trusted) return;
  demanded(table, row, "PartnerProgram");
  const std::string program = text(table, row, "PartnerProgram");
  constexpr const char* kPrograms = "PartnerProgramsPartnerProgramCollection";
  const odata::Store& store = transaction.store();
  const bool listed = store.has(kPrograms) && !store.table(kPrograms).rows().empty();
  if (listed && !transaction.find(kPrograms, {program}))
    refused(table, "PartnerProgram", "Value '" + program + "' is not valid for PartnerProgram");
  const std::string start = text(table, row, "AgreementStartDate");
  const std::string end = text(table, row, "AgreementEndDate");
  if (!start.empty() && !end.empty() && end < start)
    refused(table, "AgreementEndDate", "The agreement ends before it starts");
}

}  // namespace

void save_sales(const Transaction& transaction, const std::string& set, const Table& table,
                Row& row, const C4cRules& rules) {
  if (set == "OpportunityCollection") save_opportunity(transaction, table, row, rules);
  if (set == "OpportunityItemCollection" && !transaction.options().trusted)
    demanded(table, row, "ProductID");
  if (set == "SalesQuoteCollection") save_quote(transaction, table, row);
  if (set == "SalesQuoteItemCollection") save_quote_item(transaction, table, row, rules);
  if (set == "PartnerProgramsCollection") save_membership(transaction, table, row);
}

void after_sales(Transaction& transaction, const std::string& set, const Row& row) {
  if (set == "SalesQuoteItemCollection" && !transaction.options().trusted)
    sum_up(transaction, text(transaction.store().table(set), row, "ParentObjectID"));
  if (set == "PartnerCollection") keep_main_address(transaction, row);
}

}  // namespace channelbridge::sandbox
