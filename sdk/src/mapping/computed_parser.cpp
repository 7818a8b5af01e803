#include <algorithm>

#include "jq_internal.hpp"
#include "rule_parser_internal.hpp"

namespace channelbridge::mapping {

/// `jq`, `needs` and `numbers`: a field computed from the document, which is only read.
void RuleParser::computed(Rule& rule, const YAML::Node& map, const std::string& path) {
  const YAML::Node node = map["jq"];
  if (!node) {
    for (const char* word : {"needs", "numbers"}) {
      if (map[word])
        problems_.add(map[word], path + "." + word, "bad_value",
                      std::string("'") + word + "' stands beside 'jq'");
    }
    return;
  }
  for (const char* word : {"path", "read", "unless", "house_number", "const", "default", "required",
                           "later", "with", "max_length", "first"}) {
    if (map[word])
      problems_.add(map[word], path + "." + word, "bad_value",
                    std::string("'") + word + "' has no meaning for a computed field");
  }
  if (map["direction"] && rule.direction != Direction::Read)
    problems_.add(map["direction"], path + ".direction", "bad_value",
                  "a computed field is only read: what a program does cannot be undone",
                  "direction: read");
  rule.direction = Direction::Read;
  if (path.starts_with("children."))
    problems_.add(node, path + ".jq", "bad_value",
                  "a computed field is one of the record itself, not one of a list's element");
  Computed computed{.program = problems_.text(map, "jq", path).value_or("")};
  for (const std::string& text : problems_.texts(map, "needs", path)) {
    document::Path need = parse(map["needs"], text, path + ".needs");
    if (std::any_of(need.begin(), need.end(),
                    [](const document::Step& step) { return step.selects() || step.name == "."; }))
      problems_.add(map["needs"], path + ".needs", "bad_path",
                    "'" + text + "': the program itself chooses among elements; name all of them",
                    "to_Item.Amount");
    if (!need.empty()) computed.needs.push_back(std::move(need));
  }
  if (computed.needs.empty())
    problems_.add(node, path + ".needs", "missing",
                  "'needs' lists the paths that the program sees: they are asked of the system");
  if (const auto word = problems_.text(map, "numbers", path); word && *word != "text") {
    problems_.add(map["numbers"], path + ".numbers", "bad_value",
                  "'" + *word + "' is not a value of 'numbers'", "text");
  } else {
    computed.numbers_as_text = word.has_value();
  }
  if (auto compiled = compile_jq(computed.program); !compiled) {
    const auto& found = compiled.error().problems();
    problems_.add(node, path + ".jq", "jq",
                  found.empty() ? compiled.error().message() : found.front().message);
    // The text of a block begins in the line below its key.
    const bool block = computed.program.find('\n') != std::string::npos;
    if (!found.empty()) problems_.all().back().line += found.front().line - (block ? 0 : 1);
  }
  rule.computed = std::make_shared<const Computed>(std::move(computed));
}

}  // namespace channelbridge::mapping
