#include "channelbridge/mapping/mapping.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "compiled_internal.hpp"
#include "elements_internal.hpp"
#include "record_reader_internal.hpp"
#include "record_writer_internal.hpp"

namespace channelbridge::mapping {

namespace {

Result<std::unique_ptr<Compiled>> compile(std::string_view yaml, const std::string& file,
                                          const std::string& codes_folder,
                                          const model::EntityRegistry& entities,
                                          const Tenant& tenant) {
  auto definition = parse_definition(yaml, file, codes_folder, entities, tenant);
  if (!definition) return std::move(definition).error();
  auto out = std::make_unique<Compiled>();
  out->def = std::move(*definition);
  out->compile();
  return out;
}

SlotReader& reader_of_thread() {
  thread_local SlotReader reader;
  return reader;
}

}  // namespace

Mapping::Mapping(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
Mapping::~Mapping() = default;

Result<std::shared_ptr<const Mapping>> Mapping::load(const std::string& file,
                                                     const model::EntityRegistry& entities,
                                                     const Tenant& tenant) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in) return Error(ErrorCode::Invalid, "cannot read the mapping file " + file);
  // mappings/<system>/<object>.yaml shares mappings/codes/.
  const auto folder = std::filesystem::path(file).parent_path().parent_path() / "codes";
  auto compiled_mapping = compile(text.str(), file, folder.string(), entities, tenant);
  if (!compiled_mapping) return std::move(compiled_mapping).error();
  return std::shared_ptr<const Mapping>(new Mapping(std::move(*compiled_mapping)));
}

Result<std::shared_ptr<const Mapping>> Mapping::parse(std::string_view yaml,
                                                      const std::string& name,
                                                      const model::EntityRegistry& entities,
                                                      const Tenant& tenant) {
  auto compiled_mapping = compile(yaml, name, "", entities, tenant);
  if (!compiled_mapping) return std::move(compiled_mapping).error();
  return std::shared_ptr<const Mapping>(new Mapping(std::move(*compiled_mapping)));
}

const std::string& Mapping::file() const { return compiled().def.file; }
const std::string& Mapping::system() const { return compiled().def.system; }
const std::string& Mapping::object() const { return compiled().def.object; }
const model::EntityType& Mapping::entity() const { return *compiled().def.entity; }
const std::string& Mapping::fingerprint() const { return compiled().def.fingerprint; }
const ObjectPaths& Mapping::object_paths() const { return compiled().def.paths; }
std::span<const RuleInfo> Mapping::rules() const { return compiled().infos; }
std::span<const ChildInfo> Mapping::children() const { return compiled().children; }
const std::map<std::string, std::string>& Mapping::when() const { return compiled().when; }
const std::vector<std::string>& Mapping::touch() const { return compiled().def.touch; }
const std::vector<std::string>& Mapping::code_maps() const { return compiled().def.code_maps; }
const std::vector<std::string>& Mapping::values() const { return compiled().def.values; }

std::vector<std::string> Mapping::required_paths() const {
  std::vector<std::string> out;
  for (const auto& [path, text] : when()) out.push_back(path);
  for (const Literal& literal : compiled().def.expect) out.push_back(literal.path_text);
  for (const Rule& rule : compiled().def.rules) {
    if (rule.computed) {
      for (const document::Path& need : rule.computed->needs)
        out.push_back(document::to_string(need));
    }
    if (!rule.reads() || rule.path.empty()) continue;
    out.push_back(document::to_string(rule.read_path()));
    for (const document::Path* path : {&rule.second, &rule.unless})
      if (!path->empty()) out.push_back(document::to_string(*path));
  }
  for (const List& list : compiled().def.lists) {
    if (list.object.empty()) out.push_back(document::to_string(list.navigation));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<model::Patch> Mapping::read(const document::Document& document, const References* references,
                                   std::string_view system_name) const {
  RecordReader reader(compiled(), references, system_name, document.full());
  return reader.run(reader_of_thread(), document);
}

bool Mapping::accepts(const document::Document& document) const {
  const auto& when = compiled().def.when;
  if (when.empty()) return true;
  SlotReader& reader = reader_of_thread();
  if (!reader.run(compiled().when_program, document, nullptr)) return false;
  for (std::size_t i = 0; i < when.size(); ++i) {
    const Value& value = reader.frame()[compiled().when_slots[i]];
    if (value.state != Value::State::Text || value.text != when[i].text) return false;
  }
  return true;
}

Result<Written> Mapping::write(const model::Fields& fields, const WriteScope& scope,
                               const ElementKeys& elements, const References* references) const {
  RecordWriter writer(compiled(), fields, scope, elements, references);
  return writer.run();
}

std::vector<InnerList> Mapping::inner_lists(const model::Fields& fields,
                                            const ElementKeys& elements) const {
  return mapping::inner_lists(compiled(), fields, elements);
}

}  // namespace channelbridge::mapping
