#include "values_internal.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "channelbridge/document/document.hpp"
#include "channelbridge/document/json_index.hpp"

namespace channelbridge::tryton {
namespace {

using document::Tree;

Tree text_tree(std::string text) { return {.kind = Tree::Kind::Text, .text = std::move(text)}; }

int number_at(const Tree& object, std::string_view name) {
  const Tree* value = object.find(name);
  int out = 0;
  if (value != nullptr)
    std::from_chars(value->text.data(), value->text.data() + value->text.size(), out);
  return out;
}

/// Without the "E+2" that decimals of the server's language may show; at most 40 digits are made.
std::optional<std::string> without_exponent(const std::string& text) {
  if (!document::is_json_number(text)) return std::nullopt;  // NaN, Infinity
  const std::size_t e = text.find_first_of("eE");
  if (e == std::string::npos) return text;
  int exponent = 0;
  const char* from = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
  if (std::from_chars(from, text.data() + text.size(), exponent).ec != std::errc() ||
      exponent > 40 || exponent < -40)
    return std::nullopt;
  std::string digits = text.substr(0, e);
  std::string sign;
  if (digits.front() == '-') {
    sign = "-";
    digits.erase(0, 1);
  }
  std::size_t point = digits.find('.');
  if (point == std::string::npos)
    point = digits.size();
  else
    digits.erase(point, 1);
  auto place = static_cast<std::ptrdiff_t>(point) + exponent;
  if (place <= 0) {
    digits.insert(0, static_cast<std::size_t>(1 - place), '0');
    place = 1;
  }
  if (place > static_cast<std::ptrdiff_t>(digits.size()))
    digits.append(static_cast<std::size_t>(place) - digits.size(), '0');
  if (place < static_cast<std::ptrdiff_t>(digits.size()))
    digits.insert(static_cast<std::size_t>(place), ".");
  const std::size_t zeros = digits.find_first_not_of('0');  // of "0100", not of "0.1"
  if (zeros == std::string::npos)
    digits = "0";
  else
    digits.erase(0, digits[zeros] == '.' ? zeros - 1 : zeros);
  return sign + digits;
}

Result<Tree> plain_typed(const Tree& value, const std::string& type) {
  char out[64];
  if (type == "Decimal") {
    const Tree* decimal = value.find("decimal");
    auto text = decimal == nullptr ? std::nullopt : without_exponent(decimal->text);
    if (text) return Tree{.kind = Tree::Kind::Number, .text = std::move(*text)};
    return Error(ErrorCode::Protocol, "a Decimal that is no finite number");
  }
  if (type == "date") {
    std::snprintf(out, sizeof out, "%04d-%02d-%02d", number_at(value, "year"),
                  number_at(value, "month"), number_at(value, "day"));
    return text_tree(out);
  }
  if (type == "datetime") {
    std::snprintf(out, sizeof out, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", number_at(value, "year"),
                  number_at(value, "month"), number_at(value, "day"), number_at(value, "hour"),
                  number_at(value, "minute"), number_at(value, "second"),
                  number_at(value, "microsecond"));
    return text_tree(out);
  }
  if (type == "time") {
    std::snprintf(out, sizeof out, "%02d:%02d:%02d.%06d", number_at(value, "hour"),
                  number_at(value, "minute"), number_at(value, "second"),
                  number_at(value, "microsecond"));
    return text_tree(out);
  }
  if (type == "timedelta") {
    const Tree* seconds = value.find("seconds");
    if (seconds != nullptr) return Tree{.kind = Tree::Kind::Number, .text = seconds->text};
  }
  if (type == "bytes") {
    const Tree* bytes = value.find("base64");
    std::string text = bytes == nullptr ? std::string() : bytes->text;
    std::erase(text, '\n');
    return text_tree(std::move(text));
  }
  return Error(ErrorCode::Protocol, "a value of the unknown class " + type);
}

Result<Tree> plain_value(const Tree& value) {
  if (value.kind == Tree::Kind::Array) {
    Tree out{.kind = Tree::Kind::Array};
    for (const Tree& element : value.children) {
      auto converted = plain_value(element);
      if (!converted) return converted;
      out.children.push_back(std::move(*converted));
    }
    return out;
  }
  if (value.kind != Tree::Kind::Object) return Tree{.kind = value.kind, .text = value.text};
  if (const Tree* type = value.find("__class__"); type != nullptr)
    return plain_typed(value, type->text);
  return plain(value);
}

Error unfit(std::string_view name, const std::string& why) {
  return Error(ErrorCode::Rejected, "the field '" + std::string(name) + "' takes " + why)
      .with_sent(Sent::No);
}

Result<std::string> wire_time(std::string_view name, const std::string& text) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  int micro = 0;
  if (std::sscanf(text.c_str(), "%2d:%2d:%2d.%6d", &hour, &minute, &second, &micro) < 2)
    return unfit(name, "a time of day");
  char out[128];
  std::snprintf(out, sizeof out,
                R"({"__class__":"time","hour":%d,"minute":%d,"second":%d,"microsecond":%d})", hour,
                minute, second, micro);
  return std::string(out);
}

}  // namespace

Result<Tree> plain(const Tree& row) {
  Tree out{.kind = Tree::Kind::Object};
  for (const Tree& member : row.children) {
    const bool related = member.name.ends_with('.');
    if (!related && row.find(member.name + ".") != nullptr) continue;
    auto value = plain_value(member);
    if (!value) return value;
    value->name = related ? member.name.substr(0, member.name.size() - 1) : member.name;
    out.children.push_back(std::move(*value));
  }
  // The server's own order changes from start to start.
  std::sort(out.children.begin(), out.children.end(),
            [](const Tree& a, const Tree& b) { return a.name < b.name; });
  return out;
}

std::string json_of(const Tree& tree) {
  std::string out;
  const auto list = [&out, &tree](char open, char close, bool named) {
    out += open;
    for (const Tree& child : tree.children) {
      if (out.size() > 1) out += ',';
      if (named) {
        document::append_json_string(out, child.name);
        out += ':';
      }
      out += json_of(child);
    }
    out += close;
  };
  switch (tree.kind) {
    case Tree::Kind::Object:
      list('{', '}', true);
      break;
    case Tree::Kind::Array:
      list('[', ']', false);
      break;
    case Tree::Kind::Text:
      document::append_json_string(out, tree.text);
      break;
    case Tree::Kind::Null:
      return "null";
    case Tree::Kind::Number:
    case Tree::Kind::Boolean:
      return tree.text;
  }
  return out;
}

std::string wire_datetime(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char out[192];
  std::snprintf(out, sizeof out,
                R"({"__class__":"datetime","year":%d,"month":%u,"day":%u,"hour":%d,"minute":%d,)"
                R"("second":%d,"microsecond":%d})",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return out;
}

Result<std::string> wire_value(const Model::Field& field, std::string_view name,
                               const Tree& value) {
  if (value.kind == Tree::Kind::Null) return std::string("null");
  const std::string& text = value.text;
  const std::string& type = field.type;
  const bool scalar = value.kind == Tree::Kind::Text || value.kind == Tree::Kind::Number;
  if (type == "boolean") {
    if (text == "true" || text == "false") return text;
    return unfit(name, "true or false");
  }
  if (type == "numeric" || type == "float" || type == "integer" || type == "bigint" ||
      type == "timedelta") {
    if (!scalar || !document::is_json_number(text)) return unfit(name, "a number");
    if (type == "numeric") return R"({"__class__":"Decimal","decimal":")" + text + "\"}";
    if (type == "timedelta") return R"({"__class__":"timedelta","seconds":)" + text + "}";
    const bool whole = text.find_first_of(".eE") == std::string::npos;
    if (type != "float" && !whole) return unfit(name, "a whole number");
    return text;
  }
  if (type == "date") {
    int year = 0;
    int month = 0;
    int day = 0;
    if (std::sscanf(text.c_str(), "%4d-%2d-%2d", &year, &month, &day) != 3)
      return unfit(name, "a date");
    char out[96];
    std::snprintf(out, sizeof out, R"({"__class__":"date","year":%d,"month":%d,"day":%d})", year,
                  month, day);
    return std::string(out);
  }
  if (type == "datetime" || type == "timestamp") {
    const auto time = parse_iso8601(text);
    if (!time) return unfit(name, "a time with its zone");
    return wire_datetime(*time);
  }
  if (type == "time") return wire_time(name, text);
  if (type == "binary") return R"({"__class__":"bytes","base64":)" + json_text(text) + "}";
  if (type == "many2one") {
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) return unfit(name, "the id of a " + field.relation);
    return text;
  }
  if (type == "multiselection" || type == "dict") return json_of(value);
  if (!scalar) return unfit(name, "a text");
  return json_text(text);
}

std::string scalar_text(const Tree& value) {
  return value.kind == Tree::Kind::Null ? std::string() : value.text;
}

std::optional<Timestamp> time_at(const Tree& document, std::string_view name) {
  const Tree* value = document.find(name);
  if (value == nullptr || value->kind != Tree::Kind::Text) return std::nullopt;
  return parse_iso8601(value->text);
}

}  // namespace channelbridge::tryton
