#include "rules_internal.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "channelbridge/model/decimal.hpp"
#include "text_internal.hpp"

namespace channelbridge::model {
namespace {

/// One step of a record's history.
struct HistoryStep {
  std::string from{};
  std::string to{};
  Timestamp at{};
  bool foreign{};
};

std::vector<HistoryStep> history_of(const Fields& fields) {
  std::vector<HistoryStep> out;
  for (const auto& [path, to] : fields) {
    const auto element = split_element(path);
    if (!element || element->list != "state_history" || element->field != "to") continue;
    const auto value = [&fields, id = element->element](std::string_view name) {
      return get(fields, element_path("state_history", id, name)).value_or("");
    };
    if (const auto at = parse_iso8601(value("at")))
      out.push_back({value("from"), to, *at, value("by").starts_with("adapter:")});
  }
  return out;
}

}  // namespace

void check_order(const Fields& fields, std::string_view start, std::string_view end,
                 std::vector<Problem>& problems) {
  for (const auto& [path, first] : fields) {
    if (!path.ends_with(start)) continue;
    const std::string prefix = path.substr(0, path.size() - start.size());
    if (!prefix.empty() && prefix.back() != '.') continue;
    const std::string other = prefix + std::string(end);
    // Canonical dates and times of four-digit years sort as text.
    if (const Value last = get(fields, other); last && *last < first)
      problems.push_back({.path = other, .rule = "order", .message = "is before " + path});
  }
}

void check_sum_of_lines(const Fields& fields, std::string_view money,
                        std::vector<Problem>& problems) {
  const std::string whole_path = std::string(money) + ".amount";
  const Value text = get(fields, whole_path);
  const auto whole = text ? Decimal::parse(*text) : std::nullopt;
  const Value currency = get(fields, std::string(money) + ".currency");
  if (!whole || !currency) return;
  std::set<std::string_view> lines, added;
  Decimal sum;
  for (const auto& [path, value] : fields) {
    const auto element = split_element(path);
    if (!element || element->list != "lines") continue;
    lines.insert(element->element);
    if (element->field != "amount" ||
        get(fields, element_path("lines", element->element, "currency")) != currency)
      continue;
    const auto amount = Decimal::parse(value);
    if (!amount) return;
    auto longer = add(sum, *amount);
    if (!longer) return;
    sum = *longer;
    added.insert(element->element);
  }
  if (!added.empty() && added.size() == lines.size() && sum != *whole)
    problems.push_back(
        {.path = whole_path,
         .rule = "sum_of_lines",
         .message = "is " + *text + ", the lines add up to " + to_string(sum) + " " + *currency});
}

void check_share(const Fields& fields, std::string_view row_path, std::vector<Problem>& problems) {
  for (const auto& [path, value] : fields) {
    const auto element = split_element(path);
    const std::string row = element ? element_path(element->list, {}, element->field) : path;
    const auto share = row == row_path ? Decimal::parse(value) : std::nullopt;
    if (share && (share->sign() < 0 || *share > Decimal(100)))
      problems.push_back(
          {.path = path, .rule = "share", .message = "is " + value + " %, not between 0 and 100"});
  }
}

std::optional<LastStep> last_step(const Fields& fields, std::string_view state) {
  const Value now = get(fields, state);
  std::optional<LastStep> out;
  std::optional<Timestamp> latest;
  for (const HistoryStep& step : history_of(fields)) {
    latest = std::max(latest.value_or(step.at), step.at);
    if (step.to == now && (!out || step.at >= out->at))
      out = LastStep{.from = step.from, .at = step.at, .foreign = step.foreign};
  }
  return out && out->at == *latest ? out : std::nullopt;
}

void check_resumed(const Fields& fields, std::string_view state, std::string_view interruption,
                   std::string_view end, std::vector<Problem>& problems) {
  const auto last = last_step(fields, state);
  const Value now = get(fields, state);
  if (!last || last->foreign || last->from != interruption || *now == end) return;
  std::optional<HistoryStep> interrupted;
  for (HistoryStep& step : history_of(fields)) {
    if (step.to == interruption && step.at <= last->at &&
        (!interrupted || step.at >= interrupted->at))
      interrupted = std::move(step);
  }
  if (interrupted && !interrupted->from.empty() && interrupted->from != *now)
    problems.push_back({.path = std::string(state),
                        .rule = "resumed",
                        .message = "was " + std::string(interruption) + " since " +
                                   interrupted->from + ", and goes on as " + *now});
}

std::string identity_email(std::string_view email) { return lower(email); }

std::string web_domain(std::string_view web) {
  if (const auto scheme = web.find("://"); scheme != std::string_view::npos)
    web.remove_prefix(scheme + 3);
  if (web.starts_with("www.")) web.remove_prefix(4);
  return std::string(web.substr(0, web.find_first_of("/?#:")));
}

bool is_public_mail_domain(std::string_view domain) {
  constexpr std::array<std::string_view, 24> kPublic{
      "126.com",        "163.com",     "aol.com",     "gmail.com",  "gmx.de",   "gmx.net",
      "googlemail.com", "hotmail.com", "icloud.com",  "interia.pl", "live.com", "mail.com",
      "mail.ru",        "me.com",      "msn.com",     "o2.pl",      "onet.pl",  "outlook.com",
      "proton.me",      "qq.com",      "t-online.de", "web.de",     "wp.pl",    "yahoo.com"};
  return std::find(kPublic.begin(), kPublic.end(), domain) != kPublic.end();
}

}  // namespace channelbridge::model
