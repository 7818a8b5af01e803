#include <exception>
#include <nlohmann/json.hpp>

#include "json_tree_internal.hpp"

namespace channelbridge::model {
namespace {

/// The deepest record has four levels.
constexpr std::size_t kMaxDepth = 16;

/// Builds the tree from the parser's events, which hand over the text of numbers.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonTree root{};
  std::string failure{};

  bool null() override { return scalar(JsonTree::Kind::Null, ""); }
  bool boolean(bool value) override {
    return scalar(JsonTree::Kind::Boolean, value ? "true" : "false");
  }
  bool number_integer(std::int64_t value) override {
    return scalar(JsonTree::Kind::Number, std::to_string(value));
  }
  bool number_unsigned(std::uint64_t value) override {
    return scalar(JsonTree::Kind::Number, std::to_string(value));
  }
  bool number_float(double, const std::string& text) override {
    return scalar(JsonTree::Kind::Number, text);
  }
  bool string(std::string& value) override {
    return scalar(JsonTree::Kind::String, std::move(value));
  }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(JsonTree::Kind::Object); }
  bool start_array(std::size_t) override { return open(JsonTree::Kind::Array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    stack_.back()->members.emplace_back(std::move(name), JsonTree{});
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    failure = "is not JSON at byte " + std::to_string(position);
    return false;
  }

 private:
  JsonTree& next() {
    if (stack_.empty()) return root;
    JsonTree& parent = *stack_.back();
    if (parent.kind == JsonTree::Kind::Object) return parent.members.back().second;
    return parent.items.emplace_back();
  }
  bool scalar(JsonTree::Kind kind, std::string text) {
    JsonTree& value = next();
    value.kind = kind;
    value.text = std::move(text);
    return true;
  }
  bool open(JsonTree::Kind kind) {
    if (stack_.size() == kMaxDepth) {
      failure = "is nested deeper than any record";
      return false;
    }
    JsonTree& value = next();
    value.kind = kind;
    stack_.push_back(&value);
    return true;
  }
  bool close() {
    stack_.pop_back();
    return true;
  }

  // Only the newest container of each level grows, so the pointers stay good.
  std::vector<JsonTree*> stack_{};
};

}  // namespace

Result<JsonTree> parse_json(std::string_view text) {
  Builder builder;
  try {
    if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder))
      return std::move(builder.root);
  } catch (const std::exception&) {
    // The exception's text may quote the input.
    if (builder.failure.empty()) builder.failure = "is not JSON";
  }
  return Error(ErrorCode::Invalid, "the text " + builder.failure);
}

}  // namespace channelbridge::model
