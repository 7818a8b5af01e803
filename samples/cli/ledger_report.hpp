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

}  // namespace cli
