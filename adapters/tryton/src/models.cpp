#include "models_internal.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "line_quantities_internal.hpp"
#include "values_internal.hpp"

namespace channelbridge::tryton {
namespace {

using document::Tree;

std::string text_of(const Tree& object, std::string_view name) {
  const Tree* value = object.find(name);
  return value != nullptr && value->kind == Tree::Kind::Text ? value->text : std::string();
}

bool flag_of(const Tree& object, std::string_view name) {
  const Tree* value = object.find(name);
  return value != nullptr && value->kind == Tree::Kind::Boolean && value->text == "true";
}

/// The number of decimals of "[16, 4]"; none where it depends on other fields.
std::optional<int> scale_of(const Tree& field) {
  const std::string digits = text_of(field, "digits");
  const auto parsed = document::parse_tree(digits, document::Format::Json);
  if (digits.empty() || !parsed || parsed->children.size() != 2) return std::nullopt;
  const std::string& text = parsed->children[1].text;
  int scale = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), scale);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return scale;
}

adapter::PropertyMetadata property_of(const Tree& field) {
  adapter::PropertyMetadata property;
  property.name = field.name;
  property.type = text_of(field, "type");
  property.nullable = !flag_of(field, "required");
  // What is set by a method or computed is read only; a state is written through its steps.
  const bool state = field.name == "state" && property.type == "selection";
  property.creatable = property.updatable = state || !flag_of(field, "readonly");
  property.filterable = flag_of(field, "searchable");
  if (const Tree* size = field.find("size"); size != nullptr && size->kind == Tree::Kind::Number)
    std::from_chars(size->text.data(), size->text.data() + size->text.size(), property.max_length);
  if (property.type == "numeric" || property.type == "float") property.scale = scale_of(field);
  const Tree* selection = field.find("selection");
  if (property.type == "selection" && selection != nullptr &&
      selection->kind == Tree::Kind::Array) {
    for (const Tree& value : selection->children)
      if (!value.children.empty() && value.children.front().kind == Tree::Kind::Text)
        property.values.push_back(value.children.front().text);
  }
  return property;
}

}  // namespace

const Model::Field* Model::find(std::string_view name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? nullptr : &found->second;
}

Result<Model> parse_model(std::string_view name, const Tree& fields, const Workflows& workflows) {
  if (fields.kind != Tree::Kind::Object)
    return Error(ErrorCode::Protocol, "the answer is no description of a model's fields");
  Model model;
  model.metadata.name = name;
  model.metadata.keys = {"id"};
  for (const Tree& field : fields.children) {
    adapter::PropertyMetadata property = property_of(field);
    const std::string relation = text_of(field, "relation");
    model.fields.emplace(field.name, Model::Field{.type = property.type,
                                                  .relation = relation,
                                                  .inverse = text_of(field, "relation_field")});
    if (!relation.empty()) model.metadata.navigations.emplace(field.name, relation);
    model.metadata.properties.emplace(field.name, std::move(property));
  }
  describe_line_quantities(name, model);
  const auto workflow = workflows.find(name);
  if (workflow == workflows.end()) return model;
  model.state_field = workflow->second.field;
  const auto state = model.metadata.properties.find(model.state_field);
  for (const Conclusion& each : workflow->second.conclusions) {
    if (state == model.metadata.properties.end() || model.find(each.field) == nullptr) continue;
    state->second.values.push_back(each.shown);
    model.conclusions.push_back(each);
  }
  return model;
}

std::string shown_state(const Model& model, const Tree& record) {
  const auto text = [&record](const std::string& field) {
    const Tree* value = record.find(field);
    return value == nullptr ? std::string() : scalar_text(*value);
  };
  std::string state = text(model.state_field);
  for (const Conclusion& each : model.conclusions)
    if (state == each.state && text(each.field) == each.shown) return each.shown;
  return state;
}

Result<adapter::ObjectMetadata> published_metadata(std::string_view name,
                                                   const std::string& folder) {
  namespace fs = std::filesystem;
  for (const fs::path& place : {fs::path(folder), fs::path(folder) / "tryton"}) {
    const fs::path file = place / (std::string(name) + ".json");
    std::error_code ignored;  // an unreadable file counts as missing
    if (!fs::is_regular_file(file, ignored)) continue;
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    if (!in || !(text << in.rdbuf()))
      return Error(ErrorCode::Invalid, "cannot read " + file.string());
    auto tree = document::parse_tree(text.str(), document::Format::Json);
    if (!tree) return Error(ErrorCode::Invalid, file.string() + ": " + tree.error().message());
    auto model = parse_model(name, *tree, default_workflows());
    if (!model) return std::move(model).error();
    return std::move(model->metadata);
  }
  return Error(ErrorCode::NotFound, "there is no " + std::string(name) + ".json in " + folder);
}

Result<std::shared_ptr<const Model>> Models::get(std::string_view name, const Context& context) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(name); found != known_.end()) return found->second;
  }
  const std::string operation = "describe " + std::string(name);
  auto fields =
      rpc_.read("model." + std::string(name) + ".fields_get", "[null", operation, context);
  if (!fields) {
    // Source: Tryton 6.0, pool.get(): a KeyError that shows the name in quotes.
    if (fields.error().remote_message() != "'" + std::string(name) + "'")
      return std::move(fields).error();
    return rpc_.located(
        Error(ErrorCode::NotFound,
              "the database has no model " + std::string(name) + ": is its module activated?")
            .with_sent(Sent::Answered),
        operation);
  }
  auto model = parse_model(name, *fields, workflows_);
  if (!model) return rpc_.located(model.error(), operation);
  auto shared = std::make_shared<const Model>(std::move(*model));
  const std::lock_guard lock(mutex_);
  return known_.emplace(name, std::move(shared)).first->second;
}

}  // namespace channelbridge::tryton
