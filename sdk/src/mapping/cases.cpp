#include <algorithm>
#include <fstream>
#include <sstream>

#include "channelbridge/document/json_index.hpp"
#include "channelbridge/document/tree.hpp"
#include "channelbridge/mapping/mapping.hpp"
#include "yaml_internal.hpp"

namespace channelbridge::mapping {

namespace {

/// A YAML value as JSON text; plain numbers keep theirs.
void append_json(const YAML::Node& node, std::string& out) {
  if (!node || node.IsNull()) {
    out += "null";
  } else if (node.IsScalar()) {
    const std::string& text = node.Scalar();
    const bool bare =
        node.Tag() != "!" && (text == "true" || text == "false" || document::is_json_number(text));
    bare ? void(out += text) : document::append_json_string(out, text);
  } else if (node.IsSequence()) {
    out += '[';
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (i > 0) out += ',';
      append_json(node[i], out);
    }
    out += ']';
  } else {
    out += '{';
    bool comma = false;
    for (const auto& entry : node) {
      if (comma) out += ',';
      comma = true;
      document::append_json_string(out, entry.first.Scalar());
      out += ':';
      append_json(entry.second, out);
    }
    out += '}';
  }
}

/// A document or body: a YAML map, or its exact text.
std::string text_of(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  std::string out;
  append_json(node, out);
  return out;
}

document::Format format_of(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '<' ? document::Format::Xml
                                                          : document::Format::Json;
}

class CaseReferences : public References {
 public:
  explicit CaseReferences(const YAML::Node& node) {
    if (!node || !node.IsMap()) return;
    for (const auto& object : node) {
      for (const auto& link : object.second)
        records_[object.first.Scalar()][link.first.Scalar()] = link.second.Scalar();
    }
  }
  std::optional<std::string> record_of(std::string_view object,
                                       std::string_view key) const override {
    const auto keys = records_.find(object);
    if (keys == records_.end()) return std::nullopt;
    const auto record = keys->second.find(key);
    return record == keys->second.end() ? std::nullopt : std::optional(record->second);
  }
  std::optional<std::string> key_of(std::string_view object,
                                    std::string_view record) const override {
    const auto keys = records_.find(object);
    if (keys == records_.end()) return std::nullopt;
    for (const auto& [key, value] : keys->second) {
      if (value == record) return key;
    }
    return std::nullopt;
  }

 private:
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> records_{};
};

using Shown = std::map<std::string, std::string>;

class CaseRunner {
 public:
  CaseRunner(const Mapping& mapping, YamlProblems& problems)
      : mapping_(mapping), problems_(problems) {}

  void run(const YAML::Node& root) {
    problems_.check_keys(root, "", {"source", "read", "write"});
    const bool sourced = problems_.text(root, "source", "").has_value();
    std::size_t cases = 0;
    for (const char* kind : {"read", "write"}) {
      const YAML::Node list = root[kind];
      if (!list) continue;
      if (!list.IsSequence()) {
        problems_.add(list, kind, "wrong_type", "must be a list of cases");
        continue;
      }
      for (const auto& each : list) {
        ++cases;
        if (!each.IsMap()) {
          problems_.add(each, kind, "wrong_type", "a case is a map");
          continue;
        }
        name_ = std::string(kind) + " " +
                problems_.text(each, "name", kind).value_or("#" + std::to_string(cases));
        if (!sourced && !problems_.text(each, "source", name_))
          fail(each, "no_source", "a case names the source of its facts");
        kind[0] == 'r' ? read(each) : write(each);
      }
    }
    if (cases == 0) problems_.add(root, "", "missing", "the file has no cases");
  }

 private:
  void fail(const YAML::Node& at, const std::string& rule, const std::string& message) {
    problems_.add(at, name_, rule, message);
  }

  /// True when the case ends here: an error came, as expected or not.
  template <typename T>
  bool settled(const YAML::Node& each, const Result<T>& result) {
    const auto expected = problems_.text(each, "error", name_);
    if (result && !expected) return false;
    if (result) {
      fail(each, "case", "should fail with '" + *expected + "'");
    } else if (!expected || to_string(result.error()).find(*expected) == std::string::npos) {
      fail(each, "case", "fails: " + to_string(result.error()));
    }
    return true;
  }

  void compare(const YAML::Node& at, const std::string& what, const Shown& expected,
               const Shown& got) {
    for (const auto& [path, value] : expected) {
      const auto found = got.find(path);
      if (found == got.end()) {
        fail(at, "case", what + " lacks " + path + " = " + value);
      } else if (found->second != value) {
        fail(at, "case", what + " has " + path + " = " + found->second + ", expected " + value);
      }
    }
    for (const auto& [path, value] : got) {
      if (!expected.contains(path))
        fail(at, "case", what + " has " + path + " = " + value + ", which is not expected");
    }
  }

  void compare(const YAML::Node& at, const std::string& what, std::vector<std::string> expected,
               std::vector<std::string> got) {
    std::sort(expected.begin(), expected.end());
    std::sort(got.begin(), got.end());
    const auto joined = [](const std::vector<std::string>& list) {
      std::string out;
      for (const std::string& each : list) out += (out.empty() ? "" : ", ") + each;
      return "[" + out + "]";
    };
    if (expected != got)
      fail(at, "case", what + " is " + joined(got) + ", expected " + joined(expected));
  }

  void read(const YAML::Node& each) {
    problems_.check_keys(each, name_,
                         {"name", "source", "document", "partial", "references", "system", "patch",
                          "complete", "error"});
    if (!each["document"]) return fail(each, "missing", "a read case needs 'document'");
    const std::string text = text_of(each["document"]);
    const auto document =
        document::Document::of(text, format_of(text), !problems_.flag(each, "partial", name_));
    const CaseReferences references(each["references"]);
    const auto patch = mapping_.read(
        document, &references, problems_.text(each, "system", name_).value_or(mapping_.system()));
    if (settled(each, patch)) return;
    Shown expected;
    Shown got;
    for (const auto& entry : each["patch"]) {
      expected[entry.first.Scalar()] =
          entry.second.IsNull() ? "null" : "'" + entry.second.Scalar() + "'";
    }
    for (const auto& entry : patch->entries)
      got[entry.path] = entry.value ? "'" + *entry.value + "'" : "null";
    compare(each, "the patch", expected, got);
    if (each["complete"])
      compare(each, "complete", problems_.texts(each, "complete", name_), patch->complete_lists);
    lens_law(each, *patch);
  }

  /// What is read shows itself unchanged: written back it would change nothing.
  void lens_law(const YAML::Node& each, const model::Patch& patch) {
    model::Fields fields;
    for (const auto& entry : patch.entries) model::set(fields, entry.path, entry.value);
    const model::Fields view = mapping_.view(fields);
    for (const auto& [path, value] : fields) {
      const auto shown = view.find(path);
      if (shown == view.end() || shown->second != value) {
        fail(each, "lens_law",
             path + " = '" + value + "' would not be shown again after writing it back");
      }
    }
  }

  void write(const YAML::Node& each) {
    problems_.check_keys(
        each, name_,
        {"name", "source", "fields", "create", "groups", "removed", "elements", "references",
         "present", "body", "nodes", "waiting", "withheld", "contradicted", "error"});
    model::Fields fields;
    for (const auto& entry : each["fields"]) fields[entry.first.Scalar()] = entry.second.Scalar();
    WriteScope scope{.create = problems_.flag(each, "create", name_)};
    for (const std::string& group : problems_.texts(each, "groups", name_))
      scope.groups.insert(group);
    for (const std::string& group : problems_.texts(each, "removed", name_))
      scope.removed_elements.insert(group);
    ElementKeys elements;
    for (const auto& list : each["elements"]) {
      for (const auto& element : list.second)
        elements[list.first.Scalar()][element.first.Scalar()] = element.second.Scalar();
    }
    document::Document present;
    if (each["present"]) {
      const std::string text = text_of(each["present"]);
      present = document::Document::of(text, format_of(text));
      scope.present = &present;
    }
    const CaseReferences references(each["references"]);
    const auto written = mapping_.write(fields, scope, elements, &references);
    if (settled(each, written)) return;
    if (each["body"]) body(each["body"], "the body", written->nodes.front().body);
    if (each["nodes"]) nodes(each["nodes"], *written);
    compare(each, "waiting", problems_.texts(each, "waiting", name_), written->waiting);
    compare(each, "withheld", problems_.texts(each, "withheld", name_), written->withheld);
    compare(each, "contradicted", problems_.texts(each, "contradicted", name_),
            written->contradicted);
  }

  void body(const YAML::Node& expected, const std::string& what, const std::string& got) {
    const std::string text = text_of(expected);
    const auto wanted = document::parse_tree(text, format_of(text));
    const auto shown = document::parse_tree(got, format_of(got));
    if (!wanted)
      return fail(expected, "case",
                  "the expected body is not readable: " + wanted.error().message());
    if (!shown)
      return fail(expected, "case", "the written body is not readable: " + shown.error().message());
    compare(expected, what, document::flatten(*wanted), document::flatten(*shown));
  }

  void nodes(const YAML::Node& expected, const Written& written) {
    if (expected.size() != written.nodes.size()) {
      return fail(expected, "case",
                  "writes " + std::to_string(written.nodes.size()) + " nodes, expected " +
                      std::to_string(expected.size()));
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const YAML::Node want = expected[i];
      const Node& node = written.nodes[i];
      const std::string what = "node " + std::to_string(i);
      problems_.check_keys(
          want, name_,
          {"operation", "object", "key", "parent", "navigation", "list", "element", "body"});
      constexpr const char* kOperations[] = {"create", "update", "delete"};
      Shown got{{"operation", kOperations[static_cast<std::size_t>(node.operation)]},
                {"object", node.object},
                {"key", node.key},
                {"parent", std::to_string(node.parent)},
                {"navigation", node.navigation},
                {"list", node.list},
                {"element", node.element}};
      Shown wanted;
      for (const auto& entry : want) {
        if (entry.first.Scalar() != "body") wanted[entry.first.Scalar()] = entry.second.Scalar();
      }
      std::erase_if(got, [&wanted](const auto& each) { return !wanted.contains(each.first); });
      compare(want, what, wanted, got);
      if (want["body"]) body(want["body"], what, node.body);
    }
  }

  const Mapping& mapping_;
  YamlProblems& problems_;
  std::string name_{};
};

}  // namespace

Result<std::vector<Problem>> run_cases(const Mapping& mapping, const std::string& cases_file) {
  std::ifstream in(cases_file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in) return Error(ErrorCode::Invalid, "cannot read the cases file " + cases_file);
  YamlProblems problems(cases_file);
  const auto root = load_yaml(text.str(), problems);
  if (!root) return problems.error("the cases file");
  try {
    CaseRunner(mapping, problems).run(*root);
  } catch (const YAML::Exception& error) {
    return Error(ErrorCode::Invalid, "the cases file " + cases_file + ": " + error.what());
  }
  return std::move(problems.all());
}

}  // namespace channelbridge::mapping
