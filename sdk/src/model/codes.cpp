#include "channelbridge/model/codes.hpp"

#include <algorithm>

#include "canonical_internal.hpp"
#include "code_tables_internal.hpp"
#include "text_internal.hpp"

namespace channelbridge::model {
namespace {

template <typename Rows, typename Member>
auto find_row(const Rows& rows, Member member, std::string_view key) {
  const auto found = std::lower_bound(
      rows.begin(), rows.end(), key,
      [member](const auto& row, std::string_view wanted) { return row.*member < wanted; });
  return found != rows.end() && (*found).*member == key ? &*found : nullptr;
}

const CurrencyRow* find_currency(std::string_view code) {
  return find_row(currencies(), &CurrencyRow::code, code);
}

bool is_two_letter_language(std::string_view code) {
  const auto rows = languages();
  return std::any_of(rows.begin(), rows.end(),
                     [code](const NameRow& row) { return row.code == code; });
}

/// The primary language subtag: the shortest code that exists (RFC 5646, section 4.5).
std::optional<std::string> primary_language(std::string_view subtag) {
  if (!all_of(subtag, is_letter)) return std::nullopt;
  std::string code = lower(subtag);
  if (code.size() == 2) {
    // Withdrawn in 1989, still written by Java platforms.
    for (const auto& [old, now] : {std::pair{"iw", "he"}, {"in", "id"}, {"ji", "yi"}}) {
      if (code == old) return now;
    }
    if (!is_two_letter_language(code)) return std::nullopt;
    return code;
  }
  if (code.size() != 3) return std::nullopt;
  if (const NameRow* row = find_row(languages(), &NameRow::name, code))
    return std::string(row->code);
  return code;
}

}  // namespace

std::optional<std::string> canonical_country(std::string_view text) {
  if (text.size() == 2) {
    std::string code = upper(text);
    if (code == "EL") code = "GR";  // as the European Union writes Greece
    if (code == "UK") code = "GB";
    if (find_row(countries(), &CountryRow::alpha2, code) != nullptr) return code;
  } else if (text.size() == 3) {
    const std::string code = upper(text);
    for (const CountryRow& row : countries()) {
      if (row.alpha3 == code) return std::string(row.alpha2);
    }
  }
  if (text.size() > 80) return std::nullopt;
  const NameRow* row = find_row(country_names(), &NameRow::name, lower(text));
  if (row == nullptr) return std::nullopt;
  return std::string(row->code);
}

std::optional<std::string> canonical_currency(std::string_view text) {
  if (text.size() != 3) return std::nullopt;
  std::string code = upper(text);
  if (find_currency(code) == nullptr) return std::nullopt;
  return code;
}

std::optional<std::string> canonical_language(std::string_view text) {
  // RFC 5646: language ["-" extlang] ["-" script] ["-" region] *("-" variant) *("-" extension) ["-"
  // privateuse]
  enum class Part { Primary, Extlang, Script, Region, Variant, Extension, Private };
  if (text.size() > 60) return std::nullopt;
  std::string out;
  Part part = Part::Primary;
  bool after_singleton = false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find_first_of("-_", begin), text.size());
    const std::string_view subtag = text.substr(begin, end - begin);
    begin = end + 1;
    if (subtag.empty() || subtag.size() > 8 || !all_of(subtag, is_alnum)) return std::nullopt;
    const bool letters = all_of(subtag, is_letter);
    if (out.empty()) {
      auto language = primary_language(subtag);
      if (!language) return std::nullopt;
      out = std::move(*language);
      continue;
    }
    out += '-';
    if (part == Part::Private || (part == Part::Extension && subtag.size() > 1)) {
      out += lower(subtag);
    } else if (subtag.size() == 1) {
      if (after_singleton) return std::nullopt;
      part = lower(subtag.front()) == 'x' ? Part::Private : Part::Extension;
      after_singleton = true;
      out += lower(subtag);
      continue;
    } else if (part == Part::Primary && letters && subtag.size() == 3) {
      part = Part::Extlang;
      out += lower(subtag);
    } else if (part < Part::Script && letters && subtag.size() == 4) {
      part = Part::Script;
      out += upper(subtag.front());
      out += lower(subtag.substr(1));
    } else if (part < Part::Region && ((letters && subtag.size() == 2) ||
                                       (subtag.size() == 3 && all_of(subtag, is_digit)))) {
      part = Part::Region;
      out += upper(subtag);
    } else if (subtag.size() >= 5 || (subtag.size() == 4 && is_digit(subtag.front()))) {
      part = Part::Variant;
      out += lower(subtag);
    } else {
      return std::nullopt;
    }
    after_singleton = false;
  }
  if (after_singleton) return std::nullopt;
  return out;
}

int minor_unit(const Currency& currency) {
  const CurrencyRow* row = find_currency(currency.text());
  return row != nullptr ? row->exponent : 2;
}

bool is_withdrawn(const Currency& currency) {
  const CurrencyRow* row = find_currency(currency.text());
  return row != nullptr && row->withdrawn;
}

}  // namespace channelbridge::model
