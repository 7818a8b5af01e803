#include "sandbox/common/json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace channelbridge::sandbox {
namespace {

// nlohmann's DOM turns 100.00 into a double; its SAX interface hands over the text as written.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(int max_depth) : max_depth_(static_cast<std::size_t>(max_depth)) {}

  Json root{};
  std::string problem{};
  std::size_t position{};

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t, const string_t& text) override {
    return put(exact_number(text));
  }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (stack_.back()->contains(name)) {
      problem = "duplicate member";
      return false;
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t at, const std::string&,
                   const nlohmann::detail::exception&) override {
    problem = "malformed";
    position = at;
    return false;
  }

 private:
  Json* place(Json value) {
    if (stack_.empty()) {
      root = std::move(value);
      return &root;
    }
    Json& top = *stack_.back();
    if (top.is_array()) {
      top.push_back(std::move(value));
      return &top.back();
    }
    return &(top[key_] = std::move(value));
  }
  bool put(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json value) {
    if (stack_.size() >= max_depth_) {
      problem = "nested too deeply";
      return false;
    }
    stack_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    stack_.pop_back();
    return true;
  }

  std::size_t max_depth_;
  std::vector<Json*> stack_{};
  std::string key_{};
};

std::string where(std::string_view text, std::size_t position) {
  const std::size_t end = std::min(position, text.size());
  const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
  const std::size_t line_start = end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
  const std::size_t column = line_start == std::string_view::npos ? end : end - line_start - 1;
  return "[line:" + std::to_string(line + 1) + ", column:" + std::to_string(column) + "]";
}

void write(const Json& value, std::string& out) {
  if (value.is_object()) {
    out += '{';
    const char* separator = "";
    for (const auto& [name, member] : value.items()) {
      out += separator;
      out += Json(name).dump(-1, ' ', false, Json::error_handler_t::replace);
      out += ':';
      write(member, out);
      separator = ",";
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    const char* separator = "";
    for (const Json& element : value) {
      out += separator;
      write(element, out);
      separator = ",";
    }
    out += ']';
  } else if (value.is_binary()) {
    out += number_text(value);
  } else {
    out += value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

}  // namespace

Result<Json> parse_json(std::string_view text, int max_depth) {
  Builder builder(max_depth);
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
  return Error(ErrorCode::Protocol, "JSON " +
                                        (builder.problem.empty() ? "malformed" : builder.problem) +
                                        " at " + where(text, builder.position));
}

std::string dump_json(const Json& value) {
  std::string out;
  write(value, out);
  return out;
}

Json exact_number(std::string text) {
  return Json::binary(Json::binary_t::container_type(text.begin(), text.end()));
}

bool is_number(const Json& value) { return value.is_number() || value.is_binary(); }

std::string number_text(const Json& value) {
  if (!value.is_binary()) return value.dump();
  const auto& bytes = value.get_binary();
  return std::string(bytes.begin(), bytes.end());
}

std::string text_of(const Json& object, const char* member, std::string fallback) {
  if (!object.is_object()) return fallback;
  const auto found = object.find(member);
  if (found == object.end() || !found->is_string()) return fallback;
  return found->get<std::string>();
}

}  // namespace channelbridge::sandbox
