#include "sandbox/salesforce/sales_rules.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "sandbox/salesforce/sales_internal.hpp"

namespace channelbridge::sandbox::salesforce {
namespace sales {

bool given(const Save& save, std::string_view field) {
  const auto number = save.table.object().find(field);
  return number && std::any_of(save.given.begin(), save.given.end(),
                               [&](const auto& value) { return value.first == *number; });
}

void put(const Save& save, std::string_view field, Stored value) {
  if (const auto number = save.table.object().find(field)) save.row.set(*number, std::move(value));
}

Stored stored(const Result<Decimal>& value, int scale) {
  return value ? Stored(to_string(round(*value, scale))) : Stored();
}

void put(const Save& save, std::string_view field, const Result<Decimal>& value) {
  const auto number = save.table.object().find(field);
  if (number) save.row.set(*number, stored(value, save.table.object().fields()[*number].scale));
}

std::optional<Found> find(Database& database, std::string_view id) {
  Table* table = id.empty() ? nullptr : database.table_of_id(id);
  const auto number = table == nullptr ? std::nullopt : table->find(id);
  if (!number || table->deleted(*number)) return std::nullopt;
  return Found{table, *number};
}

std::vector<Found> children(Database& database, std::string_view object, std::string_view field,
                            std::string_view id) {
  std::vector<Found> out;
  Table* table = database.table(object);
  const auto number = table == nullptr ? std::nullopt : table->object().find(field);
  if (!number) return out;
  for (const RowNumber row : table->find_by(*number, id)) out.push_back({table, row});
  return out;
}

Decimal rest_of(const Decimal& percent) {
  return subtract(Decimal(1), divide(percent, Decimal(100), 20).value_or(Decimal()))
      .value_or(Decimal(1));
}

Result<Decimal> product(const Result<Decimal>& left, const Decimal& right) {
  if (!left) return left.error();
  return multiply(*left, right);
}

Error integrity(const std::string& message, const std::vector<std::string>& fields) {
  return refusal(400, "FIELD_INTEGRITY_EXCEPTION", "field integrity exception: " + message, fields);
}

Error wrong_state(const std::string& message, std::string code) {
  return refusal(400, std::move(code), message, {"Status"});
}

namespace {

/// Numbers that the org gives, by the count of records so far.
void give_number(const Save& save) {
  for (const Field& field : save.table.object().fields()) {
    if (!field.auto_number) continue;
    const std::string& object = save.table.object().name();
    const char* form = object == "SBQQ__Quote__c"          ? "Q-%05zu"
                       : object == "SBQQ__QuoteLine__c"    ? "QL-%07zu"
                       : object == "SBQQ__Subscription__c" ? "SUB-%07zu"
                                                           : "%08zu";
    char text[32];
    std::snprintf(text, sizeof text, form, save.table.size() + 1);
    put(save, field.name, Stored(text));
  }
}

std::string category_of(const Save& save, std::string_view status) {
  if (is(save.table, "Order"))
    return save.transaction.orders().activated_statuses.contains(status) ? "Activated" : "Draft";
  if (status == "Activated") return "Activated";
  return status == "In Approval Process" ? "InApproval" : "Draft";
}

void complete_states(const Save& save) {
  const Named row = named(save);
  const std::string code = category_of(save, row.text("Status"));
  put(save, "StatusCode", Stored(code));
  const bool was =
      save.before != nullptr && Named(save.table, *save.before).text("StatusCode") == "Activated";
  if (code != "Activated") {
    put(save, "ActivatedDate", Stored());
    put(save, "ActivatedById", Stored());
  } else if (!was) {
    put(save, "ActivatedDate", Stored(datetime_text(save.transaction.now())));
    put(save, "ActivatedById", Stored(save.transaction.actor().user_id));
  }
}

/// The last day of a term that begins on `start`. Source: Object Reference, "Contract", EndDate.
Stored end_of(std::string_view start, std::string_view months) {
  using namespace std::chrono;
  int y = 0;
  unsigned m = 0;
  unsigned d = 0;
  int term = 0;
  if (std::sscanf(std::string(start).c_str(), "%d-%u-%u", &y, &m, &d) != 3 ||
      std::sscanf(std::string(months).c_str(), "%d", &term) != 1)
    return {};
  year_month_day day =
      year_month_day(year(y), month(m), std::chrono::day(d)) + std::chrono::months(term);
  if (!day.ok()) day = day.year() / day.month() / last;
  return datetime_text(sys_days(day) - days(1)).substr(0, 10);
}

void complete_quote(const Save& save) {
  Database& database = save.transaction.database();
  const auto opportunity = find(database, named(save).text("OpportunityId"));
  if (!opportunity) return;  // refused where references are checked
  put(save, "AccountId", Stored(std::string(opportunity->named().text("AccountId"))));
  if (opportunity->named().text("AccountId").empty()) put(save, "AccountId", Stored());
  const std::string book(opportunity->named().text("Pricebook2Id"));
  if (named(save).text("Pricebook2Id").empty() && !book.empty())
    put(save, "Pricebook2Id", Stored(book));
}

/// Source: Object Reference, "Quote": GrandTotal = TotalPrice + Tax + ShippingHandling.
void complete_quote_totals(const Save& save) {
  const Named row = named(save);
  if (save.before == nullptr) {
    for (const char* field : {"Subtotal", "TotalPrice", "Discount"}) put(save, field, Stored("0"));
    put(save, "LineItemCount", Stored("0"));
  }
  auto total = add(row.amount("TotalPrice"), row.amount("Tax"));
  if (total) total = add(*total, row.amount("ShippingHandling"));
  put(save, "GrandTotal", total);
}

/// Source: Object Reference, "Opportunity", Amount: an update of an opportunity with products
/// leaves it as it is, without a word.
void complete_opportunity(const Save& save) {
  const std::string stage(named(save).text("StageName"));
  put(save, "IsClosed", Stored(stage.starts_with("Closed") ? "true" : "false"));
  put(save, "IsWon", Stored(stage == "Closed Won" ? "true" : "false"));
  if (save.before == nullptr) return;
  const Named before(save.table, *save.before);
  if (before.flag("HasOpportunityLineItem")) {
    const std::string_view amount = before.text("Amount");
    put(save, "Amount", amount.empty() ? Stored() : Stored(std::string(amount)));
  }
}

bool has_lines(Database& database, const Table& table, std::string_view id) {
  const std::string& object = table.object().name();
  if (object == "Order") return !children(database, "OrderItem", "OrderId", id).empty();
  if (object == "Quote") return !children(database, "QuoteLineItem", "QuoteId", id).empty();
  return !children(database, "OpportunityLineItem", "OpportunityId", id).empty();
}

/// The price book of a document with lines stays. Source for orders: Salesforce Help, "Editing and
/// Deletion Limitations for Orders"; an order keeps it even without lines.
Result<void> judge_book(const Save& save) {
  if (save.before == nullptr || !given(save, "Pricebook2Id")) return {};
  const Named before(save.table, *save.before);
  const std::string_view was = before.text("Pricebook2Id");
  if (was == named(save).text("Pricebook2Id")) return {};
  const bool fixed = is(save.table, "Order") && !was.empty();
  if (!fixed && !has_lines(save.transaction.database(), save.table, before.id())) return {};
  return integrity("Pricebook2Id (the price book cannot be changed)", {"Pricebook2Id"});
}

bool only_status(const Save& save) {
  const auto status = save.table.object().find("Status");
  return save.given.size() == 1 && status && save.given.front().first == *status;
}

/// Source: Salesforce Help, "Editing and Deletion Limitations for Orders".
Result<void> judge_activated(const Save& save) {
  if (save.transaction.orders().activated == OrderRules::Activated::Locked)
    return wrong_state("The order is activated and cannot be changed");
  for (const char* field : {"AccountId", "ContractId"}) {
    if (Named(save.table, *save.before).text(field) != named(save).text(field))
      return integrity(std::string(field) + " (can be changed of a draft only)", {field});
  }
  return {};
}

Result<void> judge_order(const Save& save) {
  const Named row = named(save);
  const bool active = row.text("StatusCode") == "Activated";
  if (save.before == nullptr) {
    if (active)
      return wrong_state("An order is made in a status of the category Draft", "FAILED_ACTIVATION");
    return {};
  }
  const bool was = Named(save.table, *save.before).text("StatusCode") == "Activated";
  Database& database = save.transaction.database();
  if (was && active && !only_status(save)) {
    if (Result<void> fine = judge_activated(save); !fine) return fine;
  }
  if (was == active) return judge_book(save);
  if (!only_status(save))
    return wrong_state("Nothing else can be changed together with the activation",
                       active ? "FAILED_ACTIVATION" : "INVALID_STATUS");
  if (active && !has_lines(database, save.table, row.id()))
    return wrong_state("An order must have at least one product.", "FAILED_ACTIVATION");
  if (active) return {};
  const Table* orders = database.table("Order");
  const auto original = orders->object().find("OriginalOrderId");
  for (RowNumber other = 0; original && other < orders->size(); ++other) {
    if (!orders->deleted(other) && orders->row(other).view(*original) == row.id())
      return wrong_state("The order has reduction orders");
  }
  return {};
}

Result<void> judge_contract(const Save& save) {
  const bool active = named(save).text("StatusCode") == "Activated";
  if (save.before == nullptr) {
    if (active)
      return wrong_state("A contract is not made in an activated status", "FAILED_ACTIVATION");
    return {};
  }
  const Named before(save.table, *save.before);
  const bool was = before.text("StatusCode") == "Activated";
  if (was && before.text("Status") != named(save).text("Status"))
    return wrong_state("The status of an activated contract cannot be changed");
  if (active && !was && !only_status(save))
    return wrong_state("Nothing else can be changed together with the activation",
                       "FAILED_ACTIVATION");
  return {};
}

Result<void> judge_opportunity(const Save& save) {
  if (Result<void> fine = judge_book(save); !fine || !given(save, "SyncedQuoteId")) return fine;
  const auto quote = find(save.transaction.database(), named(save).text("SyncedQuoteId"));
  if (quote && quote->named().text("OpportunityId") != named(save).id())
    return integrity("SyncedQuoteId (the quote is another opportunity's)", {"SyncedQuoteId"});
  return {};
}

Result<void> complete_record(const Save& save) {
  const Table& table = save.table;
  if (save.before == nullptr) give_number(save);
  if (is(table, "PricebookEntry")) return complete_entry(save);
  if (is_line(table)) return complete_line(save);
  if (is(table, "SBQQ__QuoteLine__c")) return complete_cpq_line(save);
  if (is(table, "Order") || is(table, "Contract")) complete_states(save);
  if (is(table, "Order") && save.before == nullptr) put(save, "TotalAmount", Stored("0"));
  if (is(table, "Contract"))
    put(save, "EndDate", end_of(named(save).text("StartDate"), named(save).text("ContractTerm")));
  if (is(table, "Quote")) {
    if (save.before == nullptr) complete_quote(save);
    complete_quote_totals(save);
  }
  if (is(table, "Opportunity")) complete_opportunity(save);
  complete_fund(save);
  complete_case(save);
  return complete_file(save);
}

Result<void> judge_record(const Save& save) {
  const Table& table = save.table;
  if (is(table, "PricebookEntry")) return judge_entry(save);
  if (is_line(table)) return judge_line(save);
  if (is(table, "Order")) return judge_order(save);
  if (is(table, "Contract")) return judge_contract(save);
  if (is(table, "Quote")) return judge_book(save);
  if (is(table, "Opportunity")) return judge_opportunity(save);
  if (is_fund_object(table)) return judge_fund(save);
  return judge_file(save);
}

void settle_record(Transaction& transaction, Table& table, RowNumber number, const Row* before) {
  settle_fund(transaction, table, number, before);
  settle_file(transaction, table, number, before);
  if (is_line(table)) {
    keep_in_step(transaction, table, number, table.deleted(number));
    roll_up(transaction, table, table.row(number));
  }
  if (is(table, "Opportunity") && !table.deleted(number)) {
    const std::string was(before == nullptr ? std::string_view()
                                            : Named(table, *before).text("SyncedQuoteId"));
    if (Named(table, table.row(number)).text("SyncedQuoteId") != was)
      start_sync(transaction, table, number);
  }
  if (table.object().name().starts_with("SBQQ__")) settle_cpq(transaction, table, number, before);
}

Result<void> judge_removed(Transaction& transaction, const Table& table, const Row& row) {
  const auto refuse = [](const std::string& message) {
    return refusal(400, "DELETE_FAILED", message);
  };
  const Named record(table, row);
  const std::string_view code = record.text("StatusCode");
  if ((is(table, "Order") || is(table, "Contract")) && code == "Activated")
    return refuse("An activated " + lower_case(table.object().name()) + " cannot be deleted");
  Database& database = transaction.database();
  if (is(table, "OrderItem")) {
    const auto order = find(database, record.text("OrderId"));
    if (order && order->named().text("StatusCode") == "Activated")
      return refuse("Products of an activated order cannot be deleted");
  }
  if (!is(table, "Product2") && !is(table, "PricebookEntry")) return {};
  const char* field = is(table, "Product2") ? "Product2Id" : "PricebookEntryId";
  for (const char* object : {"OpportunityLineItem", "QuoteLineItem", "OrderItem"}) {
    const Table* lines = database.table(object);
    const auto number = lines == nullptr ? std::nullopt : lines->object().find(field);
    for (RowNumber line = 0; number && line < lines->size(); ++line) {
      if (!lines->deleted(line) && lines->row(line).view(*number) == record.id())
        return refuse("The record is used by a line of a document; deactivate it instead");
    }
  }
  return {};
}

}  // namespace
}  // namespace sales

Result<void> complete(const Save& save) { return sales::complete_record(save); }
Result<void> judge(const Save& save) { return sales::judge_record(save); }
void settle(Transaction& transaction, Table& table, RowNumber number, const Row* before) {
  sales::settle_record(transaction, table, number, before);
}
Result<void> judge_removal(Transaction& transaction, const Table& table, const Row& row) {
  return sales::judge_removed(transaction, table, row);
}

}  // namespace channelbridge::sandbox::salesforce
