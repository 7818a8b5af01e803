#include "channelbridge/model/price_list.hpp"

#include <algorithm>
#include <utility>

namespace channelbridge::model {
namespace {

constexpr int kStepScale = 6;

bool is_one_of(const Reference& wanted, const std::vector<Reference>& have) {
  return std::find(have.begin(), have.end(), wanted) != have.end();
}

/// How much a book is meant for this sale; nothing = it is not. Of two that are meant alike the one
/// for its channel is meant more.
enum class Scope : std::uint8_t { Everybody, Market, Tier, Partner };
using Rank = std::pair<Scope, bool>;

std::optional<Rank> rank_of(const PriceBook& book, const SaleFacts& facts) {
  const bool open = book.status && *book.status == "published" && book.valid.contains(facts.on) &&
                    book.currency == facts.currency &&
                    (!book.channel_kind || book.channel_kind == facts.channel_kind);
  if (!open) return std::nullopt;
  if (book.partner && book.partner != facts.partner) return std::nullopt;
  if (book.partner_tier && !is_one_of(*book.partner_tier, facts.tiers)) return std::nullopt;
  const bool elsewhere =
      !book.markets.empty() &&
      std::none_of(book.markets.begin(), book.markets.end(), [&facts](const auto& market) {
        return facts.market && market.country == facts.market;
      });
  if (elsewhere) return std::nullopt;
  const Scope scope = book.partner            ? Scope::Partner
                      : book.partner_tier     ? Scope::Tier
                      : !book.markets.empty() ? Scope::Market
                                              : Scope::Everybody;
  return Rank{scope, book.channel_kind.has_value()};
}

bool is_price_of(const PriceBookEntry& entry, const std::string& book, const SaleFacts& facts) {
  const bool same_unit = !entry.unit || !facts.quantity.unit || *entry.unit == *facts.quantity.unit;
  const bool same_currency =
      !entry.list_price.currency || *entry.list_price.currency == facts.currency;
  return entry.price_book && entry.price_book->text() == book && entry.product == facts.product &&
         entry.valid.contains(facts.on) && same_unit && same_currency && entry.list_price.amount;
}

/// The price of the highest step that the quantity reaches.
Result<Decimal> stepped(const PriceBookEntry& entry, const SaleFacts& facts) {
  const Decimal quantity = facts.quantity.value.value_or(Decimal(1));
  const PriceBookEntry::Tier* reached = nullptr;
  for (const PriceBookEntry::Tier& tier : entry.tiers) {
    const bool same_unit =
        !tier.min_qty.unit || !facts.quantity.unit || *tier.min_qty.unit == *facts.quantity.unit;
    if (!tier.min_qty.value || !same_unit || *tier.min_qty.value > quantity) continue;
    if (reached == nullptr || *reached->min_qty.value < *tier.min_qty.value) reached = &tier;
  }
  const Decimal& list = *entry.list_price.amount;
  if (reached == nullptr) return list;
  if (reached->price.amount) return *reached->price.amount;
  if (!reached->discount_pct) return list;
  auto off = part(*reached->discount_pct, list);
  if (!off) return off;
  auto left = subtract(list, *off);
  if (!left) return left;
  return round(*left, kStepScale);
}

bool is_meant(const Availability::PartnerScope& scope, const SaleFacts& facts) {
  if (!scope.partner && !scope.tier && !scope.program && !scope.territory) return true;
  return (scope.partner && scope.partner == facts.partner) ||
         (scope.tier && is_one_of(*scope.tier, facts.tiers)) ||
         (scope.program && is_one_of(*scope.program, facts.programs)) ||
         (scope.territory && is_one_of(*scope.territory, facts.territories));
}

}  // namespace

Result<std::optional<ListPrice>> list_price(std::span<const KnownPriceBook> books,
                                            std::span<const PriceBookEntry> entries,
                                            const SaleFacts& facts) {
  struct Found {
    Rank rank;
    const KnownPriceBook* book;
    const PriceBookEntry* entry;
    Decimal amount;
  };
  const auto name = [](const Found& one) {
    return one.book->book.code.value_or(one.book->record) + " (" + to_string(one.amount) + ")";
  };
  std::optional<Found> best;
  std::optional<Found> as_much;
  for (const KnownPriceBook& known : books) {
    const auto rank = rank_of(known.book, facts);
    if (!rank || (best && *rank < best->rank)) continue;
    for (const PriceBookEntry& entry : entries) {
      if (!is_price_of(entry, known.record, facts)) continue;
      auto amount = stepped(entry, facts);
      if (!amount) return std::move(amount).error();
      const Found found{*rank, &known, &entry, *amount};
      if (!best || best->rank < *rank) {
        best = found;
        as_much.reset();
      } else if (best->amount != *amount) {
        as_much = found;
      }
    }
  }
  if (!best) return std::optional<ListPrice>();
  if (as_much)
    return Error(ErrorCode::Conflict, "two prices of product " + facts.product.text() +
                                          " hold on " + to_string(facts.on) + ": " + name(*best) +
                                          " and " + name(*as_much));
  return std::optional<ListPrice>({.price_book = best->book->record,
                                   .amount = best->amount,
                                   .floor = best->entry->floor_price.amount,
                                   .cost = best->entry->cost.amount});
}

std::optional<Problem> sale_refused(const Product& product, std::span<const Availability> rows,
                                    const SaleFacts& facts) {
  if (product.status && *product.status == "retired")
    return Problem{.path = "product", .rule = "retired", .message = "is retired"};
  for (const Availability& row : rows) {
    const bool speaks = row.product == facts.product && row.sellable && !*row.sellable &&
                        (!row.market || row.market == facts.market) &&
                        (!row.from || *row.from <= facts.on) && (!row.to || facts.on <= *row.to) &&
                        is_meant(row.partner_scope, facts);
    if (!speaks) continue;
    return Problem{.path = "product",
                   .rule = "not_sellable",
                   .message = "is not sold" +
                              (row.market ? " in " + row.market->text() : std::string()) +
                              (row.reason ? ": " + row.reason->text() : std::string())};
  }
  return std::nullopt;
}

}  // namespace channelbridge::model
