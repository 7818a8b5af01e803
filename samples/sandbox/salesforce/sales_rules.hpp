#pragma once

#include "sandbox/salesforce/writes.hpp"

/// What an org does with catalogues, quotes, orders and contracts beyond what their describes say:
/// it completes and computes fields, rolls figures up, and keeps documents whole.
///
/// Sources: Object Reference (PricebookEntry, OpportunityLineItem, Quote, QuoteLineItem, Order,
/// OrderItem, Contract), Salesforce Help ("Editing and Deletion Limitations for Orders"),
/// Salesforce CPQ price waterfall. Codes of refused states are those of the API's enumeration;
/// which of them answers which breach is told by no page.
namespace channelbridge::sandbox::salesforce {

/// One record on its way to be saved.
struct Save {
  Transaction& transaction;
  Table& table;
  const Row* before{};  ///< null = it is made
  Row& row;
  const Transaction::Values& given;  ///< what the caller sent
};

/// Fills what the system itself computes, before the record is checked.
Result<void> complete(const Save& save);
/// The rules about states and about other records, after everything else was checked.
Result<void> judge(const Save& save);
/// Rolls up what was saved, or removed. `before` as in Save.
void settle(Transaction& transaction, Table& table, RowNumber number, const Row* before);
Result<void> judge_removal(Transaction& transaction, const Table& table, const Row& row);

}  // namespace channelbridge::sandbox::salesforce
