#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// What a partner bought, sold or had in stock in a period, as it reports it. What the sender wrote
/// stays as it came; what we understood stands in `match`.
struct SellThroughReport {
  /// Compared with the lines, where there are any.
  struct Totals {
    std::optional<std::int64_t> lines{};  ///< how many there are
    /// Sum over all lines, whatever their units; compared where they have one unit.
    std::optional<Decimal> quantity{};
    std::optional<Decimal> amount{};
    friend bool operator==(const Totals&, const Totals&) = default;
  };
  /// A product by the numbers that the reporter gave it.
  struct ReportedProduct {
    std::optional<std::string> sku{};
    std::optional<std::string> gtin{};
    std::optional<std::string> reporter_code{};
    friend bool operator==(const ReportedProduct&, const ReportedProduct&) = default;
  };
  struct Match {
    std::optional<Reference> product{};
    std::optional<Reference> customer{};
    std::optional<Reference> deal{};
    std::optional<std::int64_t> score{};
    friend bool operator==(const Match&, const Match&) = default;
  };
  struct Line {
    std::optional<std::int64_t> no{};
    std::optional<Date> date{};
    ReportedProduct product{};
    Quantity quantity{};
    std::optional<Decimal> unit_price{};
    std::optional<Decimal> amount{};
    Party end_customer{};
    Party ship_from{};
    std::optional<std::string> invoice_no{};
    std::optional<std::string> order_ref{};
    std::optional<std::string> authorisation_number{};
    std::optional<bool> return_flag{};
    Match match{};
    friend bool operator==(const Line&, const Line&) = default;
  };
  struct Serial {
    std::optional<std::int64_t> line{};
    std::optional<std::string> value{};
    friend bool operator==(const Serial&, const Serial&) = default;
  };
  struct LineError {
    std::optional<std::int64_t> line{};
    std::optional<Code> code{};
    std::optional<std::string> message{};
    friend bool operator==(const LineError&, const LineError&) = default;
  };
  /// The stock of a product through the period:
  /// opening + purchases - sales + returns + adjustments = closing.
  struct Stock {
    ReportedProduct product{};
    Quantity opening{};
    Quantity purchases{};
    Quantity sales{};
    Quantity returns{};
    Quantity adjustments{};
    Quantity closing{};
    Match match{};
    friend bool operator==(const Stock&, const Stock&) = default;
  };

  std::optional<std::string> number{};
  std::optional<Reference> reporter{};
  Period period{};
  std::optional<Code> kind{};
  std::optional<Timestamp> submitted_at{};
  std::optional<Code> status{};
  std::optional<Currency> currency{};
  std::optional<std::string> file_ref{};
  Totals totals{};
  std::vector<Element<Line>> lines{};
  std::vector<Element<Serial>> serials{};
  std::vector<Element<LineError>> errors{};
  std::vector<Element<Stock>> stock{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const SellThroughReport&, const SellThroughReport&) = default;
};

const EntityDescription& description(std::type_identity<SellThroughReport>);

}  // namespace channelbridge::model
