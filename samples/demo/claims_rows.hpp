#pragma once

#include <string>

#include "channelbridge/model/decimal.hpp"
#include "claims.hpp"
#include "sandbox/common/json.hpp"

/// How the rows of the systems of Claims are read.
namespace channelbridge::demo {

inline model::Decimal euros(const std::string& text) {
  return model::Decimal::parse(text).value_or(model::Decimal());
}

/// An amount as a system shows it, as text or as number; 0 = it shows none.
inline model::Decimal amount_in(const sandbox::Json& row, const char* field) {
  const auto found = row.find(field);
  if (found == row.end() || found->is_null()) return {};
  return euros(found->is_string() ? found->get<std::string>() : sandbox::dump_json(*found));
}

/// The text of a field; "" = it shows none.
inline std::string word_in(const sandbox::Json& row, const char* field) {
  return sandbox::text_of(row, field);
}

/// Ten digits, as accounting and SAP CRM write it.
inline std::string debtor_of(const Claims::Partner& partner) { return "00" + partner.number; }

/// The row whose field has this text; null = there is none.
template <typename Rows>
sandbox::Json row_with(const Rows& rows, const char* field, const std::string& text) {
  for (const sandbox::Json& row : rows)
    if (word_in(row, field) == text) return row;
  return {};
}

/// Salesforce has no status for what was handed in and waits.
inline std::string status_in_salesforce(const sandbox::Json& row) {
  const std::string status = word_in(row, "Status");
  const std::string approval = word_in(row, "Approval_Status__c");
  const bool waits = status == "Draft" && !approval.empty() && approval != "Returned";
  return waits ? "Submitted" : status;
}

}  // namespace channelbridge::demo
