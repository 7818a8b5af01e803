#include "channelbridge/document/csv.hpp"

namespace channelbridge::document {

CsvRecord read_csv_record(std::string_view buffer, char separator, bool at_end) {
  CsvRecord record;
  const auto bad = [&record](const char* reason) {
    record.state = CsvRecord::State::Bad;
    record.reason = reason;
    return record;
  };
  std::size_t i = 0;
  while (true) {
    std::string value;
    const bool quoted = i < buffer.size() && buffer[i] == '"';
    if (quoted) {
      ++i;
      while (true) {
        if (i >= buffer.size()) return at_end ? bad("a quoted value is not closed") : CsvRecord{};
        if (buffer[i] != '"') {
          if (buffer[i] == '\n') ++record.lines;
          value += buffer[i++];
          continue;
        }
        if (i + 1 >= buffer.size() && !at_end) return CsvRecord{};
        if (i + 1 < buffer.size() && buffer[i + 1] == '"') {
          value += '"';
          i += 2;
          continue;
        }
        ++i;
        break;
      }
    } else {
      while (i < buffer.size() && buffer[i] != separator && buffer[i] != '\n' &&
             buffer[i] != '\r') {
        if (buffer[i] == '"') return bad("a quote stands inside a value that is not quoted");
        value += buffer[i++];
      }
    }
    record.values.push_back(std::move(value));
    record.quoted.push_back(quoted);
    if (i >= buffer.size()) {
      if (!at_end) return CsvRecord{};
      break;
    }
    if (buffer[i] == separator) {
      ++i;
      continue;
    }
    if (buffer[i] == '\r') {
      if (i + 1 >= buffer.size() && !at_end) return CsvRecord{};
      if (i + 1 < buffer.size() && buffer[i + 1] != '\n')
        return bad("a carriage return stands alone");
      ++i;
    }
    if (i < buffer.size() && buffer[i] != '\n') return bad("text follows a closing quote");
    if (i < buffer.size()) {
      ++i;
      ++record.lines;
    }
    break;
  }
  record.state = CsvRecord::State::Complete;
  record.length = i;
  return record;
}

void append_csv_value(std::string& out, std::string_view value, char separator) {
  const bool plain = value.find_first_of("\"\r\n") == std::string_view::npos &&
                     value.find(separator) == std::string_view::npos && !value.empty() &&
                     value.front() != ' ' && value.back() != ' ';
  if (plain) {
    out += value;
    return;
  }
  out += '"';
  for (const char c : value) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace channelbridge::document
