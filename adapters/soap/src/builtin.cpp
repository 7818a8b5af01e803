#include <algorithm>
#include <array>

#include "builtin_internal.hpp"

namespace channelbridge::soap {
namespace {

struct Row {
  std::string_view name;
  Primitive primitive;
  bool collapse{true};
  bool integer{};
  std::string_view lowest{};
  std::string_view highest{};
};

using P = Primitive;

constexpr std::array kRows{
    Row{"string", P::String, false},
    Row{"normalizedString", P::String, false},
    Row{"token", P::String},
    Row{"language", P::String},
    Row{"Name", P::String},
    Row{"NCName", P::String},
    Row{"NMTOKEN", P::String},
    Row{"ID", P::String},
    Row{"IDREF", P::String},
    Row{"ENTITY", P::String},
    Row{"anyURI", P::String},
    Row{"boolean", P::Boolean},
    Row{"decimal", P::Decimal},
    Row{"integer", P::Decimal, true, true},
    Row{"long", P::Decimal, true, true, "-9223372036854775808", "9223372036854775807"},
    Row{"int", P::Decimal, true, true, "-2147483648", "2147483647"},
    Row{"short", P::Decimal, true, true, "-32768", "32767"},
    Row{"byte", P::Decimal, true, true, "-128", "127"},
    Row{"nonNegativeInteger", P::Decimal, true, true, "0"},
    Row{"positiveInteger", P::Decimal, true, true, "1"},
    Row{"nonPositiveInteger", P::Decimal, true, true, {}, "0"},
    Row{"negativeInteger", P::Decimal, true, true, {}, "-1"},
    Row{"unsignedLong", P::Decimal, true, true, "0", "18446744073709551615"},
    Row{"unsignedInt", P::Decimal, true, true, "0", "4294967295"},
    Row{"unsignedShort", P::Decimal, true, true, "0", "65535"},
    Row{"unsignedByte", P::Decimal, true, true, "0", "255"},
    Row{"float", P::Float},
    Row{"double", P::Float},
    Row{"date", P::Date},
    Row{"dateTime", P::DateTime},
    Row{"time", P::Time},
    Row{"duration", P::Duration},
    Row{"gYear", P::Calendar},
    Row{"gYearMonth", P::Calendar},
    Row{"gMonth", P::Calendar},
    Row{"gMonthDay", P::Calendar},
    Row{"gDay", P::Calendar},
    Row{"base64Binary", P::Base64},
    Row{"hexBinary", P::Hex},
    Row{"QName", P::QName},
    Row{"NOTATION", P::QName},
    Row{"anySimpleType", P::Any, false},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kLists{
    {{"NMTOKENS", "NMTOKEN"}, {"IDREFS", "IDREF"}, {"ENTITIES", "ENTITY"}}};

}  // namespace

std::optional<TextType> builtin_type(std::string_view local) {
  for (const auto& [name, item] : kLists) {
    if (name != local) continue;
    TextType out{.name = {std::string(kSchema), std::string(local)},
                 .variety = TextType::Variety::List};
    out.facets.collapse = true;
    out.members.push_back(*builtin_type(item));
    return out;
  }
  const auto* row = std::find_if(kRows.begin(), kRows.end(),
                                 [local](const Row& each) { return each.name == local; });
  if (row == kRows.end()) return std::nullopt;
  TextType out{.name = {std::string(kSchema), std::string(local)},
               .primitive = row->primitive,
               .integer = row->integer};
  out.facets.collapse = row->collapse;
  if (!row->lowest.empty()) out.facets.min_inclusive = std::string(row->lowest);
  if (!row->highest.empty()) out.facets.max_inclusive = std::string(row->highest);
  return out;
}

std::vector<std::string> builtin_names() {
  std::vector<std::string> out{"anyType"};
  for (const Row& row : kRows) out.emplace_back(row.name);
  for (const auto& [name, item] : kLists) out.emplace_back(name);
  return out;
}

}  // namespace channelbridge::soap
