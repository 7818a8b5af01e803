#pragma once

#include <memory>
#include <string>
#include <vector>

#include "channelbridge/model/decimal.hpp"
#include "sandbox/sap/rules.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge::sandbox::sales {

/// The states of a document and its items: not yet, partly, completely processed.
inline constexpr const char* kOpen = "A";

/// 0 of what is no number.
model::Decimal decimal(const std::string& value);

/// The rows of a document in one of its sets, or of one of its items; none where the service does
/// not have the set.
std::vector<odata::RowPtr> rows_of(const odata::Transaction& transaction,
                                   const SalesDocument& names, const std::string& set,
                                   const std::string& document, const std::string& item = {});

/// Something of the item was delivered or billed.
bool is_processed(const odata::Table& items, const odata::Row& row);

/// What a kind of document refuses to be, and what it fills in before it is kept. Immutable; every
/// call has its own transaction.
class DocumentChecks {
 public:
  DocumentChecks(SalesDocument names, std::shared_ptr<SalesDesk> desk)
      : names_(std::move(names)), desk_(std::move(desk)) {}

  void before_save(odata::Transaction& transaction, const std::string& set, odata::Row& row) const;
  /// An item with deliveries or invoices, or whose document has them, cannot be deleted.
  void before_remove(odata::Transaction& transaction, const std::string& set,
                     const odata::Row& row) const;

 private:
  void check_header(odata::Transaction& transaction, const odata::Table& table,
                    odata::Row& row) const;
  void check_credit(const odata::Table& table, odata::Row& row, bool created) const;
  void check_item(odata::Transaction& transaction, const odata::Table& table,
                  odata::Row& row) const;
  void check_element(odata::Transaction& transaction, const odata::Table& table,
                     odata::Row& row) const;
  [[noreturn]] void refuse_processed(const odata::Table& items, const odata::Row& row) const;

  const SalesDocument names_;
  const std::shared_ptr<SalesDesk> desk_;
};

}  // namespace channelbridge::sandbox::sales
