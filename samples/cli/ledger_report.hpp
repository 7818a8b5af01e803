#pragma once

#include <string>
#include <vector>

#include "channelbridge/hub/ledger.hpp"

/// The books of funds as people read them.
namespace cli {

/// One line for each budget, fund and partner, amounts with all decimals of their currency.
std::string ledger_table(const std::vector<channelbridge::hub::LedgerLine>& lines);
/// What was found, worst first; and that nothing was, where nothing was.
std::string ledger_findings(const channelbridge::hub::LedgerCheck& check);
/// Line by line, what bound the sum, and what was taken for what nobody states.
std::string ledger_evaluation(const channelbridge::hub::LedgerEvaluation& evaluation);
/// What a person has approved.
std::string approved_text(const std::vector<channelbridge::hub::LedgerExcess>& approved);

}  // namespace cli
