#include "bulk_row_internal.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "channelbridge/document/csv.hpp"
#include "channelbridge/document/document.hpp"

namespace channelbridge::salesforce {
namespace {

// Source: Bulk API 2.0 Developer Guide, "Limits". Bytes stand for characters: rather too few.
constexpr std::size_t kLongestValue = 131'072;
constexpr std::size_t kLongestRow = 400'000;
constexpr std::string_view kNull = "#N/A";

/// Takes members of the body, and of one object inside it, as texts; numbers as they are written.
class CellReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::map<std::string, std::string> cells{};

  bool null() override { return put(std::string(kNull)); }
  bool boolean(bool value) override { return put(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return put(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return put(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return put(text); }
  bool string(string_t& value) override {
    if (value == kNull) return false;
    return put(value.empty() ? std::string(kNull) : std::move(value));
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    ++depth_;
    if (depth_ == 1) return true;
    if (skipping_) return false;
    if (key_ == "attributes") {  // says the type: of the record, or of a parent
      skipping_ = true;
      return true;
    }
    outer_ = key_;
    members_ = 0;
    return depth_ == 2;
  }
  bool key(string_t& name) override {
    key_ = std::move(name);
    return true;
  }
  bool end_object() override {
    --depth_;
    if (std::exchange(skipping_, false)) return true;
    return depth_ == 0 || members_ == 1;  // a parent is named by exactly one of its external ids
  }
  bool start_array(std::size_t) override { return false; }
  bool end_array() override { return false; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool put(std::string value) {
    if (skipping_) return true;
    if (depth_ == 2 && (++members_ > 1 || value == kNull)) return false;
    if (value.size() > kLongestValue) return false;
    bytes_ += value.size();
    if (bytes_ > kLongestRow) return false;
    return cells.emplace(depth_ == 2 ? outer_ + "." + key_ : key_, std::move(value)).second;
  }

  int depth_{};
  std::string key_{};
  std::string outer_{};
  std::size_t members_{};
  std::size_t bytes_{};
  bool skipping_{};
};

}  // namespace

std::optional<std::map<std::string, std::string>> bulk_cells(std::string_view body) {
  if (!document::check_json(body)) return std::nullopt;
  CellReader reader;
  const bool read = nlohmann::json::sax_parse(body.begin(), body.end(), &reader);
  if (!read) return std::nullopt;
  return std::move(reader.cells);
}

void append_bulk_value(std::string& out, std::string_view value) {
  if (!value.empty()) document::append_csv_value(out, value, ',');
}

RemoteError read_row_error(std::string_view text) {
  RemoteError error;
  const std::size_t colon = text.find(':');
  const std::string_view code = text.substr(0, colon);
  const bool coded = colon != std::string_view::npos && !code.empty() &&
                     std::all_of(code.begin(), code.end(), [](char c) {
                       return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
                     });
  if (!coded) {
    error.message = text;
    return error;
  }
  error.code = code;
  std::string_view rest = text.substr(colon + 1);
  if (rest.ends_with("--")) {
    rest = rest.substr(0, rest.size() - 2);
    const std::size_t last = rest.rfind(':');
    std::string_view fields =
        last == std::string_view::npos ? std::string_view() : rest.substr(last + 1);
    if (last != std::string_view::npos) rest = rest.substr(0, last);
    while (!fields.empty()) {
      const std::size_t comma = std::min(fields.find(','), fields.size());
      std::string_view field = fields.substr(0, comma);
      fields.remove_prefix(std::min(fields.size(), comma + 1));
      while (field.starts_with(' ')) field.remove_prefix(1);
      while (field.ends_with(' ')) field.remove_suffix(1);
      if (!field.empty()) error.fields.emplace_back(field);
    }
  }
  error.message = rest;
  name_duplicate(error);
  return error;
}

}  // namespace channelbridge::salesforce
