#pragma once

#include <string>

#include "sandbox/sap/transaction.hpp"

namespace channelbridge::sandbox {

/// What a tenant of Cloud for Customer says for itself of its sales documents.
struct C4cRules {
  bool reason_on_close = false;   ///< a won or lost opportunity needs a ResultReasonCode
  std::string tax_percent = "0";  ///< of every item of a quote
};

/// Opportunities, sales quotes and partners: what is demanded, computed and refused. For the
/// settings' before_save, after_save and after_remove.
void save_sales(const odata::Transaction& transaction, const std::string& set,
                const odata::Table& table, odata::Row& row, const C4cRules& rules);
/// The totals of a quote follow its items, the main address of a partner its own columns.
void after_sales(odata::Transaction& transaction, const std::string& set, const odata::Row& row);

}  // namespace channelbridge::sandbox
