#pragma once

#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "channelbridge/core/time.hpp"
#include "channelbridge/model/date.hpp"
#include "channelbridge/model/decimal.hpp"

namespace channelbridge::sandbox::soap {

/// An amount as the services write it: exact, with the ISO code of its currency.
struct Amount {
  model::Decimal value{};
  std::string currency{};

  friend bool operator==(const Amount&, const Amount&) = default;
};

/// Exact arithmetic of amounts. The services' schemas bound the digits of every amount, so sums
/// fit.
model::Decimal plus(const model::Decimal& left, const model::Decimal& right);
model::Decimal minus(const model::Decimal& left, const model::Decimal& right);

/// Decimals of the currency's minor unit; 2 where nobody knows the currency.
int minor_digits(const std::string& currency);
/// "12.50", with the decimals of the currency.
std::string amount_text(const Amount& amount);

/// "2024-06-01T09:00:00.0000000Z"
std::string utc_text(Timestamp at);

/// Text that is safe between tags and inside a quoted attribute.
std::string escaped(std::string_view text);

/// Writes elements; what it gives is well-formed where every open() has its close().
///
/// Threads: one at a time.
class XmlWriter {
 public:
  /// `attributes` are written as they are.
  XmlWriter& open(std::string_view name, std::string_view attributes = {});
  XmlWriter& close(std::string_view name);
  /// <name>text</name>
  XmlWriter& put(std::string_view name, std::string_view text);
  /// Nothing where the text is empty.
  XmlWriter& put_some(std::string_view name, std::string_view text);
  /// <name currencyCode="EUR">12.50</name>
  XmlWriter& put(std::string_view name, const Amount& amount);
  XmlWriter& put_some(std::string_view name, const std::optional<Amount>& amount);
  XmlWriter& put_some(std::string_view name, const std::optional<model::Date>& day);
  /// Text that is XML already.
  XmlWriter& raw(std::string_view xml);

  const std::string& text() const { return text_; }

 private:
  std::string text_{};
};

// What a request says that its schema has let through.

/// The element's text without the white space around it, whatever stands between its parts.
std::string trimmed_text(pugi::xml_node element);
/// The text of a child; "" = there is none.
std::string value_of(pugi::xml_node parent, const char* name);
std::optional<model::Decimal> decimal_of(pugi::xml_node parent, const char* name);
std::optional<Amount> amount_of(pugi::xml_node parent, const char* name);
std::optional<model::Date> date_of(pugi::xml_node parent, const char* name);
std::optional<Timestamp> time_of(pugi::xml_node parent, const char* name);

}  // namespace channelbridge::sandbox::soap
