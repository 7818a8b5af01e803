#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// Pays a partner what was granted to it: claims and commissions of one currency together. Amounts
/// are in that currency. net + tax = gross, and gross is the sum of its members.
///
/// What is paid may still be reversed, like what is posted: a bank sends a payment back, or the ERP
/// cancels it.
struct Settlement {
  /// What is paid: a claim or a commission, and how much of it.
  struct Member {
    std::optional<Reference> claim{};
    std::optional<Reference> commission{};
    std::optional<Decimal> amount{};
    friend bool operator==(const Member&, const Member&) = default;
  };
  /// How the ERP booked it; a line has a debit or a credit.
  struct GlPosting {
    std::optional<std::string> account{};
    std::optional<std::string> cost_centre{};
    std::optional<Decimal> debit{};
    std::optional<Decimal> credit{};
    std::optional<std::string> doc_no{};
    friend bool operator==(const GlPosting&, const GlPosting&) = default;
  };

  std::optional<std::string> number{};
  std::optional<Reference> partner{};
  std::optional<Code> method{};
  /// Of the fund that pays all of it, where there is one: what the books assign it to.
  std::optional<std::string> fund_number{};
  std::vector<Element<Member>> members{};
  std::optional<Currency> currency{};
  std::optional<Decimal> net{};
  std::optional<Decimal> tax{};
  std::optional<Decimal> gross{};
  std::optional<Decimal> fx_rate{};  ///< what one unit of the currency is in the ERP's own
  std::vector<Element<GlPosting>> gl_postings{};
  std::optional<Date> due_date{};
  std::optional<Date> value_date{};
  std::optional<std::string> bank_ref{};
  std::optional<std::string> erp_document{};
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Settlement&, const Settlement&) = default;
};

const EntityDescription& description(std::type_identity<Settlement>);

/// What was sent to the ERP is what it pays: every field of a settlement that is sent, posted, paid
/// or reversed, or comes to be with this very change, that differs, with the reason. The state, its
/// history, what the ERP and the bank say of it and custom fields go on. Both are complete records.
std::vector<Problem> changes_of_sent(const Fields& before, const Fields& after);

}  // namespace channelbridge::model
