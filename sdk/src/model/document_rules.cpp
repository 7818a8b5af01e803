#include "document_rules_internal.hpp"

#include <algorithm>
#include <map>

namespace channelbridge::model {

std::vector<std::string_view> element_ids(const Fields& fields, std::string_view list) {
  std::vector<std::string_view> ids;
  const std::string prefix = std::string(list) + "[";
  for (auto it = fields.lower_bound(prefix); it != fields.end() && it->first.starts_with(prefix);
       ++it) {
    // All paths of an element begin alike, so they stand together.
    const auto path = split_element(it->first);
    if (path && (ids.empty() || ids.back() != path->element)) ids.push_back(path->element);
  }
  return ids;
}

std::optional<Decimal> number_at(const Fields& fields, std::string_view path) {
  const auto found = fields.find(path);
  return found == fields.end() ? std::nullopt : Decimal::parse(found->second);
}

void check_currency(const Fields& fields, std::span<const std::string_view> amounts,
                    std::vector<Problem>& problems) {
  if (fields.contains("currency")) return;
  std::string first;
  std::size_t count = 0;
  for (const auto& [path, value] : fields) {
    const auto element = split_element(path);
    const std::string row = element ? element_path(element->list, {}, element->field) : path;
    const bool is_amount =
        std::any_of(amounts.begin(), amounts.end(), [&row](std::string_view amount) {
          return amount.ends_with('.') ? row.starts_with(amount) : row == amount;
        });
    if (!is_amount) continue;
    if (++count == 1) first = path;
  }
  if (count == 0) return;
  std::string message = "is missing beside " + first;
  if (count > 1) message += " and " + std::to_string(count - 1) + " more";
  problems.push_back(
      {.path = "currency", .rule = "currency_missing", .message = std::move(message)});
}

DocumentFigures::DocumentFigures(const Fields& fields, std::vector<Problem>& problems,
                                 Rounding rounding)
    : fields_(fields), problems_(problems), rounding_(rounding) {
  const auto currency = Currency::parse(get(fields, "currency").value_or(""));
  if (!currency) return;
  judged_ = true;
  decimals_ = minor_unit(*currency);
}

std::optional<Decimal> DocumentFigures::figure(std::string_view list, std::string_view element,
                                               std::string_view field) const {
  return number_at(fields_, element_path(list, element, field));
}

void DocumentFigures::compare(std::string_view rule, std::string path, const Decimal& stated,
                              const Result<Decimal>& calculated, const std::string& formula) const {
  std::string message;
  if (!calculated) {
    message = "is " + to_string(stated) + ", and " + formula +
              " cannot be calculated: " + calculated.error().message();
  } else {
    const Decimal expected = rounded(*calculated);
    if (stated == expected) return;
    message = "is " + to_string(stated, decimals_) + ", but " + formula + " = " +
              to_string(expected, decimals_);
    if (const auto difference = subtract(stated, expected))
      message += ", a difference of " + to_string(*difference, decimals_);
  }
  problems_.push_back(
      {.path = std::move(path), .rule = std::string(rule), .message = std::move(message)});
}

void DocumentFigures::check_line_amounts(std::string_view price, std::string_view amount) const {
  if (!judged_) return;
  for (const std::string_view id : element_ids(fields_, "lines")) {
    const auto stated = figure("lines", id, amount);
    const auto unit_price = figure("lines", id, price);
    const auto quantity = figure("lines", id, "qty.value");
    if (!stated || !unit_price || !quantity) continue;
    const auto calculated = multiply(*unit_price, *quantity);
    const std::string formula =
        std::string(price) + " " + to_string(*unit_price) + " x qty " + to_string(*quantity);
    compare("line_amount", element_path("lines", id, amount), *stated, calculated, formula);
  }
}

void DocumentFigures::compare_prices(std::string path, const std::optional<Decimal>& stated,
                                     const std::optional<Decimal>& expected,
                                     const std::string& formula) const {
  if (!stated || !expected) return;
  const auto difference = subtract(*stated, *expected);
  const Decimal one(1, decimals_);  // each of the two may have been rounded
  if (!difference || (*difference <= one && -*difference <= one)) return;
  std::string message = "is " + to_string(*stated) + ", but " + formula + " is " +
                        to_string(*expected) + ", a difference of " + to_string(*difference);
  problems_.push_back(
      {.path = std::move(path), .rule = "price_waterfall", .message = std::move(message)});
}

void DocumentFigures::check_waterfall() const {
  if (!judged_) return;
  std::map<std::string, std::map<Decimal, std::string_view>> steps_of;  // by the line's number
  for (const std::string_view id : element_ids(fields_, "adjustments")) {
    const Value line = get(fields_, element_path("adjustments", id, "line"));
    const auto no = figure("adjustments", id, "no");
    if (line && no) steps_of[*line].emplace(*no, id);
  }
  for (const std::string_view line : element_ids(fields_, "lines")) {
    const auto steps = steps_of.find(get(fields_, element_path("lines", line, "no")).value_or(""));
    if (steps == steps_of.end()) continue;
    auto running = figure("lines", line, "list_price");
    std::string from = "the list price of line " + steps->first;
    for (const auto& [no, id] : steps->second) {
      const auto before = figure("adjustments", id, "before");
      const auto after = figure("adjustments", id, "after");
      const auto amount = figure("adjustments", id, "amount");
      compare_prices(element_path("adjustments", id, "before"), before, running, from);
      if (before && amount) {
        if (const auto left = subtract(*before, *amount))
          compare_prices(element_path("adjustments", id, "after"), after, *left,
                         "before " + to_string(*before) + " - amount " + to_string(*amount));
      }
      running = after;
      from = "the price after step " + to_string(no) + " of line " + steps->first;
    }
    compare_prices(element_path("lines", line, "net_price"), figure("lines", line, "net_price"),
                   running, from);
  }
}

bool DocumentFigures::is_part(const Decimal& amount, const Percent& percent, const Decimal& base,
                              bool or_less) const {
  const auto whole = part(percent, base);
  const auto beyond = whole ? subtract(amount, *whole) : whole;
  if (!beyond) return true;
  const Decimal one(1, decimals_);  // the amount may have been rounded
  if (*beyond <= one && -*beyond <= one) return true;
  return or_less && beyond->sign() < 0 && amount.sign() >= 0;
}

std::vector<Decimal> DocumentFigures::percent_bases(std::string_view step, std::string_view first,
                                                    std::string_view line) const {
  std::vector<Decimal> bases;
  const auto take = [&bases](const std::optional<Decimal>& price) {
    if (price) bases.push_back(*price);
  };
  take(figure("adjustments", step, "before"));
  if (!first.empty()) {
    // Percentages that are summed are of the price before their level, or behind the step that
    // brings in the term.
    take(figure("adjustments", first, "before"));
    take(figure("adjustments", first, "after"));
  }
  const Value level = get(fields_, element_path("adjustments", step, "level"));
  if (level != "partner" && level != "net") return bases;
  const auto list = figure("lines", line, "list_price");
  if (!list) return {};
  take(list);
  if (const auto prorate = figure("lines", line, "prorate")) {
    if (const auto prorated = multiply(*list, *prorate)) bases.push_back(*prorated);
  }
  return bases;
}

void DocumentFigures::check_adjustment_percents() const {
  if (!judged_) return;
  std::map<std::string, std::string_view> lines;  // by their number
  for (const std::string_view id : element_ids(fields_, "lines")) {
    if (const Value no = get(fields_, element_path("lines", id, "no"))) lines.emplace(*no, id);
  }
  const auto level_of = [this](std::string_view id) {
    const auto value = [&](std::string_view field) {
      return get(fields_, element_path("adjustments", id, field)).value_or("");
    };
    return std::pair(value("line"), value("level"));
  };
  const auto ids = element_ids(fields_, "adjustments");
  std::map<std::pair<std::string, std::string>, std::map<Decimal, std::string_view>> steps_of;
  for (const std::string_view id : ids) {
    if (const auto no = figure("adjustments", id, "no")) steps_of[level_of(id)].emplace(*no, id);
  }
  for (const std::string_view id : ids) {
    const auto pct = figure("adjustments", id, "pct");
    const auto amount = figure("adjustments", id, "amount");
    const auto before = figure("adjustments", id, "before");
    const auto level = level_of(id);
    const auto line = lines.find(level.first);
    if (!pct || !amount || !before || line == lines.end()) continue;
    const auto steps = steps_of.find(level);
    const auto bases = percent_bases(
        id, steps == steps_of.end() ? "" : steps->second.begin()->second, line->second);
    // What an agreement grants may have been cut to its cap.
    const bool or_less = fields_.contains(element_path("adjustments", id, "agreement"));
    const bool agrees = std::any_of(bases.begin(), bases.end(), [&](const Decimal& base) {
      return is_part(*amount, Percent{*pct}, base, or_less);
    });
    const auto expected = part(Percent{*pct}, *before);
    if (bases.empty() || agrees || !expected) continue;
    std::string message = "is " + to_string(*amount) + ", but pct " + to_string(*pct) +
                          " of before " + to_string(*before) + " is " + to_string(*expected);
    if (const auto difference = subtract(*amount, *expected))
      message += ", a difference of " + to_string(*difference);
    problems_.push_back({.path = element_path("adjustments", id, "amount"),
                         .rule = "adjustment_pct",
                         .message = std::move(message)});
  }
}

void DocumentFigures::check_sum(std::string_view rule, std::string_view total,
                                std::string_view list, std::string_view amount) const {
  const auto stated = number_at(fields_, total);
  const auto ids = element_ids(fields_, list);
  if (!judged_ || !stated || ids.empty()) return;
  Result<Decimal> sum{Decimal()};
  std::size_t count = 0;
  for (const std::string_view id : ids) {
    if (get(fields_, element_path(list, id, "optional")) == "true") continue;
    const auto part = figure(list, id, amount);
    if (!part) return;
    ++count;
    sum =
        std::move(sum).and_then([&](const Decimal& so_far) { return add(so_far, rounded(*part)); });
  }
  compare(rule, std::string(total), *stated, sum,
          "the sum of " + element_path(list, {}, amount) + " of " + std::to_string(count) +
              (count == 1 ? " element" : " elements"));
}

void DocumentFigures::check_total(std::string_view rule, std::string_view total,
                                  std::span<const Term> terms) const {
  const auto stated = number_at(fields_, total);
  if (!judged_ || !stated) return;
  Result<Decimal> sum{Decimal()};
  std::string formula;
  for (const Term& term : terms) {
    const auto value = number_at(fields_, term.path);
    if (!value) return;
    sum = std::move(sum).and_then([&](const Decimal& so_far) {
      return term.taken_off ? subtract(so_far, *value) : add(so_far, *value);
    });
    if (!formula.empty()) formula += term.taken_off ? " - " : " + ";
    formula += std::string(term.path.substr(term.path.rfind('.') + 1)) + " " +
               to_string(*value, decimals_);
  }
  compare(rule, std::string(total), *stated, sum, formula);
}

void DocumentFigures::check_tax_amounts(std::string_view list) const {
  if (!judged_) return;
  for (const std::string_view id : element_ids(fields_, list)) {
    const auto stated = figure(list, id, "amount");
    const auto base = figure(list, id, "base");
    const auto rate = figure(list, id, "rate");
    if (!stated || !base || !rate) continue;
    compare("tax_amount", element_path(list, id, "amount"), *stated, part(Percent{*rate}, *base),
            "base " + to_string(*base, decimals_) + " x rate " + to_string(*rate) + " %");
  }
}

void DocumentFigures::check_equal(std::string_view rule, const std::string& path,
                                  const Result<Decimal>& calculated,
                                  const std::string& formula) const {
  const auto stated = number_at(fields_, path);
  if (judged_ && stated) compare(rule, path, *stated, calculated, formula);
}

void DocumentFigures::check_at_most(std::string_view rule, const std::string& path,
                                    const std::string& limit) const {
  const auto most = number_at(fields_, limit);
  const auto stated = number_at(fields_, path);
  if (!judged_ || !most || !stated || *stated <= *most) return;
  exceeds(rule, path, *stated, *most,
          limit.substr(limit.find_last_of(".]") + 1) + " " + shown(*most));
}

void DocumentFigures::check_at_most(std::string_view rule, const std::string& path,
                                    const Result<Decimal>& calculated,
                                    const std::string& formula) const {
  const auto stated = number_at(fields_, path);
  if (!judged_ || !stated) return;
  if (!calculated) return compare(rule, path, *stated, calculated, formula);
  const Decimal most = rounded(*calculated);
  if (*stated > most) exceeds(rule, path, *stated, most, formula + " = " + shown(most));
}

void DocumentFigures::exceeds(std::string_view rule, const std::string& path, const Decimal& stated,
                              const Decimal& most, const std::string& limit) const {
  std::string message = "is " + shown(stated) + ", more than " + limit;
  if (const auto difference = subtract(stated, most))
    message += ", a difference of " + shown(*difference);
  problems_.push_back({.path = path, .rule = std::string(rule), .message = std::move(message)});
}

std::vector<std::string> issued_number(const Fields& fields, std::string_view issuer) {
  const Value by = get(fields, issuer);
  const Value number = get(fields, "number");
  return by && number ? std::vector{*by + "/" + *number} : std::vector<std::string>{};
}

void lock_fields(const Fields& before, const Fields& after,
                 bool (*may_change)(std::string_view path), const std::string& reason,
                 std::vector<Problem>& problems) {
  const auto lock = [&](const std::string& path, std::string_view what) {
    if (may_change(path)) return;
    problems.push_back({.path = path,
                        .rule = "locked",
                        .message = "cannot be " + std::string(what) + ": " + reason});
  };
  auto was = before.begin();
  auto is = after.begin();
  while (was != before.end() || is != after.end()) {
    if (is == after.end() || (was != before.end() && was->first < is->first)) {
      lock(was->first, "emptied");
      ++was;
    } else if (was == before.end() || is->first < was->first) {
      lock(is->first, "filled");
      ++is;
    } else {
      if (was->second != is->second) lock(is->first, "changed");
      ++was;
      ++is;
    }
  }
}

}  // namespace channelbridge::model
