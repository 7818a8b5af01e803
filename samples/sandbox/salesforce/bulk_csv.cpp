#include "sandbox/salesforce/bulk.hpp"
#include "sandbox/salesforce/errors.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

Error invalid_batch(const std::string& why) {
  return Error(ErrorCode::Rejected, "InvalidBatch : " + why);
}

class CsvParser {
 public:
  CsvParser(const std::string& text, const CsvForm& form) : text_(text), form_(form) {}

  Result<CsvTable> parse() {
    CsvTable table;
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    while (at_ < text_.size()) {
      auto row = next_row();
      if (!row) return std::move(row).error();
      if (table.header.empty()) {
        table.header = std::move(*row);
        continue;
      }
      if (row->size() != table.header.size()) {
        return invalid_batch("The number of values in row " +
                             std::to_string(table.rows.size() + 1) +
                             " does not match the number of columns");
      }
      table.rows.push_back(std::move(*row));
    }
    if (table.header.empty()) return invalid_batch("The file is empty");
    return table;
  }

 private:
  bool ends_line() const { return text_[at_] == '\n' || text_[at_] == '\r'; }

  Result<std::vector<std::string>> next_row() {
    std::vector<std::string> values;
    while (true) {
      auto value = next_value();
      if (!value) return std::move(value).error();
      values.push_back(std::move(*value));
      if (at_ >= text_.size()) return values;
      if (text_[at_] == form_.delimiter) {
        ++at_;
        continue;
      }
      const bool crlf = text_.compare(at_, 2, "\r\n") == 0;
      if (crlf != form_.crlf) {
        return invalid_batch("LineEnding is invalid on user data. Current LineEnding setting is " +
                             std::string(form_.crlf ? "CRLF" : "LF"));
      }
      at_ += crlf ? 2 : 1;
      return values;
    }
  }

  Result<std::string> next_value() {
    std::string value;
    if (at_ < text_.size() && text_[at_] == '"') {
      for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] != '"') {
          value += text_[at_];
        } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          value += text_[at_++];
        } else {
          ++at_;
          if (at_ < text_.size() && text_[at_] != form_.delimiter && !ends_line())
            return invalid_batch("Failed to parse CSV: text follows a closing quote");
          return value;
        }
      }
      return invalid_batch("Failed to parse CSV: EOF reached before closing an opened quote");
    }
    for (; at_ < text_.size() && text_[at_] != form_.delimiter && !ends_line(); ++at_) {
      if (text_[at_] == '"') return invalid_batch("Failed to parse CSV: found an unescaped quote");
      value += text_[at_];
    }
    return value;
  }

  const std::string& text_;
  const CsvForm form_;
  std::size_t at_{};
};

}  // namespace

Result<CsvTable> parse_csv(const std::string& text, const CsvForm& form) {
  return CsvParser(text, form).parse();
}

void append_csv_row(std::string& out, const std::vector<std::string>& values, const CsvForm& form) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += form.delimiter;
    out += '"';
    for (const char c : values[i]) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += form.crlf ? "\r\n" : "\n";
}

}  // namespace channelbridge::sandbox::salesforce
