#include "sandbox/soap/crm_checkbook.hpp"

#include <algorithm>

namespace channelbridge::sandbox::crm {

using soap::minus;
using soap::plus;

std::string Checkbook::post(const std::string& fund, const std::string& category,
                            const Decimal& value, const Source& source, Timestamp at,
                            const std::string& reversal_of) {
  if (value.is_zero()) return {};
  constexpr std::size_t kDigits = 12;
  const std::string number = std::to_string(postings_.size() + 1);
  postings_.push_back({.number = std::string(kDigits - number.size(), '0') + number,
                       .fund = fund,
                       .at = at,
                       .category = category,
                       .value = value,
                       .document_type = source.type,
                       .document_number = source.number,
                       .reversal_of = reversal_of,
                       .text = source.text});
  return postings_.back().number;
}

const Posting* Checkbook::find(const std::string& number) const {
  const auto found =
      std::find_if(postings_.begin(), postings_.end(),
                   [&number](const Posting& posting) { return posting.number == number; });
  return found == postings_.end() ? nullptr : &*found;
}

bool Checkbook::is_reversed(const std::string& number) const {
  return std::any_of(postings_.begin(), postings_.end(),
                     [&number](const Posting& posting) { return posting.reversal_of == number; });
}

Decimal Checkbook::sum(const std::string& fund, const std::string& category) const {
  Decimal out;
  for (const Posting& posting : postings_)
    if (posting.fund == fund && posting.category == category) out = plus(out, posting.value);
  return out;
}

Decimal Checkbook::planned(const std::string& fund) const {
  return minus(sum(fund, "budget"), sum(fund, "accrual"));
}

Decimal Checkbook::available_to_distribute(const std::string& fund) const {
  return minus(minus(sum(fund, "budget"), sum(fund, "distributed")), sum(fund, "expired"));
}

Decimal Checkbook::available_to_reserve(const std::string& fund) const {
  Decimal out = plus(sum(fund, "budget"), sum(fund, "over_consumption_approved"));
  for (const char* category : {"prereserved", "reserved", "approved_claim", "released_to_settle",
                               "settled", "externally_settled", "expired"})
    out = minus(out, sum(fund, category));
  return out;
}

Decimal Checkbook::available_to_spend(const std::string& fund, bool direct) const {
  const Decimal inside = minus(sum(fund, "reserved"), sum(fund, "pending_claim"));
  return direct ? plus(inside, available_to_reserve(fund)) : inside;
}

Decimal Checkbook::remaining_cash(const std::string& fund) const {
  return minus(minus(sum(fund, "budget"), sum(fund, "settled")), sum(fund, "externally_settled"));
}

void Checkbook::write(soap::XmlWriter& xml, const Fund& fund, bool direct) const {
  const auto amount = [&fund](const Decimal& value) { return Amount{value, fund.currency}; };
  xml.put("Budget", amount(planned(fund.number))).open("Checkbook");
  for (const char* category : kCategories)
    xml.open("ValueCategory")
        .put("Category", category)
        .put("Value", amount(sum(fund.number, category)))
        .close("ValueCategory");
  xml.put("AvailableToDistribute", amount(available_to_distribute(fund.number)))
      .put("AvailableToReserve", amount(available_to_reserve(fund.number)))
      .put("AvailableToSpend", amount(available_to_spend(fund.number, direct)))
      .put("RemainingCash", amount(remaining_cash(fund.number)))
      .close("Checkbook");
  for (const Posting& posting : postings_) {
    const bool own = std::find(kOwnCategories.begin(), kOwnCategories.end(), posting.category) !=
                     kOwnCategories.end();
    if (own && posting.fund == fund.number) crm::write(xml, "Posting", posting, fund.currency);
  }
}

}  // namespace channelbridge::sandbox::crm
