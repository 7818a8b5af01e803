#include "sandbox/salesforce/sales_internal.hpp"

/// The price waterfall of Salesforce CPQ, as its help tells it: list, special, prorated, regular,
/// customer, partner, net. The package calculates when a quote is saved; the sandbox with every
/// saved line or quote.
namespace channelbridge::sandbox::salesforce::sales {
namespace {

using CpqValues = std::vector<std::pair<std::string, Stored>>;

/// What a line's prices are made of.
struct Waterfall {
  Decimal list{};
  Decimal special{};
  Decimal prorated{};
  Decimal regular{};
  Decimal customer{};
  Decimal partner{};
  Decimal net{};
};

Decimal less(const Decimal& price, const Decimal& percent) {
  return multiply(price, rest_of(percent)).value_or(price);
}

/// `percent` of `base`, off `price`.
Decimal less_of(const Decimal& price, const Decimal& percent, const Decimal& base) {
  const Decimal off = subtract(base, less(base, percent)).value_or(Decimal());
  return subtract(price, off).value_or(price);
}

/// A line's own additional discount counts instead of the quote's.
Decimal additionally(const Decimal& price, const Named& line, const Named& quote) {
  if (const auto amount = line.number("SBQQ__AdditionalDiscountAmount__c"))
    return subtract(price, *amount).value_or(price);
  if (const auto percent = line.number("SBQQ__Discount__c")) return less(price, *percent);
  return line.flag("SBQQ__NonDiscountable__c")
             ? price
             : less(price, quote.amount("SBQQ__CustomerDiscount__c"));
}

Waterfall prices_of(const Named& line, const Named& quote) {
  Waterfall out{.list = line.amount("SBQQ__ListPrice__c")};
  const auto special = line.number("SBQQ__SpecialPrice__c");
  out.special = special && !line.text("SBQQ__SpecialPriceType__c").empty() ? *special : out.list;
  out.prorated =
      multiply(out.special, line.number("SBQQ__ProrateMultiplier__c").value_or(Decimal(1)))
          .value_or(out.special);
  const auto systems = [&](Decimal price) {  // schedules and options
    price = less(price, line.amount("SBQQ__VolumeDiscount__c"));
    price = subtract(price, line.amount("SBQQ__TermDiscount__c")).value_or(price);
    price = less(price, line.amount("SBQQ__OptionDiscount__c"));
    return subtract(price, line.amount("SBQQ__OptionDiscountAmount__c")).value_or(price);
  };
  const bool off_list = quote.flag("ChannelDiscountsOffList__c");
  const auto channel = [&](const Decimal& price, const char* field) {
    if (line.flag("SBQQ__NonPartnerDiscountable__c")) return price;
    return off_list ? less_of(price, line.amount(field), out.list)
                    : less(price, line.amount(field));
  };
  const char* const partner = "SBQQ__PartnerDiscount__c";
  const char* const distributor = "SBQQ__DistributorDiscount__c";
  if (quote.flag("ApplyPartnerDiscountFirst__c")) {
    out.partner = channel(out.prorated, partner);
    out.regular = systems(out.partner);
    out.customer = additionally(out.regular, line, quote);
    out.net = channel(out.customer, distributor);
  } else if (quote.flag("ApplyAdditionalDiscountLast__c")) {
    out.regular = systems(out.prorated);
    out.partner = channel(out.regular, partner);
    out.net = channel(out.partner, distributor);
    out.customer = additionally(out.net, line, quote);
  } else {
    out.regular = systems(out.prorated);
    out.customer = additionally(out.regular, line, quote);
    out.partner = channel(out.customer, partner);
    out.net = channel(out.partner, distributor);
  }
  return out;
}

Stored cents(const Result<Decimal>& value) { return stored(value, 2); }

}  // namespace

std::vector<std::pair<std::string, Stored>> cpq_prices(const Named& line, const Named& quote) {
  const Waterfall prices = prices_of(line, quote);
  const Decimal quantity =
      line.flag("SBQQ__Bundled__c") ? Decimal() : line.amount("SBQQ__Quantity__c");
  const auto total = [&](const Decimal& price) {
    return cents(multiply(round(price, 2), quantity));
  };
  return {{"SBQQ__SpecialPrice__c", cents(prices.special)},
          {"SBQQ__ProratedPrice__c", cents(prices.prorated)},
          {"SBQQ__RegularPrice__c", cents(prices.regular)},
          {"SBQQ__CustomerPrice__c", cents(prices.customer)},
          {"SBQQ__PartnerPrice__c", cents(prices.partner)},
          {"SBQQ__NetPrice__c", cents(prices.net)},
          {"SBQQ__EffectiveQuantity__c", to_string(quantity)},
          {"SBQQ__ListTotal__c", total(prices.list)},
          {"SBQQ__RegularTotal__c", total(prices.regular)},
          {"SBQQ__CustomerTotal__c", total(prices.customer)},
          {"SBQQ__PartnerTotal__c", total(prices.partner)},
          {"SBQQ__NetTotal__c", total(prices.net)}};
}

/// Optional lines are no part of the sums.
void sum_cpq_quote(Transaction& transaction, const Found& quote) {
  Database& database = transaction.database();
  struct Sum {
    const char* of;
    const char* field;
    Decimal value{};
  } sums[] = {{"SBQQ__ListTotal__c", "SBQQ__ListAmount__c"},
              {"SBQQ__RegularTotal__c", "SBQQ__RegularAmount__c"},
              {"SBQQ__CustomerTotal__c", "SBQQ__CustomerAmount__c"},
              {"SBQQ__NetTotal__c", "SBQQ__NetAmount__c"}};
  std::size_t count = 0;
  for (const Found& line :
       children(database, "SBQQ__QuoteLine__c", "SBQQ__Quote__c", quote.named().id())) {
    ++count;
    if (line.named().flag("SBQQ__Optional__c")) continue;
    for (Sum& sum : sums)
      sum.value = add(sum.value, line.named().amount(sum.of)).value_or(sum.value);
  }
  CpqValues values = {{"SBQQ__LineItemCount__c", std::to_string(count)}};
  for (const Sum& sum : sums) values.emplace_back(sum.field, cents(sum.value));
  transaction.set_computed(*quote.table, quote.number, values);
}

namespace {

/// Calculates the lines of a quote and its sums.
void calculate_quote(Transaction& transaction, const Found& quote) {
  for (const Found& line :
       children(transaction.database(), "SBQQ__QuoteLine__c", "SBQQ__Quote__c", quote.named().id()))
    transaction.set_computed(*line.table, line.number, cpq_prices(line.named(), quote.named()));
  sum_cpq_quote(transaction, quote);
}

}  // namespace

Result<void> complete_cpq_line(const Save& save) {
  Database& database = save.transaction.database();
  const auto quote = find(database, named(save).text("SBQQ__Quote__c"));
  const auto product = find(database, named(save).text("SBQQ__Product__c"));
  if (save.before != nullptr || !quote) return {};
  if (named(save).text("SBQQ__Quantity__c").empty()) put(save, "SBQQ__Quantity__c", Stored("1"));
  for (const char* field : {"SBQQ__PartnerDiscount__c", "SBQQ__DistributorDiscount__c"}) {
    const std::string header(quote->named().text(field));
    if (named(save).text(field).empty() && !header.empty()) put(save, field, Stored(header));
  }
  if (!product) return {};
  for (const auto& [field, from] :
       {std::pair("SBQQ__ProductCode__c", "ProductCode"), std::pair("SBQQ__ProductName__c", "Name"),
        std::pair("SBQQ__ProductFamily__c", "Family")}) {
    const std::string text(product->named().text(from));
    put(save, field, text.empty() ? Stored() : Stored(text));
  }
  const Named header = quote->named();
  const std::string_view book = header.text("SBQQ__PriceBook__c").empty()
                                    ? header.text("SBQQ__PricebookId__c")
                                    : header.text("SBQQ__PriceBook__c");
  for (const Found& entry :
       children(database, "PricebookEntry", "Product2Id", product->named().id())) {
    if (entry.named().text("Pricebook2Id") != book || !entry.named().flag("IsActive")) continue;
    put(save, "SBQQ__PricebookEntryId__c", Stored(std::string(entry.named().id())));
    if (named(save).text("SBQQ__ListPrice__c").empty())
      put(save, "SBQQ__ListPrice__c", Stored(std::string(entry.named().text("UnitPrice"))));
  }
  return {};
}

void settle_cpq(Transaction& transaction, Table& table, RowNumber number, const Row*) {
  Database& database = transaction.database();
  const Named saved(table, table.row(number));
  const std::string& object = table.object().name();
  const auto quote = object == "SBQQ__Quote__c"       ? find(database, saved.id())
                     : object == "SBQQ__QuoteLine__c" ? find(database, saved.text("SBQQ__Quote__c"))
                                                      : std::nullopt;
  if (!quote) return;
  if (!transaction.cpq_later()) return calculate_quote(transaction, *quote);
  // The package calculates by itself later, or when its router is asked.
  transaction.set_computed(*quote->table, quote->number, {{"SBQQ__Uncalculated__c", "true"}});
}

}  // namespace channelbridge::sandbox::salesforce::sales
