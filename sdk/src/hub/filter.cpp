#include "channelbridge/hub/filter.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <compare>
#include <optional>
#include <set>

namespace channelbridge::hub {

struct Filter::Node {
  enum class Kind {
    And,
    Or,
    Not,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    Empty
  } kind{Kind::And};
  std::vector<std::shared_ptr<const Node>> children{};
  std::string path{};
  bool number{};
  std::vector<std::string> values{};
};

namespace {

using Node = Filter::Node;
using NodePtr = std::shared_ptr<const Node>;

/// Compares canonical decimal texts (no exponent, no trailing zeros) exactly, without arithmetic.
std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
  const bool a_negative = a.starts_with('-');
  const bool b_negative = b.starts_with('-');
  if (a_negative != b_negative)
    return a_negative ? std::strong_ordering::less : std::strong_ordering::greater;
  if (a_negative) {
    a.remove_prefix(1);
    b.remove_prefix(1);
    std::swap(a, b);
  }
  const auto whole = [](std::string_view n) { return n.substr(0, n.find('.')); };
  const auto fraction = [](std::string_view n) {
    return n.find('.') == std::string_view::npos ? std::string_view() : n.substr(n.find('.') + 1);
  };
  if (whole(a).size() != whole(b).size()) return whole(a).size() <=> whole(b).size();
  if (const int by_whole = whole(a).compare(whole(b)); by_whole != 0) return by_whole <=> 0;
  return fraction(a).compare(fraction(b)) <=> 0;
}

class Parser {
 public:
  Parser(std::string_view text, const model::EntityType& entity) : text_(text), entity_(entity) {
    advance();
  }

  NodePtr parse() {
    NodePtr out = parse_or();
    if (!token_.empty())
      problem("unexpected '" + std::string(token_) + "'", "join conditions with 'and' or 'or'");
    return out;
  }
  std::vector<Problem> take_problems() { return std::move(problems_); }

 private:
  void advance() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    begin_ = at_;
    quoted_ = false;
    if (at_ == text_.size()) {
      token_ = {};
      return;
    }
    const char c = text_[at_];
    if (c == '\'') {
      const std::size_t end = text_.find('\'', at_ + 1);
      quoted_ = true;
      if (end == std::string_view::npos) {
        problem("a quote is not closed", "add '");
        token_ = text_.substr(at_ + 1);
        at_ = text_.size();
        return;
      }
      token_ = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      return;
    }
    if (c == '(' || c == ')' || c == ',') {
      token_ = text_.substr(at_++, 1);
      return;
    }
    if (c == '=' || c == '<' || c == '>' || c == '!') {
      const std::size_t length = at_ + 1 < text_.size() && text_[at_ + 1] == '=' ? 2 : 1;
      token_ = text_.substr(at_, length);
      at_ += length;
      return;
    }
    std::size_t end = at_;
    while (end < text_.size() && std::isspace(static_cast<unsigned char>(text_[end])) == 0 &&
           std::string_view("(),=<>!'").find(text_[end]) == std::string_view::npos) {
      ++end;
    }
    token_ = text_.substr(at_, end - at_);
    at_ = end;
  }

  bool accept(std::string_view word) {
    if (quoted_ || token_ != word) return false;
    advance();
    return true;
  }
  bool at_end() const { return token_.empty() && !quoted_; }

  void problem(std::string message, std::string suggestion) {
    if (!problems_.empty() && problems_.back().path == column()) return;
    problems_.push_back({.path = column(),
                         .rule = "filter",
                         .message = std::move(message),
                         .suggestion = std::move(suggestion)});
  }
  std::string column() const { return "column " + std::to_string(begin_ + 1); }

  NodePtr parse_or() {
    auto node = std::make_shared<Node>();
    node->kind = Node::Kind::Or;
    do {
      node->children.push_back(parse_and());
    } while (accept("or"));
    return node->children.size() == 1 ? node->children.front() : node;
  }
  NodePtr parse_and() {
    auto node = std::make_shared<Node>();
    node->kind = Node::Kind::And;
    do {
      node->children.push_back(parse_not());
    } while (accept("and"));
    return node->children.size() == 1 ? node->children.front() : node;
  }
  NodePtr parse_not() {
    constexpr int kDeepest = 100;
    if (depth_ == kDeepest) {
      problem("the filter is nested too deeply", "use at most 100 levels");
      at_ = text_.size();
      advance();
      return std::make_shared<Node>();
    }
    ++depth_;
    NodePtr out = parse_operand();
    --depth_;
    return out;
  }
  NodePtr parse_operand() {
    if (accept("not")) {
      auto node = std::make_shared<Node>();
      node->kind = Node::Kind::Not;
      node->children.push_back(parse_not());
      return node;
    }
    if (accept("(")) {
      NodePtr inner = parse_or();
      if (!accept(")")) problem("a parenthesis is not closed", "add )");
      return inner;
    }
    return parse_condition();
  }

  NodePtr parse_condition() {
    auto node = std::make_shared<Node>();
    node->kind = Node::Kind::Empty;
    if (at_end()) {
      problem("a condition is missing", "write field = value");
      return node;
    }
    node->path = std::string(token_);
    const model::FieldInfo* field = entity_.find(token_);
    if (field == nullptr) {
      problem("entity " + entity_.name() + " has no field '" + node->path + "'",
              entity_.nearest(token_));
    } else {
      using enum model::FieldType;
      node->number = field->type == Decimal || field->type == Integer || field->type == Percent;
    }
    advance();
    if (accept("is")) {
      if (!accept("empty")) problem("'is' wants 'empty'", "is empty");
      return node;
    }
    if (accept("in")) {
      node->kind = Node::Kind::In;
      if (!accept("(")) problem("'in' wants a list", "in (a, b)");
      do {
        value(*node, field);
      } while (accept(","));
      if (!accept(")")) problem("a list is not closed", "add )");
      return node;
    }
    using enum Node::Kind;
    static constexpr std::pair<std::string_view, Node::Kind> kOperators[] = {
        {"=", Equal},      {"!=", NotEqual}, {"<", Less},
        {"<=", LessEqual}, {">", Greater},   {">=", GreaterEqual}};
    for (const auto& [sign, kind] : kOperators) {
      if (accept(sign)) {
        node->kind = kind;
        value(*node, field);
        return node;
      }
    }
    problem("an operator is missing after '" + node->path + "'",
            "one of = != < <= > >= in 'is empty'");
    if (!at_end()) advance();
    return node;
  }

  void value(Node& node, const model::FieldInfo* field) {
    if (at_end()) {
      problem("a value is missing", "write a word or 'a text'");
      return;
    }
    std::optional<std::string> canonical = std::string(token_);
    if (field != nullptr) {
      canonical = model::canonical_text(*field, token_);
      if (!canonical)
        problem("'" + std::string(token_) + "' is no value of " + node.path + ": " +
                    model::refusal(*field, token_),
                "");
    }
    node.values.push_back(canonical.value_or(""));
    advance();
  }

  std::string_view text_;
  const model::EntityType& entity_;
  std::size_t at_{};
  std::size_t begin_{};
  bool quoted_{};
  std::string_view token_;
  int depth_{};
  std::vector<Problem> problems_;
};

bool compare(const Node& node, std::string_view value) {
  const auto order = [&](std::string_view other) {
    if (node.number) return compare_numbers(value, other);
    return value.compare(other) <=> 0;
  };
  switch (node.kind) {
    case Node::Kind::Equal:
    case Node::Kind::In:
      return std::find(node.values.begin(), node.values.end(), value) != node.values.end();
    case Node::Kind::NotEqual:
      return value != node.values.front();
    case Node::Kind::Less:
      return std::is_lt(order(node.values.front()));
    case Node::Kind::LessEqual:
      return std::is_lteq(order(node.values.front()));
    case Node::Kind::Greater:
      return std::is_gt(order(node.values.front()));
    case Node::Kind::GreaterEqual:
      return std::is_gteq(order(node.values.front()));
    default:
      return false;
  }
}

/// The values at a path; for "addresses[].country" those of all elements.
std::vector<std::string_view> values_at(const model::Fields& fields, const std::string& path) {
  const std::size_t any = path.find("[]");
  if (any == std::string::npos) {
    const auto at = fields.find(path);
    if (at == fields.end()) return {};
    return {at->second};
  }
  std::vector<std::string_view> out;
  const std::string list = path.substr(0, any + 1);
  const std::string_view tail = std::string_view(path).substr(any + 1);
  for (auto at = fields.lower_bound(list); at != fields.end() && at->first.starts_with(list);
       ++at) {
    if (at->first.ends_with(tail)) out.push_back(at->second);
  }
  return out;
}

bool passes(const Node& node, const model::Fields& fields) {
  switch (node.kind) {
    case Node::Kind::And:
      return std::all_of(node.children.begin(), node.children.end(),
                         [&](const NodePtr& child) { return passes(*child, fields); });
    case Node::Kind::Or:
      return std::any_of(node.children.begin(), node.children.end(),
                         [&](const NodePtr& child) { return passes(*child, fields); });
    case Node::Kind::Not:
      return !passes(*node.children.front(), fields);
    case Node::Kind::Empty:
      return values_at(fields, node.path).empty();
    default:
      break;
  }
  const std::vector<std::string_view> values = values_at(fields, node.path);
  if (values.empty()) return node.kind == Node::Kind::NotEqual;
  return std::any_of(values.begin(), values.end(),
                     [&](std::string_view value) { return compare(node, value); });
}

}  // namespace

Result<Filter> Filter::parse(std::string_view text, const model::EntityType& entity) {
  Filter out;
  if (text.find_first_not_of(" \t\n") == std::string_view::npos) return out;
  Parser parser(text, entity);
  out.root_ = parser.parse();
  out.text_ = std::string(text);
  std::vector<Problem> problems = parser.take_problems();
  if (!problems.empty()) {
    return Error(ErrorCode::Invalid, "the filter '" + out.text_ + "' cannot be understood")
        .with_problems(std::move(problems));
  }
  return out;
}

bool Filter::passes(const model::Fields& fields) const {
  return !root_ || hub::passes(*root_, fields);
}

}  // namespace channelbridge::hub
