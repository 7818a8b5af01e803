#include <algorithm>

#include "check_internal.hpp"
#include "value_internal.hpp"
#include "yaml_internal.hpp"

namespace channelbridge::mapping {

namespace {

/// Of the number of a write: a UUID as text.
constexpr std::size_t kMarkLength = 36;

enum class Kind : std::uint8_t { Text, Number, Boolean, Time };

Kind kind_of(std::string_view type) {
  std::string word(type);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto has = [&word](std::string_view part) { return word.find(part) != std::string::npos; };
  if (has("bool")) return Kind::Boolean;
  if (has("date") || has("timestamp")) return Kind::Time;
  if (has("decimal") || has("double") || has("currency") || has("percent") || has("single") ||
      has("int") || has("byte") || has("numeric") || has("float")) {
    return Kind::Number;
  }
  return Kind::Text;
}

template <typename Map>
std::vector<std::string> names(const Map& map) {
  std::vector<std::string> out;
  out.reserve(map.size());
  for (const auto& [name, value] : map) out.push_back(name);
  return out;
}

class Checker {
 public:
  Checker(const Compiled& mapping, const MetadataLookup& metadata, Findings& findings)
      : mapping_(mapping), metadata_(metadata), findings_(findings) {}

  void run() {
    const Definition& def = mapping_.def;
    const ObjectFacts* root = object(def.object, 1, "object");
    if (root == nullptr) return;
    for (const auto& [key, text] :
         {std::pair("id", def.paths.id), std::pair("version", def.paths.version),
          std::pair("modified", def.paths.modified),
          std::pair("modified_by", def.paths.modified_by),
          std::pair("correlation", def.paths.correlation),
          std::pair("reference_key", def.paths.reference_key)}) {
      identity(*root, text, key);
    }
    for (const std::string& child : def.touch) object(child, 0, "touch");
    mark(*root, def.paths.mark);
    for (const Literal& literal : def.when) resolve(*root, literal.path, literal.line, "when");
    for (const Literal& literal : def.expect) resolve(*root, literal.path, literal.line, "expect");
    for (const Literal& literal : def.create) resolve(*root, literal.path, literal.line, "create");
    for (const Rule& each : def.chosen) resolve(*root, each.path, each.line, "create");
    for (const Rule& each : def.rules) rule(*root, each);
    for (const List& each : def.lists) list(*root, each);
  }

 private:
  const ObjectFacts* object(std::string_view name, std::uint32_t line, std::string path) {
    const ObjectFacts* facts = metadata_(name);
    if (facts == nullptr)
      findings_.add(line, std::move(path), "unknown_object",
                    "the system has no object '" + std::string(name) + "'");
    return facts;
  }

  void identity(const ObjectFacts& root, const std::string& text, const char* key) {
    if (text.empty() || text.starts_with('@')) return;
    for (const std::string& part : key_parts(text)) {
      if (auto path = document::parse_path(part)) resolve(root, *path, 0, key);
    }
  }

  /// Every write puts its number there.
  void mark(const ObjectFacts& root, const std::string& text) {
    const auto path = document::parse_path(text);
    if (text.empty() || !path) return;
    const PropertyFacts* property = resolve(root, *path, 0, "mark");
    if (property == nullptr) return;
    if (!property->creatable || !property->updatable)
      findings_.add(0, "mark", "not_writable", "'" + text + "' cannot be written there");
    if (property->max_length > 0 && property->max_length < kMarkLength)
      findings_.add(0, "mark", "max_length",
                    "the system holds " + std::to_string(property->max_length) + " of the " +
                        std::to_string(kMarkLength) + " characters of a write's number");
  }

  /// The property at a path, walking navigations; nullptr with a finding when there is none.
  const PropertyFacts* resolve(const ObjectFacts& from, const document::Path& path,
                               std::uint32_t line, const std::string& where) {
    const ObjectFacts* here = &from;
    for (std::size_t i = 0; i < path.size(); ++i) {
      const document::Step& step = path[i];
      const auto navigation = here->navigations.find(step.name);
      if (navigation != here->navigations.end() && i + 1 < path.size()) {
        here = object(navigation->second, line, where);
        if (here == nullptr) return nullptr;
        for (const auto& [name, text] : step.where) {
          if (!here->properties.contains(name)) unknown(*here, name, line, where);
        }
        continue;
      }
      const auto property = here->properties.find(step.name);
      if (property != here->properties.end()) return &property->second;
      unknown(*here, step.name, line, where);
      return nullptr;
    }
    return nullptr;
  }

  void unknown(const ObjectFacts& facts, const std::string& name, std::uint32_t line,
               const std::string& where) {
    std::vector<std::string> known = names(facts.properties);
    for (const std::string& navigation : names(facts.navigations)) known.push_back(navigation);
    findings_.add(line, where, "unknown_property", "the object has no '" + name + "'",
                  nearest_word(name, known));
  }

  void rule(const ObjectFacts& facts, const Rule& each) {
    if (each.computed) {
      for (const document::Path& need : each.computed->needs)
        if (!need.back().name.starts_with('@')) resolve(facts, need, each.line, each.field);
    }
    for (const document::Path& place : each.also) written(facts, each, place);
    if (each.path.empty() || each.path.front().name == "." ||
        each.path.back().name.starts_with('@'))
      return;
    // Who sends files leaves out columns of which he says nothing.
    if (mapping_.def.dialect == Dialect::Csv && each.absent == Absent::Unchanged &&
        !facts.properties.contains(each.read_path().front().name)) {
      findings_.add(each.line, each.field, "missing_column",
                    "no file has a column '" + each.read_path().front().name +
                        "' yet: nothing is said of the field",
                    nearest_word(each.read_path().front().name, names(facts.properties)));
      return;
    }
    if (!each.unless.empty()) resolve(facts, each.unless, each.line, each.field);
    for (const document::Path* read : {&each.read, &each.second}) {
      const PropertyFacts* shown =
          read->empty() ? nullptr : resolve(facts, *read, each.line, each.field);
      if (shown == nullptr) continue;
      type(each, *shown);
      if (read == &each.second && each.second_is == Second::HouseNumber) house_number(each, *shown);
    }
    written(facts, each, each.path);
  }

  /// One of the places of a rule. Attributes are not among the properties.
  void written(const ObjectFacts& facts, const Rule& each, const document::Path& place) {
    if (place.empty() || place.back().name.starts_with('@')) return;
    const PropertyFacts* property = resolve(facts, place, each.line, each.field);
    if (property == nullptr) return;
    if (each.writes() && !property->creatable && !property->updatable) {
      findings_.add(each.line, each.field, "not_writable",
                    "'" + document::to_string(place) + "' cannot be written there",
                    "direction: read");
    }
    type(each, *property);
    length(each, *property);
    values(each, *property);
  }

  void house_number(const Rule& each, const PropertyFacts& property) {
    const std::size_t holds = property.max_length;
    if (!each.writes() || holds == 0 || (each.second_length > 0 && each.second_length <= holds))
      return;
    findings_.add(each.line, each.field, "max_length",
                  "the system holds " + std::to_string(holds) + " characters of a house number",
                  "house_number: { path: …, max_length: " + std::to_string(holds) + " }");
  }

  void type(const Rule& each, const PropertyFacts& property) {
    if (mapping_.def.dialect == Dialect::Csv) return;  // a column is text that may hold any of them
    const Kind kind = kind_of(property.type);
    bool fits = true;
    switch (each.as) {
      case As::Text:
        fits = kind != Kind::Boolean || each.codes != nullptr;
        break;
      case As::Boolean:
        fits = kind == Kind::Boolean;
        break;
      case As::Decimal:
      case As::Integer:
      case As::Int64:
        fits = kind == Kind::Number;
        break;
      case As::CompactDate:
        fits = kind == Kind::Text;
        break;
      default:
        fits = kind == Kind::Time;
    }
    if (fits || property.type.empty()) return;
    findings_.add(each.line, each.field, "wrong_type",
                  "'" + each.path_text + "' has the type " + property.type, "as: …, or codes: …");
  }

  void length(const Rule& each, const PropertyFacts& property) {
    const std::size_t holds = property.max_length;
    if (property.scale && each.as == As::Decimal && each.info->scale > *property.scale &&
        each.scale < 0) {
      findings_.loss(each, "precision",
                     std::to_string(each.info->scale) + " decimals do not fit " +
                         std::to_string(*property.scale));
    }
    if (property.scale && each.scale > *property.scale) {
      findings_.add(each.line, each.field, "scale",
                    "the system keeps " + std::to_string(*property.scale) + " decimals only",
                    "scale: " + std::to_string(*property.scale));
    }
    if (holds == 0 || each.as != As::Text || !each.ref.empty()) return;
    if (each.max_length > holds) {
      findings_.add(each.line, each.field, "max_length",
                    "the system holds " + std::to_string(holds) + " characters only",
                    "max_length: " + std::to_string(holds));
    }
    if (each.codes || each.max_length > 0 || kind_of(property.type) != Kind::Text) return;
    const std::size_t longest_value = longest(*each.info);
    if (longest_value > holds ||
        (longest_value == 0 && each.info->type == model::FieldType::Text)) {
      findings_.loss(
          each, "truncation",
          "up to " +
              (longest_value == 0 ? std::string("any number of") : std::to_string(longest_value)) +
              " characters do not fit " + std::to_string(holds));
    }
  }

  void values(const Rule& each, const PropertyFacts& property) {
    if (!each.codes) return;
    for (const auto& [code, texts] : each.codes->external) {
      for (const std::string& text : texts) {
        const bool known = property.values.empty() || text.empty() ||
                           std::find(property.values.begin(), property.values.end(), text) !=
                               property.values.end();
        if (!known) {
          findings_.add(each.line, each.field, "unknown_value",
                        "'" + text + "' is not a value of '" + each.path_text + "'",
                        nearest_word(text, property.values));
        }
        if (property.max_length > 0 && text.size() > property.max_length) {
          findings_.add(
              each.line, each.field, "max_length",
              "the code '" + text + "' does not fit " + std::to_string(property.max_length));
        }
      }
    }
  }

  /// A list inside the document: elements that the metadata knows as objects are checked, too.
  void embedded(const ObjectFacts& root, const List& each, const std::string& where) {
    const ObjectFacts* here = &root;
    for (const document::Step& step : each.navigation) {
      const auto navigation = here->navigations.find(step.name);
      if (navigation == here->navigations.end()) {
        if (!here->properties.contains(step.name)) unknown(*here, step.name, each.line, where);
        return;
      }
      here = object(navigation->second, each.line, where);
      if (here == nullptr) return;
    }
    for (const std::string& id : each.id) {
      if (auto path = document::parse_path(id)) resolve(*here, *path, each.line, where + ".id");
    }
    for (const auto* literals : {&each.when, &each.create}) {
      for (const Literal& literal : *literals) resolve(*here, literal.path, literal.line, where);
    }
    for (const Rule& child : each.rules) rule(*here, child);
  }

  void list(const ObjectFacts& root, const List& each) {
    const std::string where = "children." + each.label;
    if (each.object.empty()) {
      embedded(root, each, where);
      return;
    }
    const ObjectFacts* parent = &root;
    for (const List& other : mapping_.def.lists) {
      if (!each.parent.empty() && other.label == each.parent) parent = metadata_(other.object);
    }
    const std::string& name = each.navigation.front().name;
    if (parent != nullptr && !parent->navigations.contains(name)) {
      findings_.add(each.line, where, "unknown_navigation",
                    "the object has no navigation '" + name + "'",
                    nearest_word(name, names(parent->navigations)));
    }
    const ObjectFacts* facts = object(each.object, each.line, where);
    if (facts == nullptr) return;
    for (const std::string& id : each.id) {
      if (auto path = document::parse_path(id)) resolve(*facts, *path, each.line, where + ".id");
    }
    for (const Literal& literal : each.when)
      resolve(*facts, literal.path, literal.line, where + ".when");
    for (const Literal& literal : each.create)
      resolve(*facts, literal.path, literal.line, where + ".create");
    for (const Rule& child : each.rules) rule(*facts, child);
  }

  const Compiled& mapping_;
  const MetadataLookup& metadata_;
  Findings& findings_;
};

}  // namespace

void check_metadata(const Compiled& mapping, const MetadataLookup& metadata, Findings& findings) {
  Checker(mapping, metadata, findings).run();
}

}  // namespace channelbridge::mapping
