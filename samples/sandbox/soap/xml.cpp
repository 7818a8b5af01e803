#include "sandbox/soap/xml.hpp"

#include "channelbridge/model/codes.hpp"

namespace channelbridge::sandbox::soap {
namespace {

std::string without_outer_space(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// xsd:decimal and xsd:date allow what our own readers do not: a sign +, a zone behind a day.
std::string without_plus(const std::string& text) {
  return text.starts_with('+') ? text.substr(1) : text;
}

}  // namespace

model::Decimal plus(const model::Decimal& left, const model::Decimal& right) {
  return add(left, right).value();
}

model::Decimal minus(const model::Decimal& left, const model::Decimal& right) {
  return subtract(left, right).value();
}

int minor_digits(const std::string& currency) {
  const auto known = model::Currency::parse(currency);
  return known ? minor_unit(*known) : 2;
}

std::string amount_text(const Amount& amount) {
  return to_string(amount.value, minor_digits(amount.currency));
}

std::string utc_text(Timestamp at) {
  constexpr std::size_t kSeconds = 19;
  constexpr std::size_t kWithFraction = 27;
  std::string text = to_iso8601(at);
  text.pop_back();  // the Z
  if (text.size() == kSeconds) text += '.';
  text.resize(kWithFraction, '0');
  return text + "Z";
}

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

XmlWriter& XmlWriter::open(std::string_view name, std::string_view attributes) {
  text_ += '<';
  text_ += name;
  if (!attributes.empty()) text_ += ' ';
  text_ += attributes;
  text_ += '>';
  return *this;
}

XmlWriter& XmlWriter::close(std::string_view name) {
  text_ += "</";
  text_ += name;
  text_ += '>';
  return *this;
}

XmlWriter& XmlWriter::put(std::string_view name, std::string_view text) {
  return open(name).raw(escaped(text)).close(name);
}

XmlWriter& XmlWriter::put_some(std::string_view name, std::string_view text) {
  return text.empty() ? *this : put(name, text);
}

XmlWriter& XmlWriter::put(std::string_view name, const Amount& amount) {
  return open(name, "currencyCode=\"" + escaped(amount.currency) + "\"")
      .raw(amount_text(amount))
      .close(name);
}

XmlWriter& XmlWriter::put_some(std::string_view name, const std::optional<Amount>& amount) {
  return amount ? put(name, *amount) : *this;
}

XmlWriter& XmlWriter::put_some(std::string_view name, const std::optional<model::Date>& day) {
  return day ? put(name, to_string(*day)) : *this;
}

XmlWriter& XmlWriter::raw(std::string_view xml) {
  text_ += xml;
  return *this;
}

std::string trimmed_text(pugi::xml_node element) {
  std::string out;
  for (const pugi::xml_node part : element.children())
    if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata) out += part.value();
  return without_outer_space(out);
}

std::string value_of(pugi::xml_node parent, const char* name) {
  return trimmed_text(parent.child(name));
}

std::optional<model::Decimal> decimal_of(pugi::xml_node parent, const char* name) {
  return model::Decimal::parse(without_plus(value_of(parent, name)));
}

std::optional<Amount> amount_of(pugi::xml_node parent, const char* name) {
  const auto value = decimal_of(parent, name);
  if (!value) return std::nullopt;
  return Amount{*value, without_outer_space(parent.child(name).attribute("currencyCode").value())};
}

std::optional<model::Date> date_of(pugi::xml_node parent, const char* name) {
  constexpr std::size_t kDay = 10;
  return model::Date::parse(value_of(parent, name).substr(0, kDay));
}

std::optional<Timestamp> time_of(pugi::xml_node parent, const char* name) {
  return parse_iso8601(value_of(parent, name));
}

}  // namespace channelbridge::sandbox::soap
