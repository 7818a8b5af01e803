#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/model/date.hpp"
#include "channelbridge/model/entity_type.hpp"

/// Value invariants and keys that several entities share.
namespace channelbridge::model {

/// `start` must not be after `end`, in every place where both are known ("valid.start",
/// "programs[…].valid.start").
void check_order(const Fields& fields, std::string_view start, std::string_view end,
                 std::vector<Problem>& problems);

/// Where every element of `lines` has an amount in the currency of `money` ("estimated_value"),
/// that money is their sum.
void check_sum_of_lines(const Fields& fields, std::string_view money,
                        std::vector<Problem>& problems);

/// A percentage is between 0 and 100: at a path ("probability"), or in every element of a list
/// ("rates[].pct").
void check_share(const Fields& fields, std::string_view row_path, std::vector<Problem>& problems);

/// The last step of a record's history, where it is the one that led to the state that the record
/// has. A patch has no history: what is judged by it is judged of whole records only.
struct LastStep {
  std::string from{};
  Timestamp at{};
  bool foreign{};  ///< another system made it, and need not keep our rules
};
std::optional<LastStep> last_step(const Fields& fields, std::string_view state);

/// What was interrupted goes on where it stood: if the last step of `state` ("stage") led out of
/// `interruption` ("on_hold"), it led back, or to `end`; "" = it only leads back.
void check_resumed(const Fields& fields, std::string_view state, std::string_view interruption,
                   std::string_view end, std::vector<Problem>& problems);

/// Checks an identifier by its scheme (ISO 6523 ICD, Peppol EAS); "" = nothing is wrong or the
/// scheme has no check.
std::string identifier_problem(std::string_view scheme, std::string_view value);

/// Letters and digits only, upper case: how identifiers are compared.
std::string identifier_key(std::string_view value);

/// An address as it is compared: in lower case.
std::string identity_email(std::string_view email);

/// The host of a web address, without "www.".
std::string web_domain(std::string_view web);

/// Domains where anybody has an address: no sign of a company.
bool is_public_mail_domain(std::string_view domain);

}  // namespace channelbridge::model
