#pragma once

#include <compare>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "channelbridge/model/field_type.hpp"

namespace channelbridge::model {

/// A text that is known to be of its type, in canonical form.
///
///     std::optional<Country> country = Country::parse("Sverige");  // SE
///
/// Codes and references also convert from any text, so that `lead.status = "captured"` reads well;
/// whether the code is one of the field's set is checked with the record (validate.hpp). Threads:
/// as std::string.
template <FieldType kType>
class CheckedText {
 public:
  static constexpr bool kOpen = kType == FieldType::Code || kType == FieldType::Reference;

  static std::optional<CheckedText> parse(std::string_view text) {
    if (auto canonical = canonical_text(kType, text)) return CheckedText(std::move(*canonical), 0);
    return std::nullopt;
  }

  template <std::convertible_to<std::string_view> T>
  requires kOpen CheckedText(const T& text) : text_(std::string_view(text)) {}

  const std::string& text() const { return text_; }

  friend bool operator==(const CheckedText&, const CheckedText&) = default;
  friend auto operator<=>(const CheckedText&, const CheckedText&) = default;
  template <std::convertible_to<std::string_view> T>
  friend bool operator==(const CheckedText& left, const T& right) {
    return left.text_ == std::string_view(right);
  }

 private:
  CheckedText(std::string canonical, int) : text_(std::move(canonical)) {}
  std::string text_;
};

using Code = CheckedText<FieldType::Code>;
using Country = CheckedText<FieldType::Country>;
using Currency = CheckedText<FieldType::Currency>;
using Language = CheckedText<FieldType::Language>;
using Unit = CheckedText<FieldType::Unit>;
using ZoneName = CheckedText<FieldType::TimeZone>;
using Email = CheckedText<FieldType::Email>;
using Phone = CheckedText<FieldType::Phone>;
using WebAddress = CheckedText<FieldType::Web>;
/// The id of another record, or a reference that waits for its record (fields.hpp,
/// PendingReference).
using Reference = CheckedText<FieldType::Reference>;

/// Decimals of the currency's minor unit: EUR 2, JPY 0, KWD 3.
int minor_unit(const Currency& currency);
/// Withdrawn from ISO 4217: readable in old documents, not for new amounts.
bool is_withdrawn(const Currency& currency);

/// True when the text is a number in E.164 form: '+' and at most 15 digits.
bool is_e164(const Phone& phone);
/// Reads a number written for callers inside `country` ("089 1234" in DE). Without one that fits,
/// the text as it is.
std::optional<Phone> parse_phone(std::string_view text, const Country& country);

/// The domain of an address, in lower case.
std::string_view domain(const Email& email);

}  // namespace channelbridge::model
