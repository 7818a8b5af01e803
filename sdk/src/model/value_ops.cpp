#include "channelbridge/model/describe.hpp"

namespace channelbridge::model {
namespace {

template <FieldType kType>
std::string print(const CheckedText<kType>& value) {
  return value.text();
}
std::string print(const std::string& value) { return value; }
std::string print(bool value) { return value ? "true" : "false"; }
std::string print(std::int64_t value) { return std::to_string(value); }
std::string print(const Decimal& value) { return to_string(value); }
std::string print(const Percent& value) { return to_string(value.value); }
std::string print(const Date& value) { return to_string(value); }
std::string print(Timestamp value) { return to_iso8601(value); }

template <FieldType kType>
void parse(std::string_view text, std::optional<CheckedText<kType>>& value) {
  value = CheckedText<kType>::parse(text);
}
void parse(std::string_view text, std::optional<std::string>& value) {
  value = canonical_text(FieldType::Text, text);
}
void parse(std::string_view text, std::optional<bool>& value) {
  value.reset();
  if (const auto canonical = canonical_text(FieldType::Boolean, text)) value = *canonical == "true";
}
void parse(std::string_view text, std::optional<std::int64_t>& value) {
  value.reset();
  if (const auto canonical = canonical_text(FieldType::Integer, text))
    value = std::stoll(*canonical);
}
void parse(std::string_view text, std::optional<Decimal>& value) { value = Decimal::parse(text); }
void parse(std::string_view text, std::optional<Percent>& value) {
  value.reset();
  if (const auto number = Decimal::parse(text)) value = Percent{*number};
}
void parse(std::string_view text, std::optional<Date>& value) { value = Date::parse(text); }
void parse(std::string_view text, std::optional<Timestamp>& value) { value = parse_iso8601(text); }

template <typename T, FieldType kType>
constexpr ValueOps kOps{kType,
                        [](const void* optional, std::string& canonical) {
                          const auto& value = *static_cast<const std::optional<T>*>(optional);
                          if (!value) return false;
                          canonical = print(*value);
                          return true;
                        },
                        [](void* optional, std::string_view text) {
                          auto& value = *static_cast<std::optional<T>*>(optional);
                          parse(text, value);
                          return value.has_value();
                        }};

}  // namespace

template <>
const ValueOps& value_ops<std::string>() {
  return kOps<std::string, FieldType::Text>;
}
template <>
const ValueOps& value_ops<bool>() {
  return kOps<bool, FieldType::Boolean>;
}
template <>
const ValueOps& value_ops<std::int64_t>() {
  return kOps<std::int64_t, FieldType::Integer>;
}
template <>
const ValueOps& value_ops<Decimal>() {
  return kOps<Decimal, FieldType::Decimal>;
}
template <>
const ValueOps& value_ops<Percent>() {
  return kOps<Percent, FieldType::Percent>;
}
template <>
const ValueOps& value_ops<Date>() {
  return kOps<Date, FieldType::Date>;
}
template <>
const ValueOps& value_ops<Timestamp>() {
  return kOps<Timestamp, FieldType::Timestamp>;
}
template <>
const ValueOps& value_ops<Code>() {
  return kOps<Code, FieldType::Code>;
}
template <>
const ValueOps& value_ops<Country>() {
  return kOps<Country, FieldType::Country>;
}
template <>
const ValueOps& value_ops<Currency>() {
  return kOps<Currency, FieldType::Currency>;
}
template <>
const ValueOps& value_ops<Language>() {
  return kOps<Language, FieldType::Language>;
}
template <>
const ValueOps& value_ops<Unit>() {
  return kOps<Unit, FieldType::Unit>;
}
template <>
const ValueOps& value_ops<ZoneName>() {
  return kOps<ZoneName, FieldType::TimeZone>;
}
template <>
const ValueOps& value_ops<Email>() {
  return kOps<Email, FieldType::Email>;
}
template <>
const ValueOps& value_ops<Phone>() {
  return kOps<Phone, FieldType::Phone>;
}
template <>
const ValueOps& value_ops<WebAddress>() {
  return kOps<WebAddress, FieldType::Web>;
}
template <>
const ValueOps& value_ops<Reference>() {
  return kOps<Reference, FieldType::Reference>;
}

}  // namespace channelbridge::model
