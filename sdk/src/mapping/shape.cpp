#include "shape_internal.hpp"

#include <algorithm>

#include "channelbridge/document/document.hpp"
#include "channelbridge/document/xml_text.hpp"

namespace channelbridge::mapping {

namespace {

using Holds = Shape::Holds;

/// The selector of an element, as text, to find the same element again.
std::string selector_of(const document::Step& step) {
  document::Path one{step};
  return document::to_string(one);
}

Shape& child(std::vector<Shape>& among, const std::string& name) {
  const auto known = std::find_if(among.begin(), among.end(),
                                  [&name](const Shape& each) { return each.name == name; });
  if (known != among.end()) return *known;
  among.push_back({.name = name});
  return among.back();
}

}  // namespace

Shape& Shape::at(const document::Path& path) {
  Shape* here = this;
  for (const document::Step& step : path) {
    if (step.name == ".") continue;
    here = &child(here->members, step.name);
    if (!step.selects()) continue;
    Shape& element = child(here->elements, selector_of(step));
    for (const auto& [key, text] : step.where) {
      Shape& selector = child(element.members, key);
      selector.holds = Holds::Selector;
      selector.literal = text;
    }
    here = &element;
  }
  return *here;
}

void Shape::add_rule(const document::Path& path, std::int32_t rule_index) {
  at(path).rule = rule_index;
}

void Shape::add_literal(const document::Path& path, const Literal& value) {
  Shape& place = at(path);
  place.literal = value.text;
  place.quoted = value.quoted;
  place.holds = Holds::Create;
}

void Shape::add_list(const document::Path& path, std::int32_t list_index) {
  at(path).list = list_index;
}

void Printer::object(const Shape& shape, const std::vector<Outgoing>& values, bool create) {
  if (dialect_ == Dialect::Xml) {
    const std::size_t start = out_.size();
    const std::string& name = shape.name;
    out_ += '<' + name;
    if (!xml_members(shape, values, create)) {
      out_.resize(start);
      out_ += '<' + name + "/>";
      return;
    }
    out_ += "</" + name + '>';
    return;
  }
  if (shape.rule >= 0) {  // an element that is one value
    json_value(shape, values, create);
    return;
  }
  out_ += '{';
  json_members(shape, values, create);
  out_ += '}';
}

void Printer::literal(std::string_view text, bool quoted) {
  if (quoted || dialect_ == Dialect::Csv) {
    document::append_json_string(out_, text);
  } else {
    out_ += text;
  }
}

bool Printer::json_members(const Shape& shape, const std::vector<Outgoing>& values, bool create) {
  bool any = false;
  bool comma = false;
  for (const Shape& member : shape.members) {
    const std::size_t start = out_.size();
    if (comma) out_ += ',';
    document::append_json_string(out_, member.name);
    out_ += ':';
    if (!json_value(member, values, create)) {
      out_.resize(start);
      continue;
    }
    comma = true;
    any = any || member.holds != Holds::Selector;
  }
  return any;
}

bool Printer::json_value(const Shape& shape, const std::vector<Outgoing>& values, bool create) {
  if (shape.rule >= 0) {
    const Outgoing& value = values[static_cast<std::size_t>(shape.rule)];
    if (value.state == Outgoing::State::Skip && shape.holds == Holds::Nothing) return false;
    if (value.state != Outgoing::State::Skip) {
      value.state == Outgoing::State::Null ? void(out_ += "null")
                                           : literal(value.text, value.quoted);
      return true;
    }
  }
  if (shape.holds == Holds::Selector || (shape.holds == Holds::Create && create)) {
    literal(shape.literal, shape.quoted);
    return true;
  }
  if (shape.list >= 0) return list(shape.list, shape);
  if (!shape.elements.empty()) return json_array(shape, values, create);
  if (shape.members.empty()) return false;
  out_ += '{';
  const bool any = json_members(shape, values, create);
  out_ += '}';
  return any;
}

bool Printer::json_array(const Shape& shape, const std::vector<Outgoing>& values, bool create) {
  bool any = false;
  out_ += '[';
  for (const Shape& element : shape.elements) {
    const std::size_t start = out_.size();
    if (any) out_ += ',';
    bool shown = false;
    if (element.members.empty()) {
      shown = json_value(element, values, create);
    } else {
      out_ += '{';
      shown = json_members(element, values, create);
      out_ += '}';
    }
    if (!shown) out_.resize(start);
    any = any || shown;
  }
  out_ += ']';
  return any;
}

bool Printer::xml_members(const Shape& shape, const std::vector<Outgoing>& values, bool create) {
  bool any = false;
  const auto is_attribute = [](const Shape& each) { return each.name.starts_with('@'); };
  const auto value_of = [&](const Shape& each) -> const std::string* {
    const bool has_rule = each.rule >= 0 && values[static_cast<std::size_t>(each.rule)].state ==
                                                Outgoing::State::Text;
    if (has_rule) return &values[static_cast<std::size_t>(each.rule)].text;
    const bool shown = each.holds == Holds::Selector || (each.holds == Holds::Create && create);
    return shown ? &each.literal : nullptr;
  };
  for (const Shape& member : shape.members) {
    const std::string* text = is_attribute(member) ? value_of(member) : nullptr;
    if (text == nullptr) continue;
    out_ += ' ' + member.name.substr(1) + "=\"";
    document::append_xml_text(out_, *text, document::XmlPlace::Attribute);
    out_ += '"';
    any = any || member.holds != Holds::Selector;
  }
  out_ += '>';
  if (const std::string* text = value_of(shape); text != nullptr && shape.rule >= 0) {
    document::append_xml_text(out_, *text);
    any = true;
  }
  for (const Shape& member : shape.members) {
    if (is_attribute(member)) continue;
    if (member.list >= 0) {
      any = list(member.list, member) || any;
      continue;
    }
    if (!member.elements.empty()) {
      for (Shape element : member.elements) {
        element.name = member.name;
        any = xml_element(element, values, create) || any;
      }
      continue;
    }
    if (xml_element(member, values, create)) any = any || member.holds != Holds::Selector;
  }
  return any;
}

bool Printer::xml_element(const Shape& shape, const std::vector<Outgoing>& values, bool create) {
  const std::size_t start = out_.size();
  const bool leaf = shape.members.empty();
  out_ += '<' + shape.name;
  if (leaf) {
    const bool has_rule = shape.rule >= 0 && values[static_cast<std::size_t>(shape.rule)].state !=
                                                 Outgoing::State::Skip;
    const bool shown = shape.holds == Holds::Selector || (shape.holds == Holds::Create && create);
    if (!has_rule && !shown) {
      out_.resize(start);
      return false;
    }
    out_ += '>';
    document::append_xml_text(
        out_, has_rule ? values[static_cast<std::size_t>(shape.rule)].text : shape.literal);
  } else if (!xml_members(shape, values, create)) {
    out_.resize(start);
    return false;
  }
  out_ += "</" + shape.name + '>';
  return true;
}

}  // namespace channelbridge::mapping
