#pragma once

#include <functional>
#include <set>
#include <string>

namespace channelbridge::sandbox::salesforce {

/// What differs from org to org with cases.
struct CaseRules {
  /// Values of Case.Status that mean a closed case: CaseStatus.IsClosed.
  std::set<std::string, std::less<>> closed_statuses{"Closed"};
};

}  // namespace channelbridge::sandbox::salesforce
