#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "channelbridge/core/error.hpp"
#include "channelbridge/model/price_book.hpp"
#include "channelbridge/model/product.hpp"

/// Which list price holds for a sale, and whether there may be one at all.
///
/// Functions are pure: any thread.
namespace channelbridge::model {

/// A price book and the id of its record: what its entries refer to.
struct KnownPriceBook {
  std::string record{};
  PriceBook book{};
};

/// What is sold, to whom, where and when.
struct SaleFacts {
  Date on;
  Currency currency;
  Reference product;
  Quantity quantity{};  ///< without a value: one
  std::optional<Reference> partner{};
  std::vector<Reference> tiers{};
  std::vector<Reference> programs{};
  std::vector<Reference> territories{};
  std::optional<Country> market{};
  std::optional<Code> channel_kind{};
};

/// The price of one unit, with the step of the quantity in it.
struct ListPrice {
  std::string price_book{};  ///< the record
  Decimal amount{};
  std::optional<Decimal> floor{};
  std::optional<Decimal> cost{};
};

/// The price of the book that is meant most for this sale: for the partner before the tier, before
/// the market, before everybody. Books that are not published, not valid on the day, in another
/// currency or for somebody else do not count, nor do entries in another unit; where a book has no
/// price of the product, the next one answers. Of two books that are meant alike the one for the
/// sale's channel goes first. Nothing = no book has one. Conflict: two different prices are meant
/// equally (both books are named).
Result<std::optional<ListPrice>> list_price(std::span<const KnownPriceBook> books,
                                            std::span<const PriceBookEntry> entries,
                                            const SaleFacts& facts);

/// Why the product may not be sold so: it is retired, or excluded for this market and partner on
/// that day (rules "retired", "not_sellable"). Nothing = it may. What no row speaks of may be sold.
std::optional<Problem> sale_refused(const Product& product, std::span<const Availability> rows,
                                    const SaleFacts& facts);

}  // namespace channelbridge::model
