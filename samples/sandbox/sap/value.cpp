#include "sandbox/sap/value.hpp"

#include <utility>

namespace channelbridge::sandbox::odata {

std::int64_t to_ticks(Timestamp time) { return time.time_since_epoch().count() * 10; }

bool is_null(const Value& value) { return std::holds_alternative<std::monostate>(value); }

Value initial(const Property& property) {
  switch (property.type) {
    case Edm::String:
      return std::string(property.non_negative && property.key ? "0" : "");
    case Edm::Boolean:
      return false;
    case Edm::Byte:
    case Edm::SByte:
    case Edm::Int16:
    case Edm::Int32:
    case Edm::Int64:
      return std::int64_t{0};
    case Edm::Double:
    case Edm::Single:
      return 0.0;
    case Edm::Decimal:
      return property.scale.value_or(0) > 0
                 ? "0." + std::string(static_cast<std::size_t>(*property.scale), '0')
                 : std::string("0");
    case Edm::Time:
    case Edm::TimeOfDay:
      return std::int64_t{0};
    default:
      return {};
  }
}

int compare_decimals(std::string_view a, std::string_view b) {
  const bool a_negative = a.starts_with('-');
  const bool b_negative = b.starts_with('-');
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  if (a_negative) {
    a.remove_prefix(1);
    b.remove_prefix(1);
    std::swap(a, b);
  }
  const auto whole = [](std::string_view text) { return text.substr(0, text.find('.')); };
  const auto fraction = [](std::string_view text) {
    const auto point = text.find('.');
    std::string digits(point == std::string_view::npos ? std::string_view{}
                                                       : text.substr(point + 1));
    digits.erase(digits.find_last_not_of('0') + 1);
    return digits;
  };
  const std::string_view a_whole = whole(a);
  const std::string_view b_whole = whole(b);
  if (a_whole.size() != b_whole.size()) return a_whole.size() < b_whole.size() ? -1 : 1;
  if (const int order = a_whole.compare(b_whole); order != 0) return order;
  return fraction(a).compare(fraction(b));
}

int compare(const Property& property, const Value& a, const Value& b) {
  if (is_null(a) || is_null(b))
    return static_cast<int>(!is_null(a)) - static_cast<int>(!is_null(b));
  if (a.index() != b.index()) return a.index() < b.index() ? -1 : 1;
  if (const auto* text = std::get_if<std::string>(&a)) {
    const auto& other = std::get<std::string>(b);
    return property.type == Edm::Decimal ? compare_decimals(*text, other) : text->compare(other);
  }
  return a < b ? -1 : b < a ? 1 : 0;
}

}  // namespace channelbridge::sandbox::odata
