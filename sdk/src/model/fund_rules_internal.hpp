#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/model/code_sets.hpp"
#include "channelbridge/model/fund_request.hpp"

/// What budgets, funds, requests, claims and settlements share.
namespace channelbridge::model {

inline constexpr auto kRequiredEvidenceRows = rows<FundRequest::RequiredEvidence>(
    field<&FundRequest::RequiredEvidence::evidence_type>(
        "evidence_type", {.required = true, .codes = &code_sets::kEvidenceType}),
    field<&FundRequest::RequiredEvidence::min_count>("min_count"));

inline constexpr FieldOptions kNeededSum{.required = true, .precision = 19, .scale = 4};

/// What goes on in every state: the state itself, its history and the customer's own fields.
inline bool goes_on_for_ever(std::string_view path) {
  return path == "status" || path.starts_with("state_history[") || path.starts_with("custom.");
}

/// Nobody takes two steps that two people have to take: the last one to a state of `second`, and
/// the last one before it to a state of `first`. Steps of other systems are not judged; people are
/// compared by person_key().
void check_two_people(const Fields& fields, std::span<const std::string_view> first,
                      std::span<const std::string_view> second, std::vector<Problem>& problems);

/// Of a line whose decision is "denied" nothing is granted.
void check_denied(const Fields& fields, std::string_view list, std::string_view amount,
                  std::vector<Problem>& problems);

/// A company's name as names are compared: without its legal form ("GmbH", "sp. z o.o.", "AB"),
/// case, blanks and punctuation.
std::string company_key(std::string_view name);

}  // namespace channelbridge::model
