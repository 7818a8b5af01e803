#include "sandbox/salesforce/sales_internal.hpp"

/// A quote and its opportunity in step: Opportunity.SyncedQuoteId names the quote, and a change of
/// a line on one side is a change on the other. Source: Salesforce Help, "Sync Quotes with
/// Opportunities".
namespace channelbridge::sandbox::salesforce::sales {
namespace {

using SyncValues = std::vector<std::pair<std::string, Stored>>;

constexpr const char* kShared[] = {"PricebookEntryId", "Product2Id",  "ProductCode",
                                   "ListPrice",        "Quantity",    "UnitPrice",
                                   "ServiceDate",      "Description", "TotalPrice"};

/// What a line shares with the one on the other side; prices there are those after the discount.
SyncValues shared_values(const Named& line) {
  SyncValues out;
  for (const char* field : kShared) {
    const std::string text(line.text(field));
    out.emplace_back(field, text.empty() ? Stored() : Stored(text));
  }
  return out;
}

std::optional<Found> synced_quote(Database& database, std::string_view opportunity) {
  const auto found = find(database, opportunity);
  return found ? find(database, found->named().text("SyncedQuoteId")) : std::nullopt;
}

/// The quote's line that stands for a line of the opportunity.
std::optional<Found> quote_line_of(Database& database, std::string_view quote,
                                   std::string_view line) {
  for (const Found& each : children(database, "QuoteLineItem", "QuoteId", quote))
    if (each.named().text("OpportunityLineItemId") == line) return each;
  return std::nullopt;
}

/// A line on the other side.
std::string mirror(Transaction& transaction, const char* object, const char* parent_field,
                   std::string_view parent, const Named& line) {
  Table* table = transaction.database().table(object);
  if (table == nullptr) return {};
  SyncValues values = shared_values(line);
  values.emplace_back(parent_field, std::string(parent));
  if (std::string_view(object) == "QuoteLineItem") {
    values.emplace_back("Subtotal", Stored(std::string(line.text("TotalPrice"))));
    values.emplace_back("OpportunityLineItemId", std::string(line.id()));
  }
  const RowNumber number = transaction.add_computed(*table, values);
  roll_up(transaction, *table, table->row(number));
  return std::string(table->row(number).view(table->id()));
}

void set_shared(Transaction& transaction, const Found& there, const Named& line) {
  SyncValues values = shared_values(line);
  if (there.table->object().name() == "QuoteLineItem") {
    values.emplace_back("Subtotal", Stored(std::string(line.text("TotalPrice"))));
    values.emplace_back("Discount", Stored());
  }
  transaction.set_computed(*there.table, there.number, values);
  roll_up(transaction, *there.table, there.table->row(there.number));
}

void take_away(Transaction& transaction, const Found& line) {
  transaction.set_computed(*line.table, line.number, {{"IsDeleted", "true"}});
  roll_up(transaction, *line.table, line.table->row(line.number));
}

/// A line of a quote that is in step was saved: its opportunity follows.
void follow_quote(Transaction& transaction, Table& lines, RowNumber line, bool removed) {
  Database& database = transaction.database();
  const auto quote = find(database, Named(lines, lines.row(line)).text("QuoteId"));
  if (!quote || !quote->named().flag("IsSyncing")) return;
  const auto there = find(database, Named(lines, lines.row(line)).text("OpportunityLineItemId"));
  if (removed) {
    if (there) take_away(transaction, *there);
  } else if (there) {
    set_shared(transaction, *there, Named(lines, lines.row(line)));
  } else {
    const std::string made =
        mirror(transaction, "OpportunityLineItem", "OpportunityId",
               quote->named().text("OpportunityId"), Named(lines, lines.row(line)));
    transaction.set_computed(lines, line, {{"OpportunityLineItemId", made}});
  }
}

void follow_opportunity(Transaction& transaction, Table& lines, RowNumber line, bool removed) {
  Database& database = transaction.database();
  const Named saved(lines, lines.row(line));
  const auto quote = synced_quote(database, saved.text("OpportunityId"));
  if (!quote) return;
  const auto there = quote_line_of(database, quote->named().id(), saved.id());
  if (removed) {
    if (there) take_away(transaction, *there);
  } else if (there) {
    set_shared(transaction, *there, saved);
  } else {
    mirror(transaction, "QuoteLineItem", "QuoteId", quote->named().id(), saved);
  }
}

}  // namespace

/// The opportunity's lines become those of the quote.
void start_sync(Transaction& transaction, const Table& opportunities, RowNumber opportunity) {
  Database& database = transaction.database();
  const std::string id(opportunities.row(opportunity).view(opportunities.id()));
  for (const Found& quote : children(database, "Quote", "OpportunityId", id)) {
    const bool synced = quote.named().id() ==
                        Named(opportunities, opportunities.row(opportunity)).text("SyncedQuoteId");
    if (quote.named().flag("IsSyncing") != synced)
      transaction.set_computed(*quote.table, quote.number,
                               {{"IsSyncing", synced ? "true" : "false"}});
    if (!synced) continue;
    for (const Found& line : children(database, "OpportunityLineItem", "OpportunityId", id))
      take_away(transaction, line);
    const auto found = find(database, id);
    transaction.set_computed(
        *found->table, found->number,
        {{"Pricebook2Id", Stored(std::string(quote.named().text("Pricebook2Id")))}});
    for (const Found& line : children(database, "QuoteLineItem", "QuoteId", quote.named().id())) {
      const std::string made =
          mirror(transaction, "OpportunityLineItem", "OpportunityId", id, line.named());
      transaction.set_computed(*line.table, line.number, {{"OpportunityLineItemId", made}});
    }
  }
}

void keep_in_step(Transaction& transaction, Table& lines, RowNumber line, bool removed) {
  if (lines.object().name() == "QuoteLineItem") follow_quote(transaction, lines, line, removed);
  if (lines.object().name() == "OpportunityLineItem")
    follow_opportunity(transaction, lines, line, removed);
}

}  // namespace channelbridge::sandbox::salesforce::sales
