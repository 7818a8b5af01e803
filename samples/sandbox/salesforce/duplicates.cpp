#include "sandbox/salesforce/duplicates.hpp"

#include <algorithm>

#include "sandbox/salesforce/state.hpp"

namespace channelbridge::sandbox::salesforce {

DuplicateHeader parse_duplicate_header(const std::string& text) {
  std::string words = lower_case(text);
  std::erase(words, ' ');
  words = ";" + words + ";";
  return {.allow_save = words.find(";allowsave=true;") != std::string::npos,
          .details = words.find(";includerecorddetails=true;") != std::string::npos};
}

std::vector<RowNumber> find_duplicates(const DuplicateRule& rule, const Table& table,
                                       const Row& row) {
  std::vector<RowNumber> found;
  for (RowNumber other = 0; other < table.size(); ++other) {
    const bool agrees =
        !table.deleted(other) && table.row(other).view(table.id()) != row.view(table.id()) &&
        std::all_of(rule.fields.begin(), rule.fields.end(), [&](const std::string& name) {
          const auto field = table.object().find(name);
          return field && !row.view(*field).empty() &&
                 lower_case(row.view(*field)) == lower_case(table.row(other).view(*field));
        });
    if (agrees) found.push_back(other);
  }
  return found;
}

Json duplicate_result(const Database& database, const Table& table, const Duplicates& found,
                      bool details, const std::string& base) {
  const std::string& object = table.object().name();
  Json records = Json::array();
  for (const RowNumber number : found.rows) {
    Json record = full_record(database, table, table.row(number), base);
    if (!details) record = Json{{"attributes", record["attributes"]}, {"Id", record["Id"]}};
    records.push_back(Json{{"additionalInformation", Json::array()},
                           {"fieldDiffs", Json::array()},
                           {"matchConfidence", exact_number("100.0")},
                           {"record", std::move(record)}});
  }
  const Json match{{"entityType", object},
                   {"errors", Json::array()},
                   {"matchEngine", "FuzzyMatchEngine"},
                   {"matchRecords", std::move(records)},
                   {"rule", "Standard_" + object + "_Match_Rule_v1_1"},
                   {"size", found.rows.size()},
                   {"success", true}};
  return Json{{"allowSave", !found.rule->block},
              {"duplicateRule", "Standard_" + object + "_Duplicate_Rule"},
              {"duplicateRuleEntityType", object},
              {"errorMessage", found.rule->message},
              {"matchResults", Json::array({match})}};
}

}  // namespace channelbridge::sandbox::salesforce
