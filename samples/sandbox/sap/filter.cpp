#include <algorithm>
#include <map>

#include "sandbox/sap/query.hpp"
#include "sandbox/sap/refusal.hpp"

namespace channelbridge::sandbox::odata {
namespace {

[[noreturn]] void invalid(const std::string& why) {
  refuse(400, kBadRequest, "Invalid filter: " + why);
}

class Parser {
 public:
  Parser(std::string_view text, const Table& table, const Store& store, const Settings& settings)
      : text_(text), table_(table), store_(store), settings_(settings) {}

  std::unique_ptr<Filter> parse() {
    auto filter = disjunction();
    if (!peek().empty()) invalid("unexpected '" + std::string(peek()) + "'");
    return filter;
  }

 private:
  static constexpr int kDeepest = 50;

  std::string_view peek() {
    if (!token_) token_ = scan();
    return *token_;
  }
  std::string_view take() {
    const std::string_view token = peek();
    token_.reset();
    return token;
  }
  bool accept(std::string_view wanted) {
    if (peek() != wanted) return false;
    take();
    return true;
  }
  void expect(std::string_view wanted) {
    if (!accept(wanted)) invalid("'" + std::string(wanted) + "' expected");
  }

  /// Words, quoted texts with their prefix (datetime'…'), and the three signs ( ) ,
  std::string_view scan() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    if (at_ == text_.size()) return {};
    const std::size_t start = at_;
    if (std::string_view("(),").find(text_[at_]) != std::string_view::npos)
      return text_.substr(at_++, 1);
    while (at_ < text_.size() &&
           std::string_view(" (),").find(text_[at_]) == std::string_view::npos) {
      if (text_[at_] != '\'') {
        ++at_;
        continue;
      }
      for (++at_;; ++at_) {
        if (at_ >= text_.size()) invalid("a quote is not closed");
        if (text_[at_] != '\'') continue;
        if (at_ + 1 < text_.size() && text_[at_ + 1] == '\'') {
          ++at_;
          continue;
        }
        ++at_;
        break;
      }
    }
    return text_.substr(start, at_ - start);
  }

  static std::unique_ptr<Filter> node(Filter::Kind kind) {
    auto result = std::make_unique<Filter>();
    result->kind = kind;
    return result;
  }

  std::unique_ptr<Filter> disjunction() {
    if (++depth_ > kDeepest) invalid("nested too deeply");
    auto left = conjunction();
    while (accept("or")) {
      auto both = node(Filter::Kind::Or);
      both->operands.push_back(std::move(left));
      both->operands.push_back(conjunction());
      check_or(*both);
      left = std::move(both);
    }
    --depth_;
    return left;
  }

  void check_or(const Filter& either) const {
    if (!settings_.or_on_one_property) return;
    std::set<std::size_t> used;
    either.properties(used);
    if (used.size() > 1) {
      refuse(400, kBadRequest,
             "Invalid filter: 'or' is only supported between terms of the same property");
    }
  }

  std::unique_ptr<Filter> conjunction() {
    auto left = unary();
    while (accept("and")) {
      auto both = node(Filter::Kind::And);
      both->operands.push_back(std::move(left));
      both->operands.push_back(unary());
      left = std::move(both);
    }
    return left;
  }

  std::unique_ptr<Filter> unary() {
    if (accept("not")) {
      auto negated = node(Filter::Kind::Not);
      negated->operands.push_back(unary());
      return negated;
    }
    if (accept("(")) {
      auto inner = disjunction();
      expect(")");
      return inner;
    }
    return predicate();
  }

  std::unique_ptr<Filter> predicate() {
    const std::string_view first = take();
    if (first.empty()) invalid("an expression is missing");
    if (peek() == "(") return call(first);
    auto comparison = node(Filter::Kind::Compare);
    comparison->property = property(first);
    comparison->op = comparator(take());
    literal(*comparison, take());
    return comparison;
  }

  static Filter::Operator comparator(std::string_view name) {
    static const std::map<std::string_view, Filter::Operator> kOperators{
        {"eq", Filter::Operator::Eq}, {"ne", Filter::Operator::Ne}, {"gt", Filter::Operator::Gt},
        {"ge", Filter::Operator::Ge}, {"lt", Filter::Operator::Lt}, {"le", Filter::Operator::Le}};
    const auto found = kOperators.find(name);
    if (found == kOperators.end()) {
      refuse(501, kBadRequest, "Operator '" + std::string(name) + "' is not supported");
    }
    return found->second;
  }

  std::size_t property(std::string_view name) const {
    if (!variable_.empty() && name.starts_with(variable_ + "/"))
      name.remove_prefix(variable_.size() + 1);
    const auto found = table_.type().find(name);
    if (!found) invalid("property '" + std::string(name) + "' is unknown");
    if (!table_.type().properties[*found].filterable) {
      invalid("property '" + std::string(name) + "' is not filterable");
    }
    return *found;
  }

  void literal(Filter& filter, std::string_view text) const {
    const Property& property = table_.type().properties[filter.property];
    Parsed parsed =
        from_literal(property, text, store_.model().version, table_.form(filter.property));
    if (!parsed.problem.empty()) invalid(parsed.problem);
    filter.literal = std::move(parsed.value);
    const auto* value = std::get_if<std::string>(&filter.literal);
    filter.wildcard =
        settings_.wildcard_eq && value != nullptr && value->find('*') != std::string::npos;
  }

  std::unique_ptr<Filter> call(std::string_view name) {
    const auto slash = name.rfind('/');
    const std::string_view function =
        slash == std::string_view::npos ? name : name.substr(slash + 1);
    const bool v4 = store_.model().version == Version::V4;
    if (v4 && (function == "any" || function == "all"))
      return lambda(name.substr(0, slash), function == "all");
    expect("(");
    auto result = node(Filter::Kind::StartsWith);
    const bool first_is_text = function == "substringof";
    if (function == "endswith") result->kind = Filter::Kind::EndsWith;
    if (first_is_text || function == "contains") result->kind = Filter::Kind::Contains;
    const bool known =
        function == "startswith" || function == "endswith" ||
        (v4 ? function == "contains" : (first_is_text && !settings_.only_startswith_endswith));
    if (!known)
      refuse(501, kBadRequest, "Function '" + std::string(function) + "' is not supported");
    const std::string_view a = take();
    expect(",");
    const std::string_view b = take();
    expect(")");
    result->property = property(first_is_text ? b : a);
    if (table_.type().properties[result->property].type != Edm::String)
      invalid("a text property is expected");
    literal(*result, first_is_text ? a : b);
    result->wildcard = false;
    // V2 clients write `substringof('x',F) eq true`.
    if (accept("eq")) {
      const std::string_view truth = take();
      if (truth != "true" && truth != "false") invalid("true or false expected");
      if (truth == "false") {
        auto negated = node(Filter::Kind::Not);
        negated->operands.push_back(std::move(result));
        return negated;
      }
    }
    return result;
  }

  std::unique_ptr<Filter> lambda(std::string_view path, bool all) {
    expect("(");
    auto result = node(all ? Filter::Kind::All : Filter::Kind::Any);
    result->navigation = table_.type().navigation(path);
    if (result->navigation == nullptr || !store_.has(result->navigation->target_set)) {
      invalid("navigation '" + std::string(path) + "' is unknown");
    }
    if (accept(")")) return result;
    // `x:x/Name eq 'a'`: the scanner hands over "x:x/Name" in one piece.
    token_.reset();
    const std::size_t open = text_.rfind('(', at_ - 1);
    at_ = open + 1;
    const std::size_t colon = text_.find(':', at_);
    if (colon == std::string_view::npos) invalid("a lambda variable is expected");
    Parser inner(text_, store_.table(result->navigation->target_set), store_, settings_);
    inner.variable_ = std::string(text_.substr(at_, colon - at_));
    inner.at_ = colon + 1;
    result->operands.push_back(inner.disjunction());
    inner.expect(")");
    at_ = inner.at_;
    token_.reset();
    return result;
  }

  std::string_view text_;
  const Table& table_;
  const Store& store_;
  const Settings& settings_;
  std::string variable_{};
  std::size_t at_{};
  std::optional<std::string_view> token_{};
  int depth_ = 0;
};

bool holds(Filter::Operator op, int order) {
  switch (op) {
    case Filter::Operator::Eq:
      return order == 0;
    case Filter::Operator::Ne:
      return order != 0;
    case Filter::Operator::Gt:
      return order > 0;
    case Filter::Operator::Ge:
      return order >= 0;
    case Filter::Operator::Lt:
      return order < 0;
    case Filter::Operator::Le:
      return order <= 0;
  }
  return false;
}

bool wildcard_match(std::string_view text, std::string_view pattern) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return text == pattern;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= text.size(); ++at) {
    if (wildcard_match(text.substr(at), rest)) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<Filter> Filter::parse(std::string_view text, const Table& table, const Store& store,
                                      const Settings& settings) {
  constexpr std::size_t kLongest = 65'536;
  if (text.size() > kLongest) invalid("too long");
  return Parser(text, table, store, settings).parse();
}

bool Filter::matches(const Table& table, const Row& row, const Store& store) const {
  const auto text = [&]() -> const std::string& {
    static const std::string kEmpty;
    const auto* found = std::get_if<std::string>(&table.value(row, property));
    return found != nullptr ? *found : kEmpty;
  };
  const auto wanted = [&]() -> const std::string& { return std::get<std::string>(literal); };
  switch (kind) {
    case Kind::True:
      return true;
    case Kind::Or:
      return operands[0]->matches(table, row, store) || operands[1]->matches(table, row, store);
    case Kind::And:
      return operands[0]->matches(table, row, store) && operands[1]->matches(table, row, store);
    case Kind::Not:
      return !operands[0]->matches(table, row, store);
    case Kind::Contains:
      return text().find(wanted()) != std::string::npos;
    case Kind::StartsWith:
      return text().starts_with(wanted());
    case Kind::EndsWith:
      return text().ends_with(wanted());
    case Kind::Any:
    case Kind::All: {
      const Table& target = store.table(navigation->target_set);
      const auto rows = store.related(table, row, *navigation);
      const auto fits = [&](const RowPtr& each) {
        return operands.empty() || operands[0]->matches(target, *each, store);
      };
      return kind == Kind::Any ? std::any_of(rows.begin(), rows.end(), fits)
                               : std::all_of(rows.begin(), rows.end(), fits);
    }
    case Kind::Compare:
      break;
  }
  const Value& value = table.value(row, property);
  if (wildcard) {
    const bool match = wildcard_match(text(), wanted());
    return op == Operator::Eq ? match : op == Operator::Ne && !match;
  }
  const auto blank = [](const Value& each) {
    return is_null(each) || each == Value(std::string());
  };
  if (is_null(literal) || is_null(value)) {
    // ABAP: initial and null are the same; nothing is greater or less than a missing date.
    const bool same = blank(value) && blank(literal);
    return op == Operator::Eq ? same : op == Operator::Ne && !same;
  }
  return holds(op, compare_stored(table, property, value, literal));
}

std::optional<std::vector<std::string>> Filter::candidates(const Table& table) const {
  if (kind == Kind::Compare && op == Operator::Eq && !wildcard && !is_null(literal) &&
      literal != Value(std::string())) {
    const Property& declared = table.type().properties[property];
    if (declared.type != Edm::Decimal) return table.lookup({property}, {&literal});
  }
  if (kind != Kind::And) return std::nullopt;
  auto left = operands[0]->candidates(table);
  return left ? left : operands[1]->candidates(table);
}

void Filter::properties(std::set<std::size_t>& found) const {
  if (kind == Kind::Compare || kind == Kind::Contains || kind == Kind::StartsWith ||
      kind == Kind::EndsWith) {
    found.insert(property);
  }
  for (const auto& operand : operands) operand->properties(found);
}

}  // namespace channelbridge::sandbox::odata
