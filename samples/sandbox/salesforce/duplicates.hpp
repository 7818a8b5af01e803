#pragma once

#include <string>
#include <vector>

#include "sandbox/salesforce/table.hpp"

namespace channelbridge::sandbox::salesforce {

struct Database;

/// A rule of the org against duplicates: a record that agrees with another one in all of these
/// fields (without case; none of them empty) is refused.
struct DuplicateRule {
  std::string object{};
  std::vector<std::string> fields{};
  bool block{};  ///< not to be passed; otherwise an alert, which allowSave passes
  std::string message{"Use one of these records?"};
};

/// What a caller says in Sforce-Duplicate-Rule-Header.
struct DuplicateHeader {
  bool allow_save{};
  bool details{};  ///< the whole of the records that are in the way
};

/// Records in the way, and by which rule; no rule = none.
struct Duplicates {
  const DuplicateRule* rule{};
  std::vector<RowNumber> rows{};
};

/// "allowSave=true; includeRecordDetails=true"
DuplicateHeader parse_duplicate_header(const std::string& text);
/// All rows that agree with `row` by this rule.
std::vector<RowNumber> find_duplicates(const DuplicateRule& rule, const Table& table,
                                       const Row& row);
/// The member `duplicateResult` of an error. `base` = "/services/data/v60.0".
Json duplicate_result(const Database& database, const Table& table, const Duplicates& found,
                      bool details, const std::string& base);

}  // namespace channelbridge::sandbox::salesforce
