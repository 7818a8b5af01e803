#include "rule_parser_internal.hpp"

#include <algorithm>
#include <charconv>

#include "channelbridge/document/json_index.hpp"

namespace channelbridge::mapping {

namespace {

template <typename T>
struct Word {
  const char* text;
  T value;
};

/// The value of a word, or nullopt with a problem that names the nearest one.
template <typename T, std::size_t N>
std::optional<T> choose(YamlProblems& problems, const YAML::Node& map, const char* key,
                        const std::string& path, const Word<T> (&words)[N]) {
  auto text = problems.text(map, key, path);
  const YAML::Node node = map[key];
  if (node && node.IsNull()) text = "null";  // the plain word, as people write it
  if (!text) return std::nullopt;
  std::vector<std::string> known;
  for (const auto& word : words) {
    if (*text == word.text) return word.value;
    known.emplace_back(word.text);
  }
  problems.add(map[key], path.empty() ? key : path + "." + key, "bad_value",
               "'" + *text + "' is not a value of '" + key + "'", nearest_word(*text, known));
  return std::nullopt;
}

As natural_form(model::FieldType type) {
  using model::FieldType;
  switch (type) {
    case FieldType::Boolean:
      return As::Boolean;
    case FieldType::Integer:
      return As::Integer;
    case FieldType::Decimal:
    case FieldType::Percent:
      return As::Decimal;
    case FieldType::Date:
      return As::Date;
    case FieldType::Timestamp:
      return As::Timestamp;
    default:
      return As::Text;
  }
}

bool suits(As as, model::FieldType type) {
  using model::FieldType;
  const bool time = type == FieldType::Date || type == FieldType::Timestamp;
  switch (as) {
    case As::Text:
      return true;
    case As::Boolean:
      return type == FieldType::Boolean;
    case As::Date:
    case As::CompactDate:
      return time;
    case As::Timestamp:
    case As::DateTimeOffset:
      return type == FieldType::Timestamp;
    case As::Decimal:
    case As::Integer:
    case As::Int64:
      return !time && type != FieldType::Boolean;
  }
  return false;
}

}  // namespace

std::optional<Absent> read_absent(YamlProblems& problems, const YAML::Node& map,
                                  const std::string& path) {
  return choose<Absent>(
      problems, map, "absent", path,
      {{"unchanged", Absent::Unchanged}, {"null", Absent::Null}, {"error", Absent::Error}});
}

std::optional<Empty> read_empty(YamlProblems& problems, const YAML::Node& map,
                                const std::string& path) {
  return choose<Empty>(problems, map, "empty", path,
                       {{"null", Empty::Null}, {"text", Empty::Text}});
}

document::Path RuleParser::parse(const YAML::Node& at, const std::string& text,
                                 const std::string& path) {
  auto parsed = document::parse_path(text);
  if (parsed) return std::move(*parsed);
  problems_.add(at, path, "bad_path", parsed.error().message());
  return {};
}

std::optional<std::string> RuleParser::canonical(const YAML::Node& at, const std::string& row,
                                                 const std::string& text, const std::string& path) {
  const model::FieldInfo* info = entity_.find(row);
  if (info == nullptr) {
    problems_.add(at, path, "unknown_field", "'" + row + "' is not a field of " + entity_.name(),
                  entity_.nearest(row));
    return std::nullopt;
  }
  auto value = model::canonical_text(*info, text);
  if (!value)
    problems_.add(at, path, "bad_value", "'" + text + "': " + model::refusal(*info, text));
  return value;
}

std::optional<Rule> RuleParser::rule(const YAML::Node& key, const YAML::Node& value,
                                     const std::string& row, const std::string& path) {
  Rule rule;
  rule.field = row;
  rule.leaf = row;
  if (const auto element = model::split_element(row)) rule.leaf = std::string(element->field);
  rule.line = line_of(key);
  rule.info = entity_.find(row);
  rule.absent = defaults_.absent;
  rule.empty = defaults_.empty;
  if (rule.info == nullptr) {
    problems_.add(key, path, "unknown_field", "'" + row + "' is not a field of " + entity_.name(),
                  entity_.nearest(row));
    return std::nullopt;
  }
  rule.as = natural_form(rule.info->type);
  if (value.IsScalar()) {
    rule.path_text = value.Scalar();
    rule.path = parse(value, rule.path_text, path);
  } else if (value.IsMap()) {
    details(rule, value, path);
  } else {
    problems_.add(key, path, "wrong_type", "a rule is a path or a map of keywords");
    return std::nullopt;
  }
  if (rule.info->type == model::FieldType::Reference && rule.ref.empty() && !rule.constant) {
    problems_.add(key, path, "missing", "a reference needs 'ref' and 'object'",
                  "ref: " + rule.info->refers_to);
  }
  return rule;
}

void RuleParser::details(Rule& rule, const YAML::Node& map, const std::string& path) {
  problems_.check_keys(
      map, path,
      {"path",   "read",       "unless", "house_number", "as",      "codes", "ref",
       "object", "required",   "later",  "direction",    "default", "const", "max_length",
       "scale",  "normalised", "lossy",  "absent",       "empty",   "first", "jq",
       "needs",  "numbers",    "sum",    "also",         "with",    "once",  "awaited"});
  rule.path_text = problems_.text(map, "path", path).value_or("");
  if (!rule.path_text.empty()) rule.path = parse(map["path"], rule.path_text, path + ".path");
  rule.required = problems_.flag(map, "required", path);
  rule.awaited = problems_.flag(map, "awaited", path);
  rule.first = problems_.flag(map, "first", path);
  rule.later = problems_.flag(map, "later", path);
  if (rule.later && model::split_element(rule.field))
    problems_.add(map["later"], path + ".later", "bad_value",
                  "only a field of the record itself can come later, not one of a list's element");
  rule.once = problems_.flag(map, "once", path);
  if (rule.once && (rule.later || model::split_element(rule.field)))
    problems_.add(map["once"], path + ".once", "bad_value",
                  "only a field of the record itself goes with its create alone, and not one that "
                  "comes later");
  rule.lossy = problems_.text(map, "lossy", path).value_or("");
  if (const auto absent = read_absent(problems_, map, path)) rule.absent = *absent;
  if (const auto empty = read_empty(problems_, map, path)) rule.empty = *empty;
  rule.direction =
      choose<Direction>(
          problems_, map, "direction", path,
          {{"both", Direction::Both}, {"read", Direction::Read}, {"write", Direction::Write}})
          .value_or(Direction::Both);
  places(rule, map, path);
  computed(rule, map, path);
  value_form(rule, map, path);
  rule.sum = problems_.flag(map, "sum", path);
  if (rule.sum &&
      (rule.as != As::Decimal || rule.direction != Direction::Read || !rule.read.empty() ||
       std::any_of(rule.path.begin(), rule.path.end(),
                   [](const document::Step& step) { return step.selects(); })))
    problems_.add(map["sum"], path + ".sum", "bad_value",
                  "'sum' adds decimals that are only read, at a 'path' without selections",
                  "direction: read");
  if (const auto text = problems_.text(map, "const", path)) {
    rule.constant = canonical(map["const"], rule.field, *text, path + ".const");
    if (map["default"])
      problems_.add(map["default"], path + ".default", "bad_value", "a constant has no default");
  } else if (rule.path_text.empty() && !map["jq"]) {
    problems_.add(map, path, "missing", "a rule needs 'path', 'const' or 'jq'");
  }
  if (const auto text = problems_.text(map, "default", path)) {
    rule.default_value = canonical(map["default"], rule.field, *text, path + ".default");
  }
  companion(rule, map, path);
}

/// `with: { status: [approved] }`
void RuleParser::companion(Rule& rule, const YAML::Node& map, const std::string& path) {
  const YAML::Node node = map["with"];
  if (!node) return;
  const std::string here = path + ".with";
  if (!node.IsMap() || node.size() != 1)
    return problems_.add(node, here, "bad_value",
                         "'with' names one field and the values to which a write brings it",
                         "with: { status: [approved] }");
  if (!rule.writes() || rule.required || rule.constant || rule.default_value)
    problems_.add(node, here, "bad_value",
                  "only a field that is written, and may be left out, goes with another one");
  for (const auto& entry : node) {
    const std::string& field = entry.first.Scalar();
    if (model::split_element(field))
      return problems_.add(node, here, "bad_value", "names a field of the record itself");
    rule.with.field = field;
    for (const std::string& text : problems_.texts(node, field.c_str(), here))
      if (auto value = canonical(entry.first, field, text, here + "." + field))
        rule.with.values.push_back(*std::move(value));
  }
}

/// Places beside `path`.
void RuleParser::places(Rule& rule, const YAML::Node& map, const std::string& path) {
  if (const YAML::Node node = map["read"]) {
    const std::vector<std::string> texts = problems_.texts(map, "read", path);
    if (texts.empty() || texts.size() > 2 || rule.path_text.empty()) {
      problems_.add(node, path + ".read", "bad_value",
                    "'read' stands beside 'path' and names one place, or two of which the second "
                    "is read where the first is empty");
    } else {
      rule.read = parse(node, texts[0], path + ".read");
      if (texts.size() == 2) {
        rule.second = parse(node, texts[1], path + ".read");
        rule.second_is = Second::Otherwise;
      }
    }
  }
  if (const YAML::Node node = map["also"]) {
    if (!rule.writes() || rule.path_text.empty())
      problems_.add(node, path + ".also", "bad_value",
                    "'also' stands beside a 'path' that is written, and names further places");
    for (const std::string& text : problems_.texts(map, "also", path))
      rule.also.push_back(parse(node, text, path + ".also"));
  }
  if (const YAML::Node node = map["unless"]) {
    if (rule.direction != Direction::Read || rule.path_text.empty()) {
      problems_.add(node, path + ".unless", "bad_value",
                    "'unless' stands beside a 'path' that is only read", "direction: read");
    } else {
      rule.unless = parse(node, problems_.text(map, "unless", path).value_or(""), path + ".unless");
    }
  }
  if (const YAML::Node node = map["house_number"]) house_number(rule, node, path + ".house_number");
}

void RuleParser::house_number(Rule& rule, const YAML::Node& node, const std::string& path) {
  if (rule.path_text.empty() || !rule.read.empty() || rule.info->type != model::FieldType::Text) {
    problems_.add(node, path, "bad_value",
                  "a house number stands beside the 'path' of a text, without 'read'");
    return;
  }
  rule.second_is = Second::HouseNumber;
  if (node.IsMap()) {
    problems_.check_keys(node, path, {"path", "max_length"});
    rule.second = parse(node, problems_.text(node, "path", path).value_or(""), path);
    rule.second_length = problems_.number(node, "max_length", path).value_or(0);
  } else {
    rule.second = parse(node, node.IsScalar() ? node.Scalar() : std::string(), path);
  }
}

void RuleParser::value_form(Rule& rule, const YAML::Node& map, const std::string& path) {
  rule.ref = problems_.text(map, "ref", path).value_or("");
  rule.ref_object = problems_.text(map, "object", path).value_or("");
  const bool reference = rule.info->type == model::FieldType::Reference;
  if (!rule.ref.empty() && !reference)
    problems_.add(map["ref"], path + ".ref", "bad_value", "the field is not a reference");
  if (!rule.ref.empty() && reference && rule.ref != rule.info->refers_to &&
      !rule.info->refers_to.empty()) {
    problems_.add(map["ref"], path + ".ref", "bad_value",
                  "the field refers to '" + rule.info->refers_to + "'", rule.info->refers_to);
  }
  if (!rule.ref.empty() && rule.ref_object.empty()) {
    problems_.add(map, path, "missing",
                  "'ref' needs 'object', the object of this system whose key it holds");
  }
  if (const YAML::Node codes = map["codes"]) {
    rule.codes = codes.IsMap() ? codes_.read(codes, path, problems_)
                               : codes_.find(codes, problems_.text(map, "codes", path).value_or(""),
                                             path + ".codes");
    check_codes(rule, codes, path + ".codes");
    rule.as = As::Text;
  }
  const auto as = choose<As>(problems_, map, "as", path,
                             {{"text", As::Text},
                              {"decimal", As::Decimal},
                              {"integer", As::Integer},
                              {"int64", As::Int64},
                              {"boolean", As::Boolean},
                              {"date", As::Date},
                              {"compact_date", As::CompactDate},
                              {"timestamp", As::Timestamp},
                              {"datetimeoffset", As::DateTimeOffset}});
  if (as && !rule.codes && !suits(*as, rule.info->type)) {
    problems_.add(map["as"], path + ".as", "bad_value",
                  "a field of type " + std::string(model::to_string(rule.info->type)) +
                      " is not written that way");
  }
  if (as) rule.as = *as;
  rule.max_length = problems_.number(map, "max_length", path).value_or(0);
  if (const auto scale = problems_.number(map, "scale", path)) {
    rule.scale = static_cast<int>(*scale);
    if (rule.as != As::Decimal)
      problems_.add(map["scale"], path + ".scale", "bad_value", "only a decimal has a scale");
  }
  normal_forms(rule, map, path);
}

void RuleParser::normal_forms(Rule& rule, const YAML::Node& map, const std::string& path) {
  using Kind = NormalForm::Kind;
  constexpr Word<Kind> kWords[] = {{"upper", Kind::Upper}, {"lower", Kind::Lower},
                                   {"trim", Kind::Trim},   {"pad", Kind::Pad},
                                   {"alpha", Kind::Alpha}, {"e164", Kind::E164},
                                   {"gtin", Kind::Gtin},   {"negated", Kind::Negated}};
  for (const std::string& text : problems_.texts(map, "normalised", path)) {
    const std::size_t colon = text.find(':');
    const std::string word = text.substr(0, colon);
    const auto* known = std::find_if(std::begin(kWords), std::end(kWords),
                                     [&word](const auto& each) { return word == each.text; });
    if (known == std::end(kWords)) {
      problems_.add(map["normalised"], path + ".normalised", "bad_value",
                    "'" + word + "' is not a normal form",
                    nearest_word(word, {"upper", "lower", "trim", "pad", "alpha", "e164", "gtin",
                                        "negated"}));
      continue;
    }
    if (known->value == Kind::Negated && rule.as != As::Decimal) {
      problems_.add(map["normalised"], path + ".normalised", "bad_value",
                    "only a decimal has a sign to turn round");
      continue;
    }
    NormalForm form{.kind = known->value};
    const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), form.width);
    const bool number = error == std::errc{} && end == digits.data() + digits.size() &&
                        form.width > 0 && form.width <= 1000;
    const bool wants_width = form.kind == Kind::Pad || form.kind == Kind::Alpha;
    const bool is_gtin = form.kind == Kind::Gtin;
    if (is_gtin && colon != std::string::npos && !(form.width == 13 && number)) {
      problems_.add(map["normalised"], path + ".normalised", "bad_value",
                    "'gtin' writes 14 digits, 'gtin:13' those of a GTIN-13 where it is one");
      continue;
    }
    if (!is_gtin && wants_width != number) {
      problems_.add(map["normalised"], path + ".normalised", "bad_value",
                    wants_width ? "'" + word + "' needs a width, e.g. " + word + ":10"
                                : "'" + word + "' takes no width");
      continue;
    }
    rule.normal.push_back(form);
  }
}

void RuleParser::check_codes(const Rule& rule, const YAML::Node& at, const std::string& path) {
  if (!rule.codes) return;
  std::vector<std::string> known;
  if (rule.info->codes != nullptr) {
    for (const std::string_view code : rule.info->codes->codes) known.emplace_back(code);
  }
  const auto check = [&](const std::string& code) {
    if (code.empty() || model::canonical_text(*rule.info, code) == code) return;
    problems_.add(at, path, "bad_codes", "'" + code + "' is not a value of " + rule.field,
                  nearest_word(code, known));
    if (rule.codes->file.empty()) return;
    problems_.all().back().file = rule.codes->file;
    problems_.all().back().line = static_cast<int>(rule.codes->line);
  };
  for (const auto& [code, texts] : rule.codes->external) check(code);
  if (rule.codes->other_canonical) check(*rule.codes->other_canonical);
}

std::vector<Literal> RuleParser::literals(const YAML::Node& map, const std::string& path,
                                          bool tables) {
  std::vector<Literal> out;
  if (!map) return out;
  if (!map.IsMap()) {
    problems_.add(map, path, "wrong_type", "must map paths to values");
    return out;
  }
  problems_.check_twice(map, path);
  for (const auto& entry : map) {
    if (!entry.first.IsScalar() || (tables && entry.second.IsMap())) continue;
    if (!entry.second.IsScalar()) {
      problems_.add(entry.first, path, "wrong_type", "must map paths to values");
      continue;
    }
    Literal literal{.path_text = entry.first.Scalar(),
                    .text = entry.second.Scalar(),
                    .line = line_of(entry.first)};
    literal.path = parse(entry.first, literal.path_text, path);
    const bool word =
        literal.text == "true" || literal.text == "false" || document::is_json_number(literal.text);
    literal.quoted = entry.second.Tag() == "!" || !word;
    out.push_back(std::move(literal));
  }
  return out;
}

std::vector<Rule> RuleParser::chosen(const YAML::Node& map, const std::string& path) {
  std::vector<Rule> out;
  if (!map || !map.IsMap()) return out;
  for (const auto& entry : map) {
    if (!entry.first.IsScalar() || !entry.second.IsMap()) continue;
    const std::string here = path + "." + entry.first.Scalar();
    problems_.check_keys(entry.second, here, {"by", "codes"});
    Rule rule{.field = problems_.text(entry.second, "by", here).value_or(""),
              .path_text = entry.first.Scalar(),
              .direction = Direction::Write,
              .line = line_of(entry.first)};
    rule.leaf = rule.field;
    rule.path = parse(entry.first, rule.path_text, path);
    rule.info = entity_.find(rule.field);
    const YAML::Node codes = entry.second["codes"];
    if (rule.info == nullptr || model::split_element(rule.field)) {
      problems_.add(entry.first, here + ".by", "unknown_field",
                    "'" + rule.field + "' is not a field of " + entity_.name() + " itself",
                    entity_.nearest(rule.field));
      continue;
    }
    if (!codes) {
      problems_.add(entry.first, here, "missing", "'codes' says what each value is there");
      continue;
    }
    rule.codes = codes.IsMap()
                     ? codes_.read(codes, here, problems_)
                     : codes_.find(codes, problems_.text(entry.second, "codes", here).value_or(""),
                                   here + ".codes");
    if (!rule.codes) continue;
    check_codes(rule, codes, here + ".codes");
    out.push_back(std::move(rule));
  }
  return out;
}

std::optional<List> RuleParser::list(const YAML::Node& key, const YAML::Node& value) {
  List list;
  list.label = key.Scalar();
  list.line = line_of(key);
  const std::string path = "children." + list.label;
  if (!value.IsMap()) {
    problems_.add(key, path, "wrong_type", "a list is a map of keywords");
    return std::nullopt;
  }
  problems_.check_keys(value, path,
                       {"list", "object", "navigation", "path", "id", "element_key", "key",
                        "parent", "when", "create", "absent", "fields"});
  list.name = problems_.text(value, "list", path).value_or(list.label);
  if (entity_.find_list(list.name) == nullptr) {
    std::vector<std::string> known;
    for (const model::ListInfo& each : entity_.lists()) known.push_back(each.path);
    problems_.add(key, path, "unknown_list",
                  "'" + list.name + "' is not a list of " + entity_.name(),
                  nearest_word(list.name, known));
    return std::nullopt;
  }
  list.object = problems_.text(value, "object", path).value_or("");
  list.navigation_text =
      problems_.text(value, list.object.empty() ? "path" : "navigation", path).value_or("");
  if (list.navigation_text.empty()) {
    problems_.add(
        key, path, "missing",
        list.object.empty() ? "an embedded list needs 'path'" : "objects need 'navigation'");
    return std::nullopt;
  }
  for (const char* other : {"id", "navigation", "parent", "path", "element_key"}) {
    const bool of_embedded =
        other == std::string_view("path") || other == std::string_view("element_key");
    if (!value[other] || of_embedded == list.object.empty()) continue;
    problems_.add(
        value[other], path + "." + other, "unknown_key",
        std::string("'") + other + "' has no meaning " +
            (of_embedded ? "for objects of their own" : "for a list inside the document"));
  }
  list.navigation = parse(key, list.navigation_text, path);
  if (std::any_of(list.navigation.begin(), list.navigation.end(),
                  [](const auto& step) { return step.selects(); })) {
    problems_.add(key, path, "bad_path", "the place of a list cannot select elements; use 'when'");
  }
  list.id = problems_.texts(value, list.object.empty() ? "element_key" : "id", path);
  list.key = problems_.texts(value, "key", path);
  list.parent = problems_.text(value, "parent", path).value_or("");
  list.absent = read_absent(problems_, value, path).value_or(defaults_.absent);
  if (list.id.empty() && !list.object.empty())
    problems_.add(key, path, "missing", "objects need 'id'");
  if (list.id.empty() && list.key.empty()) list.key = entity_.find_list(list.name)->keys;
  if (list.id.empty() && list.key.empty()) {
    problems_.add(key, path, "missing", "elements need 'element_key' or 'key' to be told apart");
  }
  list.when = literals(value["when"], path + ".when");
  list.create = literals(value["create"], path + ".create");
  const YAML::Node fields = value["fields"];
  if (!fields || !fields.IsMap()) {
    problems_.add(key, path + ".fields", "missing",
                  "'fields' must map the element's fields to paths");
    return std::nullopt;
  }
  problems_.check_twice(fields, path + ".fields");
  for (const auto& entry : fields) {
    if (!entry.first.IsScalar()) continue;
    const std::string row = model::element_path(list.name, "", entry.first.Scalar());
    if (auto rule =
            this->rule(entry.first, entry.second, row, path + ".fields." + entry.first.Scalar())) {
      list.rules.push_back(std::move(*rule));
    }
  }
  return list;
}

}  // namespace channelbridge::mapping
