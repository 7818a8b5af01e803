#include "definition_internal.hpp"

#include <algorithm>
#include <set>

#include "channelbridge/core/sha256.hpp"
#include "codes_internal.hpp"
#include "rule_parser_internal.hpp"
#include "values_internal.hpp"
#include "yaml_internal.hpp"

namespace channelbridge::mapping {

namespace {

/// The meaning of the language itself: a change here is a change of every mapping.
constexpr std::string_view kLanguage = "channelbridge-mapping-1;";

std::optional<Dialect> dialect_of(std::string_view word) {
  if (word == "json") return Dialect::Json;
  if (word == "odata_v2") return Dialect::ODataV2;
  if (word == "odata_v4") return Dialect::ODataV4;
  if (word == "csv") return Dialect::Csv;
  if (word == "xml") return Dialect::Xml;
  return std::nullopt;
}

class FileParser {
 public:
  FileParser(YamlProblems& problems, std::string codes_folder,
             const model::EntityRegistry& entities, const Tenant& tenant)
      : problems_(problems),
        codes_(problems, std::move(codes_folder), tenant),
        entities_(entities),
        tenant_(tenant) {}

  void run(const YAML::Node& root) {
    problems_.check_keys(
        root, "",
        {"system",      "object", "entity",        "id",     "version",  "modified", "modified_by",
         "correlation", "mark",   "reference_key", "format", "when",     "expect",   "create",
         "touch",       "absent", "empty",         "fields", "children", "codes",    "values"});
    out_.values = put_values_in(root, tenant_, problems_);
    head(root);
    codes_.read_own(root["codes"]);
    if (!out_.entity) return;
    RuleParser rules(problems_, codes_, *out_.entity, defaults_);
    out_.when = rules.literals(root["when"], "when");
    out_.expect = rules.literals(root["expect"], "expect");
    out_.create = rules.literals(root["create"], "create", true);
    out_.chosen = rules.chosen(root["create"], "create");
    fields(meant(root, "fields"), rules);
    children(root["children"], rules);
    companions();
    mark(root["mark"]);
    codes_.report_unused();
    out_.code_maps = codes_.names();
    std::string semantics(kLanguage);
    append_semantics(root, semantics);
    out_.fingerprint = sha256_hex(semantics + codes_.shared_semantics());
  }

  Definition take() { return std::move(out_); }

 private:
  /// The node under a keyword, or under the misspelt one that check_keys() has reported: what
  /// stands there is checked, too.
  static YAML::Node meant(const YAML::Node& root, const std::string& keyword) {
    if (const YAML::Node node = root[keyword]; node.IsDefined()) return node;
    for (const auto& entry : root) {
      if (entry.first.IsScalar() && !nearest_word(entry.first.Scalar(), {keyword}).empty())
        return entry.second;
    }
    return root[keyword];
  }

  std::string required(const YAML::Node& root, const char* key) {
    const auto value = problems_.text(root, key, "");
    if (!value || value->empty())
      problems_.add(root, key, "missing", std::string("'") + key + "' is missing");
    return value.value_or("");
  }

  std::string path_text(const YAML::Node& root, const char* key) {
    const auto value = problems_.text(root, key, "");
    if (!value || value->empty()) return {};
    // A compound key is its parts joined with ','; "@etag" is the protocol's own version.
    for (const std::string& part : key_parts(*value)) {
      if (auto path = document::parse_path(part); !path)
        problems_.add(root[key], key, "bad_path", path.error().message());
    }
    return *value;
  }

  void head(const YAML::Node& root) {
    out_.file = problems_.file();
    out_.system = required(root, "system");
    out_.object = required(root, "object");
    const std::string entity = required(root, "entity");
    if (!entity.empty()) {
      out_.entity = entities_.find(entity);
      if (!out_.entity) {
        problems_.add(root["entity"], "entity", "unknown_entity",
                      "there is no entity '" + entity + "'",
                      nearest_word(entity, entities_.names()));
      }
    }
    required(root, "id");
    out_.paths = {.id = path_text(root, "id"),
                  .version = path_text(root, "version"),
                  .modified = path_text(root, "modified"),
                  .modified_by = path_text(root, "modified_by"),
                  .correlation = path_text(root, "correlation"),
                  .mark = path_text(root, "mark"),
                  .reference_key = path_text(root, "reference_key")};
    out_.touch = problems_.texts(root, "touch", "");
    if (const auto word = problems_.text(root, "format", "")) {
      const auto dialect = dialect_of(*word);
      if (!dialect) {
        problems_.add(root["format"], "format", "bad_value", "'" + *word + "' is not a format",
                      nearest_word(*word, {"json", "odata_v2", "odata_v4", "csv", "xml"}));
      }
      out_.dialect = dialect.value_or(Dialect::Json);
    }
    // Text formats leave out or blank what is empty; the others deliver every field that was asked
    // for.
    const bool text = out_.dialect == Dialect::Csv || out_.dialect == Dialect::Xml;
    defaults_.empty = text ? Empty::Text : Empty::Null;
    defaults_.absent = out_.dialect == Dialect::Xml ? Absent::Null : Absent::Error;
    if (const auto absent = read_absent(problems_, root, "")) defaults_.absent = *absent;
    if (const auto empty = read_empty(problems_, root, "")) defaults_.empty = *empty;
  }

  /// The number of a write has one field of the object for itself.
  void mark(const YAML::Node& node) {
    const std::string& text = out_.paths.mark;
    if (text.empty()) return;
    const auto path = document::parse_path(text);
    if (!path || path->size() != 1 || path->front().selects() || text.starts_with('@')) {
      problems_.add(node, "mark", "bad_path", "'mark' names one field of the object itself");
      return;
    }
    for (const std::string* other :
         {&out_.paths.id, &out_.paths.version, &out_.paths.modified, &out_.paths.modified_by,
          &out_.paths.correlation, &out_.paths.reference_key}) {
      if (*other == text)
        problems_.add(
            node, "mark", "taken",
            "'" + text + "' is named twice: the number of our last write needs a field of its own");
    }
    for (const auto* literals : {&out_.when, &out_.create}) {
      for (const Literal& literal : *literals) {
        if (literal.path_text == text)
          problems_.add(node, "mark", "taken", "'" + text + "' holds '" + literal.text + "'");
      }
    }
    for (const Rule& rule : out_.rules) {
      if (rule.path_text == text)
        problems_.add(node, "mark", "taken",
                      "'" + text + "' carries the number of our last write; " + rule.field +
                          " (line " + std::to_string(rule.line) + ") wants it, too");
    }
  }

  /// Key texts under `fields:` in the order of the file.
  void fields(const YAML::Node& node, RuleParser& rules) {
    if (!node || !node.IsMap()) {
      problems_.add(node, "fields", "missing", "'fields' must map canonical fields to paths");
      return;
    }
    problems_.check_twice(node, "fields");
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) continue;
      const std::string& key = entry.first.Scalar();
      int fixed = -1;
      const std::string row =
          key.find('[') == std::string::npos ? key : fixed_row(entry.first, key, fixed, rules);
      if (row.empty()) continue;
      if (fixed < 0 && row.find('[') != std::string::npos) continue;
      if (auto rule = rules.rule(entry.first, entry.second, row, "fields." + key)) {
        rule->fixed = fixed;
        out_.rules.push_back(std::move(*rule));
      }
    }
  }

  /// "addresses[kind=billing].city" -> "addresses[].city" and the fixed element it belongs to; ""
  /// with a problem. "addresses[].city" belongs to the only element.
  std::string fixed_row(const YAML::Node& at, const std::string& key, int& fixed,
                        RuleParser& rules) {
    const auto split = model::split_element(key);
    const auto bad = [&](const std::string& message) {
      problems_.add(at, "fields." + key, "bad_element", message);
      return std::string();
    };
    if (!split || split->field.empty())
      return bad("an element of a list is written list[field=value].field");
    Fixed element{.list = std::string(split->list), .key = split->element.empty() ? "only" : ""};
    auto path = document::parse_path(
        split->element.empty() ? "x" : "x[" + std::string(split->element) + "]");
    if (!path || (path->front().where.empty() && element.key.empty()))
      return bad(
          "an element of a list is chosen by value, e.g. [kind=billing], or is its only one: []");
    for (auto& [field, value] : path->front().where) {
      const std::string row = model::element_path(element.list, "", field);
      const auto canonical = rules.canonical(at, row, value, "fields." + key);
      if (!canonical) return {};
      element.key += (element.key.empty() ? "" : ",") + field + "=" + *canonical;
      element.where.emplace_back(field, *canonical);
    }
    const auto known = std::find_if(out_.fixed.begin(), out_.fixed.end(), [&](const Fixed& each) {
      return each.list == element.list && each.key == element.key;
    });
    const bool beside = std::any_of(out_.fixed.begin(), out_.fixed.end(), [&](const Fixed& each) {
      return each.list == element.list && each.where.empty() != element.where.empty();
    });
    if (beside) return bad("the only element of a list has no others beside it");
    fixed = static_cast<int>(known - out_.fixed.begin());
    if (known == out_.fixed.end()) out_.fixed.push_back(element);
    return model::element_path(element.list, "", split->field);
  }

  void children(const YAML::Node& node, RuleParser& rules) {
    if (!node) return;
    if (!node.IsMap()) {
      problems_.add(node, "children", "wrong_type", "must be a map of lists");
      return;
    }
    problems_.check_twice(node, "children");
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) continue;
      if (auto list = rules.list(entry.first, entry.second)) out_.lists.push_back(std::move(*list));
    }
    for (const Fixed& only : out_.fixed) {
      const bool beside = std::any_of(out_.lists.begin(), out_.lists.end(),
                                      [&](const List& list) { return list.name == only.list; });
      if (only.where.empty() && beside)
        problems_.add(node, "children", "bad_element",
                      "'" + only.list + "[]' is the only element: it has no others beside it");
    }
    for (const List& list : out_.lists) {
      if (list.parent.empty()) continue;
      const bool known =
          std::any_of(out_.lists.begin(), out_.lists.end(), [&list](const List& each) {
            return each.label == list.parent && &each != &list && each.parent.empty() &&
                   !each.object.empty();
          });
      if (!known) {
        problems_.add(node[list.label], "children." + list.label + ".parent", "unknown_list",
                      "'" + list.parent + "' is not a list of objects below the root");
      }
    }
  }

  /// What goes with another field goes with one that is written, whatever goes with that.
  void companions() {
    const auto check = [this](const Rule& rule) {
      const std::string& field = rule.with.field;
      if (field.empty()) return;
      const bool written =
          std::any_of(out_.rules.begin(), out_.rules.end(), [&field](const Rule& each) {
            return each.field == field && each.writes() && !each.path.empty() && !each.constant &&
                   (each.with.field.empty() || each.with.field == field);
          });
      if (written) return;
      problems_.all().push_back({.file = problems_.file(),
                                 .line = static_cast<int>(rule.line),
                                 .path = rule.field + ".with",
                                 .rule = "not_written",
                                 .message = "no write brings '" + field + "' anywhere",
                                 .suggestion = {}});
    };
    for (const Rule& rule : out_.rules) check(rule);
    for (const List& list : out_.lists)
      for (const Rule& rule : list.rules) check(rule);
  }

  YamlProblems& problems_;
  CodeMaps codes_;
  const model::EntityRegistry& entities_;
  const Tenant& tenant_;
  RuleDefaults defaults_{};
  Definition out_{};
};

}  // namespace

std::vector<std::string> key_parts(std::string_view text) {
  std::vector<std::string> out;
  bool inside = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size()) {
      if (text[i] == '[') inside = true;
      if (text[i] == ']') inside = false;
      if (text[i] != ',' || inside) continue;
    }
    out.emplace_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return out;
}

Result<Definition> parse_definition(std::string_view yaml, const std::string& file,
                                    const std::string& codes_folder,
                                    const model::EntityRegistry& entities, const Tenant& tenant) {
  YamlProblems problems(file);
  const auto root = load_yaml(yaml, problems);
  Definition definition;
  if (root) {
    FileParser parser(problems, codes_folder, entities, tenant);
    try {
      parser.run(*root);
      definition = parser.take();
    } catch (const YAML::Exception& error) {
      problems.all().push_back({.file = file,
                                .line = error.mark.line < 0 ? 0 : error.mark.line + 1,
                                .path = {},
                                .rule = "syntax",
                                .message = error.msg,
                                .suggestion = {}});
    }
  }
  if (!problems.empty()) return problems.error("the mapping");
  return definition;
}

}  // namespace channelbridge::mapping
