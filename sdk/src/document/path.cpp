#include "channelbridge/document/path.hpp"

#include <optional>

namespace channelbridge::document {

namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Path> run() {
    Path path;
    do {
      Step step;
      if (!name(step) || !selectors(step)) return error();
      path.push_back(std::move(step));
    } while (take('.') || take('/'));
    if (at_ != text_.size()) fail("unexpected character");
    if (!reason_.empty()) return error();
    return path;
  }

 private:
  Error error() const {
    return {ErrorCode::Invalid, "path '" + std::string(text_) + "': " + reason_ + " at position " +
                                    std::to_string(at_ + 1)};
  }
  bool fail(const char* reason) {
    if (reason_.empty()) reason_ = reason;
    return false;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  static bool special(char c) {
    return std::string_view("./[]=,\" \t").find(c) != std::string_view::npos;
  }

  bool name(Step& step) {
    if (at_ < text_.size() && text_[at_] == '"') return quoted(step.name);
    if (at_ < text_.size() && text_[at_] == '@') {  // always the last step: the rest is its name
      step.name = text_.substr(at_);
      at_ = text_.size();
      return step.name.size() > 1 || fail("a name is missing after '@'");
    }
    return bare(step.name);
  }
  bool bare(std::string& out) {
    const std::size_t start = at_;
    while (at_ < text_.size() && !special(text_[at_])) ++at_;
    out = text_.substr(start, at_ - start);
    return at_ > start || fail("a name is missing");
  }
  bool quoted(std::string& out) {
    take('"');
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') ++at_;
      if (at_ < text_.size()) out += text_[at_++];
    }
    return take('"') || fail("a quote is not closed");
  }
  bool value(std::string& out) {
    if (at_ < text_.size() && text_[at_] == '"') return quoted(out);
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != ']' && text_[at_] != ',') ++at_;
    out = text_.substr(start, at_ - start);
    return true;
  }
  bool selectors(Step& step) {
    if (!take('[')) return true;
    if (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      std::size_t index = 0;
      while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && index < 100'000) {
        index = index * 10 + static_cast<std::size_t>(text_[at_++] - '0');
      }
      step.index = index;
      return take(']') || fail("']' is missing");
    }
    do {
      std::string key;
      if (take('@')) key = "@";
      std::string rest;
      if (at_ < text_.size() && text_[at_] == '"' ? !quoted(rest) : !bare(rest)) return false;
      if (!take('=')) return fail("'=' is missing");
      std::string wanted;
      if (!value(wanted)) return false;
      step.where.emplace_back(key + rest, std::move(wanted));
    } while (take(','));
    return take(']') || fail("']' is missing");
  }

  std::string_view text_;
  std::size_t at_{};
  std::string reason_{};
};

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void append_name(std::string& out, std::string_view name, std::string_view special) {
  if (name.find_first_of(special) == std::string_view::npos) {
    out += name;
  } else {
    append_quoted(out, name);
  }
}

}  // namespace

Result<Path> parse_path(std::string_view text) { return Parser(text).run(); }

std::string to_string(const Path& path) {
  std::string out;
  for (const Step& step : path) {
    if (!out.empty()) out += '.';
    const bool attribute = step.name.starts_with('@') && &step == &path.back() && !step.selects();
    append_name(out, step.name, attribute ? std::string_view() : std::string_view("./[]=,\" \t"));
    if (step.index != Step::kAny) out += '[' + std::to_string(step.index) + ']';
    if (step.where.empty()) continue;
    char before = '[';
    for (const auto& [key, value] : step.where) {
      out += before;
      append_name(out, key, "./[]=,\" \t");
      out += '=';
      append_name(out, value, "],\"\\");
      before = ',';
    }
    out += ']';
  }
  return out;
}

}  // namespace channelbridge::document
