#include "fund_rules_internal.hpp"

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <optional>

#include "channelbridge/model/date.hpp"
#include "channelbridge/model/transition.hpp"
#include "document_rules_internal.hpp"

namespace channelbridge::model {
namespace {

struct StepOfSomebody {
  std::string to{};
  std::string by{};
  Timestamp at{};
};

/// The last step to one of these states, not after that time.
std::optional<StepOfSomebody> latest_step(const Fields& fields,
                                          std::span<const std::string_view> states,
                                          const std::optional<Timestamp>& until) {
  std::optional<StepOfSomebody> out;
  for (const std::string_view id : element_ids(fields, "state_history")) {
    const auto value = [&fields, id](std::string_view field) {
      return get(fields, element_path("state_history", id, field)).value_or("");
    };
    const std::string to = value("to");
    const auto at = parse_iso8601(value("at"));
    if (!at || (until && *until < *at) || (out && *at < out->at) ||
        std::find(states.begin(), states.end(), to) == states.end())
      continue;
    out = StepOfSomebody{.to = to, .by = value("by"), .at = *at};
  }
  return out;
}

/// Letters and digits in one case; all else between them is one blank.
std::string folded_words(std::string_view text) {
  const icu::UnicodeString folded =
      icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())})
          .foldCase();
  icu::UnicodeString out;
  bool gap = false;
  for (std::int32_t at = 0; at < folded.length(); at = folded.moveIndex32(at, 1)) {
    const UChar32 character = folded.char32At(at);
    if (u_isalnum(character) == 0) {
      gap = true;
      continue;
    }
    if (gap && !out.isEmpty()) out.append(u' ');
    gap = false;
    out.append(character);
  }
  std::string words;
  return out.toUTF8String(words);
}

// What stands at the end of a name; a form with a blank before it is a word of its own.
constexpr std::array<std::string_view, 54> kLegalForms{
    " ab",           " publ",         " ag",          " gmbh",        " mbh",     " kg",
    " kgaa",         " ohg",          " ug",          " co",          " se",      " ltd",
    " limited",      " plc",          " llc",         " llp",         " lp",      " inc",
    " corp",         " incorporated", " corporation", " sp z o o",    " sp z oo", " sp zoo",
    " spółka z o o", " s a",          " sa",          " sas",         " s r l",   " srl",
    " sarl",         " s p a",        " spa",         " b v",         " bv",      " n v",
    " nv",           " oy",           " oyj",         " a s",         " as",      " asa",
    " aps",          " s r o",        " sro",         " kft",         " zrt",     " d o o",
    " doo",          " pty",          "股份有限公司", "有限责任公司", "有限公司", " k k"};

}  // namespace

void check_two_people(const Fields& fields, std::span<const std::string_view> first,
                      std::span<const std::string_view> second, std::vector<Problem>& problems) {
  const auto later = latest_step(fields, second, std::nullopt);
  if (!later || person_key(later->by).empty()) return;
  const auto earlier = latest_step(fields, first, later->at);
  if (!earlier || person_key(earlier->by) != person_key(later->by)) return;
  problems.push_back({.path = "status",
                      .rule = "two_people",
                      .message = "went to " + later->to + " by " + later->by +
                                 ", who had taken it to " + earlier->to +
                                 ": these are steps of two people"});
}

void check_denied(const Fields& fields, std::string_view list, std::string_view amount,
                  std::vector<Problem>& problems) {
  for (const std::string_view id : element_ids(fields, list)) {
    std::string path = element_path(list, id, amount);
    const auto granted = number_at(fields, path);
    if (get(fields, element_path(list, id, "decision")) != "denied" || !granted ||
        granted->is_zero())
      continue;
    problems.push_back({.path = std::move(path),
                        .rule = "denied",
                        .message = "is " + to_string(*granted) + ", and the line is denied"});
  }
}

std::string company_key(std::string_view name) {
  std::string words = folded_words(name);
  for (bool shorter = true; shorter;) {
    shorter = false;
    for (const std::string_view form : kLegalForms) {
      // A name that is nothing but a legal form keeps it.
      if (words.size() <= form.size() || !words.ends_with(form)) continue;
      words.resize(words.size() - form.size());
      shorter = true;
    }
  }
  std::erase(words, ' ');
  return words;
}

}  // namespace channelbridge::model
