#include "sandbox/idoc/segments.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "sandbox/common/json.hpp"

namespace channelbridge::sandbox::idoc {
namespace {

constexpr std::array<std::pair<std::string_view, std::size_t>, 36> kControl{{
    {"TABNAM", 10}, {"MANDT", 3},   {"DOCNUM", 16}, {"DOCREL", 4},   {"STATUS", 2},  {"DIRECT", 1},
    {"OUTMOD", 1},  {"EXPRSS", 1},  {"TEST", 1},    {"IDOCTYP", 30}, {"CIMTYP", 30}, {"MESTYP", 30},
    {"MESCOD", 3},  {"MESFCT", 3},  {"STD", 1},     {"STDVRS", 6},   {"STDMES", 6},  {"SNDPOR", 10},
    {"SNDPRT", 2},  {"SNDPFC", 2},  {"SNDPRN", 10}, {"SNDSAD", 21},  {"SNDLAD", 70}, {"RCVPOR", 10},
    {"RCVPRT", 2},  {"RCVPFC", 2},  {"RCVPRN", 10}, {"RCVSAD", 21},  {"RCVLAD", 70}, {"CREDAT", 8},
    {"CRETIM", 6},  {"REFINT", 14}, {"REFGRP", 14}, {"REFMES", 14},  {"ARCKEY", 70}, {"SERIAL", 20},
}};

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

SegmentRules segment_of(const Json& json) {
  SegmentRules out{.name = text_of(json, "name")};
  std::istringstream fields(text_of(json, "fields"));
  for (std::string field; std::getline(fields, field, ',');) {
    std::erase_if(field, [](char c) { return c == '?' || c == '#'; });
    std::istringstream words(field);
    std::string name;
    std::size_t length = 0;
    words >> name >> length;
    out.fields.emplace_back(name, length);
  }
  if (const auto children = json.find("children"); children != json.end())
    for (const Json& child : *children) out.children.push_back(segment_of(child));
  return out;
}

/// Place of a name among the fields and segments of a segment; -1 = none.
std::ptrdiff_t rank(const SegmentRules& rules, std::string_view name) {
  for (std::size_t i = 0; i < rules.fields.size(); ++i)
    if (rules.fields[i].first == name) return static_cast<std::ptrdiff_t>(i);
  for (std::size_t i = 0; i < rules.children.size(); ++i)
    if (rules.children[i].name == name) return static_cast<std::ptrdiff_t>(rules.fields.size() + i);
  return -1;
}

std::optional<SyntaxError> check_below(const SegmentRules& rules, pugi::xml_node segment) {
  std::ptrdiff_t last = -1;
  for (const pugi::xml_node child : segment.children()) {
    if (child.type() != pugi::node_element || std::string_view(child.name()) == "EDI_DC40")
      continue;
    const std::ptrdiff_t place = rank(rules, child.name());
    const bool is_segment = place >= static_cast<std::ptrdiff_t>(rules.fields.size());
    if (place < 0) {
      return SyntaxError{segment.name(), child.name(),
                         std::string("Segment or field &1 unknown: ") + child.name()};
    }
    if (place < last || (!is_segment && place == last))
      return SyntaxError{segment.name(), child.name(),
                         std::string("Sequence error at ") + child.name()};
    last = place;
    if (is_segment) {
      if (std::string_view(child.attribute("SEGMENT").value()) != "1")
        return SyntaxError{child.name(), "",
                           std::string("No segment attribute at ") + child.name()};
      const auto& inner = rules.children[static_cast<std::size_t>(place) - rules.fields.size()];
      if (auto error = check_below(inner, child)) return error;
      continue;
    }
    const auto& [name, length] = rules.fields[static_cast<std::size_t>(place)];
    const std::string_view text = child.text().get();
    if (length > 0 && characters(text) > length)
      return SyntaxError{segment.name(), name,
                         "Field " + name + " is longer than " + std::to_string(length)};
  }
  return std::nullopt;
}

}  // namespace

Result<std::map<std::string, TypeRules>> read_definitions() {
  std::map<std::string, TypeRules> out;
  for (const std::string_view text : definitions()) {
    const Result<Json> json = parse_json(text);
    if (!json) return Error(ErrorCode::Internal, json.error().message());
    TypeRules type;
    type.root.name = text_of(*json, "type");
    for (const Json& segment : json->at("segments"))
      type.root.children.push_back(segment_of(segment));
    for (const auto& [name, rules] : json->at("messages").items()) type.messages.push_back(name);
    out.emplace(type.root.name, std::move(type));
  }
  return out;
}

std::optional<SyntaxError> check_syntax(const TypeRules& type, pugi::xml_node idoc) {
  return check_below(type.root, idoc);
}

std::string check_control(pugi::xml_node control, std::string_view type) {
  std::size_t last = 0;
  for (const pugi::xml_node field : control.children()) {
    const auto rules = std::find_if(kControl.begin(), kControl.end(),
                                    [&](const auto& each) { return each.first == field.name(); });
    if (rules == kControl.end()) return std::string("unknown field ") + field.name();
    const auto place = static_cast<std::size_t>(rules - kControl.begin()) + 1;
    if (place <= last) return std::string("sequence error at ") + field.name();
    last = place;
    if (characters(field.text().get()) > rules->second)
      return std::string(field.name()) + " is too long";
  }
  for (const char* name : {"TABNAM", "DIRECT", "IDOCTYP", "MESTYP", "SNDPOR", "SNDPRT", "SNDPRN",
                           "RCVPOR", "RCVPRT", "RCVPRN"})
    if (*control.child_value(name) == '\0') return std::string(name) + " is missing";
  if (std::string_view(control.child_value("TABNAM")) != "EDI_DC40") return "TABNAM is wrong";
  if (std::string_view(control.child_value("DIRECT")) != "2") return "DIRECT is not inbound";
  if (control.child_value("IDOCTYP") != type) return "IDOCTYP is not the root element";
  return {};
}

std::string field_of(pugi::xml_node parent, const char* segment, const char* field,
                     const char* where, std::string_view value) {
  for (const pugi::xml_node each : parent.children(segment))
    if (where == nullptr || each.child_value(where) == value) return each.child_value(field);
  return {};
}

std::string compact(pugi::xml_node node) {
  std::ostringstream out;
  node.print(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

}  // namespace channelbridge::sandbox::idoc
