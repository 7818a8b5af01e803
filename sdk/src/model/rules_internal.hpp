#pragma once

#include <string>
#include <string_view>
#include <vector>

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
