#include "sandbox/salesforce/soql.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "sandbox/salesforce/errors.hpp"
#include "sandbox/salesforce/metadata.hpp"
#include "sandbox/salesforce/values.hpp"

namespace channelbridge::sandbox::salesforce::soql {
namespace {

struct Token {
  enum class Kind { Word, Number, Text, Symbol, End };
  Kind kind{Kind::End};
  std::string text{};
  std::size_t position{};
};

bool word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

bool number_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == ':' || c == '-' ||
         c == '+';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    while (true) {
      while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
      Result<Token> token = next();
      if (!token) return std::move(token).error();
      tokens.push_back(std::move(*token));
      if (tokens.back().kind == Token::Kind::End) return tokens;
    }
  }

 private:
  Result<Token> next() {
    const std::size_t start = at_;
    if (at_ >= text_.size()) return Token{.kind = Token::Kind::End, .position = text_.size()};
    const char c = text_[at_];
    if (c == '\'') return quoted();
    if (std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_')
      return take(Token::Kind::Word, word_character);
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+') {
      return take(Token::Kind::Number, number_character);
    }
    for (const std::string_view symbol : {"!=", "<>", "<=", ">="}) {
      if (text_.substr(at_, 2) == symbol) {
        at_ += 2;
        return Token{.kind = Token::Kind::Symbol, .text = std::string(symbol), .position = start};
      }
    }
    ++at_;
    if (std::string_view("=<>(),:").find(c) == std::string_view::npos) {
      return refuse_at(text_, start, "MALFORMED_QUERY",
                       std::string("unexpected char: '") + c + "'");
    }
    return Token{.kind = Token::Kind::Symbol, .text = std::string(1, c), .position = start};
  }

  Token take(Token::Kind kind, bool (*part)(char)) {
    const std::size_t start = at_;
    while (at_ < text_.size() && part(text_[at_])) ++at_;
    return Token{
        .kind = kind, .text = std::string(text_.substr(start, at_ - start)), .position = start};
  }

  Result<Token> quoted() {
    Token token{.kind = Token::Kind::Text, .position = at_++};
    while (at_ < text_.size() && text_[at_] != '\'') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        const char escaped = text_[++at_];
        // LIKE keeps the backslash of \% and \_ so that they stay literal.
        if (escaped == '%' || escaped == '_') token.text += '\\';
        token.text += escaped == 'n'   ? '\n'
                      : escaped == 'r' ? '\r'
                      : escaped == 't' ? '\t'
                                       : escaped;
      } else {
        token.text += text_[at_];
      }
      ++at_;
    }
    if (at_ >= text_.size()) {
      return refuse_at(text_, token.position, "MALFORMED_QUERY",
                       "line 1:0 mismatched character '<EOF>' expecting '''");
    }
    ++at_;
    return token;
  }

  std::string_view text_;
  std::size_t at_{};
};

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens)
      : text_(text), tokens_(std::move(tokens)) {}

  Result<Query> run() {
    Query query = select();
    if (!failed_ && peek().kind != Token::Kind::End) unexpected();
    if (failed_) return *failed_;
    return query;
  }

 private:
  // Functions stop early once failed_ is set; the first problem is the one reported.
  const Token& peek() const { return tokens_[at_]; }
  Token take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }

  void unexpected() {
    if (failed_) return;
    const std::string what = peek().kind == Token::Kind::End ? "<EOF>" : peek().text;
    failed_ =
        refuse_at(text_, peek().position, "MALFORMED_QUERY", "unexpected token: '" + what + "'");
  }
  bool is_word(const char* word) const {
    return peek().kind == Token::Kind::Word && equal_without_case(peek().text, word);
  }
  bool accept_word(const char* word) {
    if (failed_ || !is_word(word)) return false;
    take();
    return true;
  }
  bool accept(const char* symbol) {
    if (failed_ || peek().kind != Token::Kind::Symbol || peek().text != symbol) return false;
    take();
    return true;
  }
  void expect_word(const char* word) {
    if (!accept_word(word)) unexpected();
  }
  void expect(const char* symbol) {
    if (!accept(symbol)) unexpected();
  }
  /// An object may be called like a word of the language: "FROM Order ORDER BY Id".
  Name object_name() { return is_word("order") ? take_name() : name(); }

  Name take_name() {
    const Token token = take();
    return {.text = token.text, .position = token.position};
  }

  Name name() {
    static constexpr const char* kReserved[] = {"from", "where",  "order", "limit", "offset",
                                                "and",  "or",     "not",   "like",  "in",
                                                "null", "select", "by"};
    const bool reserved = std::any_of(std::begin(kReserved), std::end(kReserved),
                                      [&](const char* word) { return is_word(word); });
    if (failed_ || peek().kind != Token::Kind::Word || reserved) {
      unexpected();
      return {};
    }
    return take_name();
  }

  Query select() {
    Query query;
    expect_word("select");
    do {
      if (accept("(")) {
        query.children.push_back(select());
        expect(")");
      } else {
        Name field = name();
        if (equal_without_case(field.text, "count") && accept("(")) {
          expect(")");
          query.count = true;
        } else {
          query.fields.push_back(std::move(field));
        }
      }
    } while (accept(","));
    if (query.count && !query.fields.empty()) unexpected();
    expect_word("from");
    query.object = object_name();
    if (accept_word("where")) query.where = either();
    if (accept_word("order")) {
      expect_word("by");
      do query.order.push_back(ordering());
      while (accept(","));
    }
    if (accept_word("limit")) query.limit = whole_number();
    if (accept_word("offset")) query.offset = whole_number();
    return query;
  }

  Ordering ordering() {
    Ordering result{.field = name()};
    if (accept_word("desc")) {
      result.descending = true;
    } else {
      accept_word("asc");
    }
    if (accept_word("nulls")) {
      result.nulls_last = accept_word("last");
      if (!result.nulls_last) expect_word("first");
    }
    return result;
  }

  std::size_t whole_number() {
    const std::string& text = peek().text;
    const bool digits =
        peek().kind == Token::Kind::Number &&
        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || text.size() > 9) {
      unexpected();
      return 0;
    }
    return static_cast<std::size_t>(std::strtoul(take().text.c_str(), nullptr, 10));
  }

  // One level holds either ANDs or ORs; the real grammar demands parentheses between them.
  Condition either() {
    Condition first = negated();
    for (const auto& [word, other, kind] : {std::tuple("and", "or", Condition::Kind::And),
                                            std::tuple("or", "and", Condition::Kind::Or)}) {
      if (!is_word(word)) continue;
      Condition list{.kind = kind};
      list.children.push_back(std::move(first));
      while (accept_word(word)) list.children.push_back(negated());
      if (is_word(other)) unexpected();
      return list;
    }
    return first;
  }

  Condition negated() {
    if (++depth_ > 200) {
      unexpected();
      return {};
    }
    Condition result;
    if (accept_word("not")) {
      result.kind = Condition::Kind::Not;
      result.children.push_back(negated());
    } else if (accept("(")) {
      result = either();
      expect(")");
    } else {
      result = comparison();
    }
    --depth_;
    return result;
  }

  Condition comparison() {
    Condition result{.field = name()};
    static const std::vector<std::pair<const char*, Operator>> kSymbols{
        {"=", Operator::Equal},        {"!=", Operator::NotEqual},       {"<>", Operator::NotEqual},
        {"<=", Operator::LessOrEqual}, {">=", Operator::GreaterOrEqual}, {"<", Operator::Less},
        {">", Operator::Greater}};
    for (const auto& [symbol, op] : kSymbols) {
      if (accept(symbol)) {
        result.op = op;
        result.values.push_back(literal());
        return result;
      }
    }
    if (accept_word("like")) {
      result.op = Operator::Like;
      result.values.push_back(literal());
      return result;
    }
    result.op = accept_word("not") ? Operator::NotIn : Operator::In;
    expect_word("in");
    expect("(");
    if (is_word("select")) {
      result.among = std::make_shared<const Query>(select());
    } else {
      do result.values.push_back(literal());
      while (accept(","));
    }
    expect(")");
    return result;
  }

  Literal literal() {
    if (failed_) return {};
    const Token token = peek();
    if (token.kind == Token::Kind::Text)
      return take(), Literal{.kind = Literal::Kind::Text, .text = token.text};
    if (token.kind == Token::Kind::Number) return number();
    if (accept_word("null")) return {.kind = Literal::Kind::Null};
    for (const char* word : {"true", "false"}) {
      if (accept_word(word)) return {.kind = Literal::Kind::Boolean, .text = word};
    }
    if (token.kind != Token::Kind::Word) {
      unexpected();
      return {};
    }
    Literal named{.kind = Literal::Kind::DateName, .text = token.text};
    std::transform(named.text.begin(), named.text.end(), named.text.begin(), [](char c) {
      return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    });
    const bool counted = named.text == "LAST_N_DAYS" || named.text == "NEXT_N_DAYS";
    if (!counted && named.text != "TODAY" && named.text != "YESTERDAY" &&
        named.text != "TOMORROW") {
      unexpected();
      return {};
    }
    take();
    if (counted) {
      expect(":");
      named.number = static_cast<long>(whole_number());
    }
    return named;
  }

  Literal number() {
    const Token token = take();
    if (valid_date(token.text)) return {.kind = Literal::Kind::Date, .text = token.text};
    if (token.text.find('T') != std::string::npos) {
      const auto time = parse_iso8601(token.text);
      if (!time) {
        --at_;
        unexpected();
        return {};
      }
      const auto milliseconds =
          std::chrono::floor<std::chrono::milliseconds>(*time).time_since_epoch().count() % 1000;
      std::string stored = datetime_text(*time);
      const std::string fraction = std::to_string(1000 + milliseconds).substr(1);
      stored.replace(20, 3, fraction);
      return {.kind = Literal::Kind::DateTime, .text = stored};
    }
    char* end = nullptr;
    std::strtold(token.text.c_str(), &end);
    if (*end != '\0') {
      --at_;
      unexpected();
    }
    return {.kind = Literal::Kind::Number, .text = token.text};
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_{};
  int depth_{};
  std::optional<Error> failed_{};
};

}  // namespace

Error refuse_at(std::string_view text, std::size_t position, std::string code,
                const std::string& message) {
  return refusal(400, std::move(code),
                 "\n" + std::string(text) + "\n" + std::string(position, ' ') +
                     "^\nERROR at Row:1:Column:" + std::to_string(position + 1) + "\n" + message);
}

Result<Query> parse(std::string_view text) {
  if (text.size() > 100000) {
    return refusal(400, "QUERY_TOO_COMPLICATED", "SOQL statement is longer than 100000 characters");
  }
  Result<std::vector<Token>> tokens = Lexer(text).run();
  if (!tokens) return std::move(tokens).error();
  return Parser(text, std::move(*tokens)).run();
}

}  // namespace channelbridge::sandbox::salesforce::soql
