#pragma once

#include <cstddef>
#include <string>

namespace channelbridge::sandbox::salesforce {

/// What differs from org to org with marketing funds, or is told by no page.
struct FundRules {
  /// Do the roll-ups of approved claims go on counting a claim once it is paid? (unconfirmed)
  bool paid_is_approved{true};
  /// The code that refuses sums above a budget, and its validation to be switched on again.
  /// (unconfirmed)
  std::string refusal{"FIELD_INTEGRITY_EXCEPTION"};
};

/// What differs from org to org with files. Source of the figures: REST API Developer Guide,
/// "Insert or Update Blob Data".
struct FileRules {
  std::size_t most_bytes{2'000'000'000};            ///< of a file, in a multipart body
  std::size_t most_base64_bytes{37'500'000};        ///< of a file's base64 text in a JSON body
  std::string refusal{"MAXIMUM_SIZE_OF_DOCUMENT"};  ///< code of what is larger (unconfirmed)
};

}  // namespace channelbridge::sandbox::salesforce
