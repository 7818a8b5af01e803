#include "places_internal.hpp"

#include <algorithm>

namespace channelbridge::mapping {

namespace {

using State = Value::State;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// "12", "12a", "3-5", "7/2".
bool is_number(std::string_view word) {
  return !word.empty() && is_digit(word.front()) &&
         std::all_of(word.begin(), word.end(), [](char c) {
           return is_digit(c) || is_letter(c) || c == '/' || c == '-' || c == '.';
         });
}

/// Where the last word begins; 0 = there is no word before it that ends with one blank only.
std::size_t last_word(std::string_view line) {
  const std::size_t blank = line.rfind(' ');
  if (blank == std::string_view::npos || blank == 0 || line[blank - 1] == ' ') return 0;
  return blank + 1;
}

}  // namespace

Value settled(const Rule& rule, const Value& value, bool full) {
  const bool empty = value.state == State::Absent && full && rule.absent == Absent::Null;
  return empty ? Value{.state = State::Null} : value;
}

bool is_empty(const Value& value) {
  return value.state == State::Null || (value.state == State::Text && value.text.empty());
}

Value together(const Rule& rule, const Value& first, const Value& second, bool full,
               std::string& buffer) {
  const Value one = settled(rule, first, full);
  const Value other = settled(rule, second, full);
  const bool one_empty = is_empty(one);
  if (rule.second_is == Second::Otherwise) return one_empty ? other : one;
  for (const Value& value : {one, other}) {
    if (value.state != State::Text && value.state != State::Null) return value;
  }
  if (other.text.empty()) return one;
  if (one_empty) return other;
  buffer = join_house_number(one.text, other.text);
  return {.state = State::Text, .text = buffer};
}

StreetLine split_house_number(std::string_view line, std::size_t longest) {
  std::size_t at = last_word(line);
  if (at == 0) return {.street = line};
  // "12 a": one letter behind the digits belongs to them.
  if (line.size() - at == 1 && is_letter(line[at])) {
    const std::size_t before = last_word(line.substr(0, at - 1));
    if (before == 0 || !is_number(line.substr(before, at - 1 - before))) return {.street = line};
    at = before;
  } else if (!is_number(line.substr(at))) {
    return {.street = line};
  }
  if (longest > 0 && line.size() - at > longest) return {.street = line};
  return {.street = line.substr(0, at - 1), .number = line.substr(at)};
}

std::string join_house_number(std::string_view street, std::string_view number) {
  std::string out(street);
  if (!street.empty() && !number.empty()) out += ' ';
  return out.append(number);
}

}  // namespace channelbridge::mapping
