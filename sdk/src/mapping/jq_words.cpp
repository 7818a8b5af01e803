#include <algorithm>
#include <array>
#include <vector>

#include "jq_internal.hpp"

namespace channelbridge::mapping {

namespace {

/// A mapping says the same of the same document on every machine at any time.
constexpr std::array<std::string_view, 17> kOutside{"env",
                                                    "input",
                                                    "inputs",
                                                    "input_filename",
                                                    "input_line_number",
                                                    "import",
                                                    "include",
                                                    "now",
                                                    "halt",
                                                    "halt_error",
                                                    "debug",
                                                    "stderr",
                                                    "modulemeta",
                                                    "get_search_list",
                                                    "$ENV",
                                                    "$__prog_args",
                                                    "$__loc__"};

bool begins_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_word(char c) { return begins_word(c) || (c >= '0' && c <= '9') || c == ':'; }

/// Walks over the words of a program; strings and comments hold none, but what stands in "\(…)"
/// does.
class Words {
 public:
  explicit Words(std::string_view program) : text_(program) {}

  /// The next word that is no member (".env") and no key of an object ("env:"); "" at the end.
  std::string_view next() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (quoted_) {
        in_string();
      } else if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '"') {
        quoted_ = true;
        ++at_;
      } else if (c == '(') {
        ++parentheses_;
        ++at_;
      } else if (c == ')') {
        close();
      } else if (begins_word(c) ||
                 (c == '$' && at_ + 1 < text_.size() && begins_word(text_[at_ + 1]))) {
        if (const std::string_view found = word(); !found.empty()) return found;
      } else {
        ++at_;
      }
    }
    return {};
  }
  std::size_t position() const { return start_; }

 private:
  void in_string() {
    if (text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '(') {
      outer_.push_back(parentheses_);
      parentheses_ = 0;
      quoted_ = false;
      at_ += 2;
    } else if (text_[at_] == '\\') {
      at_ += 2;
    } else {
      quoted_ = text_[at_] != '"';
      ++at_;
    }
  }

  void close() {
    ++at_;
    if (parentheses_ > 0) {
      --parentheses_;
    } else if (!outer_.empty()) {
      parentheses_ = outer_.back();
      outer_.pop_back();
      quoted_ = true;
    }
  }

  std::string_view word() {
    start_ = at_;
    const char before = at_ == 0 ? ' ' : text_[at_ - 1];
    ++at_;
    // A ':' belongs to a word only as a part of '::'.
    while (at_ < text_.size() && in_word(text_[at_]) &&
           (text_[at_] != ':' || text_.substr(at_, 2) == "::")) {
      at_ += text_[at_] == ':' ? 2U : 1U;
    }
    const std::string_view found = text_.substr(start_, at_ - start_);
    const std::size_t after = text_.find_first_not_of(" \t\r\n", at_);
    const bool key = after != std::string_view::npos && text_[after] == ':';
    return before == '.' || before == '@' || key ? std::string_view() : found;
  }

  std::string_view text_;
  std::size_t at_{};
  std::size_t start_{};
  bool quoted_{};
  int parentheses_{};
  std::vector<int> outer_{};
};

}  // namespace

JqFault outside_word(std::string_view program) {
  Words words(program);
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
    if (std::find(kOutside.begin(), kOutside.end(), word) == kOutside.end()) continue;
    const std::string_view before = program.substr(0, words.position());
    const std::size_t line_start =
        before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return {.message = "'" + std::string(word) +
                       "' is not for mappings: a program sees its document and nothing else",
            .line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
            .column = static_cast<int>(before.size() - line_start) + 1};
  }
  return {};
}

}  // namespace channelbridge::mapping
