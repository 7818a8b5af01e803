// The law that makes merge and push quiet, on the files that the project ships and on values that
// nobody thought of: what a system is sent is what it shows, as view() foretells.
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "channelbridge/core/random.hpp"
#include "shipped.hpp"

namespace channelbridge::mapping {
namespace {

using model::FieldType;
using Json = nlohmann::ordered_json;

/// Keys are the record ids with a letter in front.
class EveryReference : public References {
 public:
  std::optional<std::string> record_of(std::string_view, std::string_view key) const override {
    return std::string(key.substr(1));
  }
  std::optional<std::string> key_of(std::string_view, std::string_view record) const override {
    return "K" + std::string(record);
  }
};

/// Canonical values of any entity, by its description.
class Values {
 public:
  explicit Values(std::uint64_t seed) : random_(seeded_random(seed)) {}

  model::Fields record(const model::EntityType& entity) {
    model::Fields out;
    for (const model::FieldInfo& field : entity.fields()) {
      if (field.path.find('[') == std::string::npos && below(4) > 0)
        out[field.path] = value(field, below(100));
    }
    for (const model::FieldInfo& field : entity.fields()) {
      // An amount without its currency is no value of the model.
      if (field.type != FieldType::Currency || field.group.empty() ||
          field.path.find('[') != std::string::npos)
        continue;
      const bool amount =
          std::any_of(entity.fields().begin(), entity.fields().end(), [&](const auto& other) {
            return other.group == field.group && other.type == FieldType::Decimal &&
                   out.contains(other.path);
          });
      if (amount) out[field.path] = pick({"EUR", "PLN"});
    }
    for (const model::ValueRule& rule : entity.rules().values) {
      if (rule.name == "currency_missing") out["currency"] = "EUR";  // nor are a document's amounts
    }
    for (const model::ListInfo& list : entity.lists()) {
      for (std::size_t i = 0; i < 3 && !list.read_only; ++i) {
        if (list.path == "addresses" || below(2) == 0) element(entity, list, i, out);
      }
    }
    return out;
  }

 private:
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_->next() % limit); }
  std::string pick(std::vector<std::string> choices) { return choices[below(choices.size())]; }

  void element(const model::EntityType& entity, const model::ListInfo& list, std::size_t number,
               model::Fields& out) {
    const std::string id = "e" + std::to_string(number);
    for (const model::FieldInfo& field : entity.fields()) {
      if (!field.path.starts_with(list.path + "[].")) continue;
      const std::string leaf = field.path.substr(list.path.size() + 3);
      // What tells elements apart differs from one to the next.
      const bool key = std::find(list.keys.begin(), list.keys.end(), leaf) != list.keys.end();
      out[model::element_path(list.path, id, leaf)] = value(field, key ? number : below(100));
    }
  }

  std::string value(const model::FieldInfo& field, std::size_t choice) {
    const auto one_of = [choice](const auto& list) {
      return std::string(list[choice % list.size()]);
    };
    using Choices = std::vector<std::string_view>;
    switch (field.type) {
      case FieldType::Code:
        if (field.codes != nullptr) return one_of(field.codes->codes);
        if (field.path.ends_with("scheme"))
          return one_of(Choices{"0060", "9930", "9945", "0199", "NAICS"});
        return one_of(Choices{"423830", "5734", "x"});
      case FieldType::Boolean:
        return one_of(Choices{"true", "false"});
      case FieldType::Integer:
        return std::to_string(choice);
      case FieldType::Decimal:
        return one_of(Choices{"0", "1", "12.5", "-3.25", "1234.567", "99999999.99"});
      case FieldType::Percent:
        return one_of(Choices{"0", "1", "12.5", "-3.25", "99.9875", "100"});
      case FieldType::Date:
        return "2026-02-28";
      case FieldType::Timestamp:
        return "2026-02-28T23:59:59.123456Z";
      case FieldType::Country:
        return one_of(Choices{"PL", "CN", "DE", "SE", "US"});
      case FieldType::Currency:
        return "EUR";
      case FieldType::Language:
        return one_of(Choices{"en", "pl", "zh", "de"});
      case FieldType::Unit:
        return one_of(Choices{"H87", "EA", "KGM"});
      case FieldType::TimeZone:
        return "Europe/Warsaw";
      case FieldType::Email:
        return one_of(Choices{"a@example.com", "biuro@zagiel.example"});
      case FieldType::Phone:
        return one_of(Choices{"+48221000001", "+86211000001", "02224 22222"});
      case FieldType::Web:
        return one_of(Choices{"https://www.zagiel.example", "https://example.com/a?b=c"});
      case FieldType::Reference:
        return "019c2e00-0000-7000-8000-00000000000" + std::to_string(choice % 10);
      case FieldType::Text:
        break;
    }
    return text(field.max_length);
  }

  std::string text(std::size_t longest) {
    static const std::vector<std::string> kPieces{"Ż", "ółw ", "上", "海", "a", "B ", "\"", "\\",
                                                  "9", "'",    "&",  "<",  ",", ";",  "\n", "ß"};
    // A piece has four characters at most, and the model's own limit holds.
    const std::size_t length = below(std::min<std::size_t>(longest == 0 ? 120 : longest, 120) / 4);
    std::string out;
    for (std::size_t i = 0; i < length; ++i) out += kPieces[below(kPieces.size())];
    return out + "x";
  }

  std::shared_ptr<Random> random_;
};

/// What a record or a patch shows, without the names of its elements: scalars, and lists as sets of
/// rows.
struct Shown {
  std::map<std::string, std::string> scalars{};
  std::map<std::string, std::multiset<std::string>> rows{};
};

std::string text_of(const Shown& shown) {
  std::string out;
  for (const auto& [path, value] : shown.scalars) out += path + " = " + value + "\n";
  for (const auto& [list, rows] : shown.rows) {
    for (const std::string& row : rows) out += list + ": " + row + "\n";
  }
  return out;
}

/// `elsewhere`: fields that are read in another place than they are written count, too.
Shown shown(const Mapping& mapping, const model::Fields& fields,
            const std::set<std::string>& left_out, bool elsewhere) {
  std::set<std::string> read_only;
  for (const RuleInfo& rule : mapping.rules()) {
    // What goes with another field alone no create carries.
    if (rule.direction != Direction::Both || (!elsewhere && !rule.read.empty()) ||
        !rule.with.field.empty())
      read_only.insert(rule.field);
  }
  std::map<std::pair<std::string, std::string>, std::string> rows;
  Shown out;
  for (const auto& [path, value] : fields) {
    if (left_out.contains(mapping.entity().group_of(path))) continue;
    const auto element = model::split_element(path);
    if (!element) {
      if (!read_only.contains(path)) out.scalars[path] = value;
      continue;
    }
    if (read_only.contains(model::element_path(element->list, "", element->field))) continue;
    rows[{std::string(element->list), std::string(element->element)}] +=
        std::string(element->field) + "=" + value + "; ";
  }
  for (auto& [element, row] : rows) out.rows[element.first].insert(row);
  return out;
}

/// What is written at one place is shown at another, too.
void show_derived(const Mapping& mapping, const std::string& list, Json& body) {
  for (const RuleInfo& rule : mapping.rules()) {
    const auto element = model::split_element(rule.field);
    const std::string of = element ? std::string(element->list) : std::string();
    if (of == list && !rule.read.empty() && body.contains(rule.path))
      body[rule.read] = body[rule.path];
  }
}

/// What only the system says of a row: this test has no words for it.
bool read_only(const Mapping& mapping, const std::string& list, const std::string& path) {
  const auto& rules = mapping.rules();
  return std::any_of(rules.begin(), rules.end(), [&](const RuleInfo& rule) {
    const auto element = model::split_element(rule.field);
    return rule.direction == Direction::Read && rule.path == path && element &&
           element->list == list;
  });
}

/// The object as its system would show it: the tree of nodes, with the keys that it gives.
Json document_of(const Mapping& mapping, const Written& written) {
  std::vector<Json> bodies;
  for (std::size_t i = 0; i < written.nodes.size(); ++i) {
    const Node& node = written.nodes[i];
    Json body = Json::parse(node.body);
    for (const ChildInfo& child : mapping.children()) {
      if (i == 0 || child.navigation != node.navigation || child.object != node.object ||
          child.list != node.list)
        continue;
      for (const std::string& path : child.paths) {
        if (!body.contains(path) && !read_only(mapping, node.list, path))
          body[path] = std::to_string(i);
      }
    }
    show_derived(mapping, node.list, body);
    bodies.push_back(std::move(body));
  }
  for (std::size_t i = bodies.size(); i-- > 1;) {
    const Node& node = written.nodes[i];
    bodies[static_cast<std::size_t>(node.parent)][node.navigation].push_back(std::move(bodies[i]));
  }
  return bodies.front();
}

TEST(ShippedMappings, ShowWhatTheyWrite) {
  const EveryReference references;
  for (const std::string& file : shipped_files()) {
    const auto mapping = load_shipped(file);
    if (!mapping) continue;
    const auto& rules = mapping->rules();
    const bool writes = std::any_of(rules.begin(), rules.end(), [](const RuleInfo& rule) {
      return rule.direction != Direction::Read && !rule.path.empty();
    });
    if (!writes) continue;  // it shows what others wrote
    int compared = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      SCOPED_TRACE(file + ", seed " + std::to_string(seed));
      const model::Fields fields = Values(seed).record(mapping->entity());
      const auto written = mapping->write(fields, {.create = true}, {}, &references);
      ASSERT_TRUE(written) << to_string(written.error());
      std::set<std::string> left_out(written->contradicted.begin(), written->contradicted.end());
      for (const std::string& path : written->waiting) left_out.insert(path);
      for (const RuleInfo& rule : mapping->rules()) {
        if (rule.later) left_out.insert(rule.group);
      }
      if (written->nodes.empty()) continue;
      const std::string& root = written->nodes.front().body;
      const bool xml = root.starts_with('<');  // its lists are inside
      const auto document =
          xml ? document::Document::of(root, document::Format::Xml, /*full=*/false)
              : document::Document::of(document_of(*mapping, *written).dump(),
                                       document::Format::Json, /*full=*/false);
      const auto read = mapping->read(document, &references, "system");
      ASSERT_TRUE(read) << to_string(read.error()) << "\n" << document.text();
      model::Fields again;
      for (const auto& entry : read->entries) model::set(again, entry.path, entry.value);
      const model::Fields view = mapping->view(fields);
      // The currency of a whole document stands there with an amount or without one.
      for (const RuleInfo& rule : mapping->rules())
        if (rule.constant && left_out.contains(rule.group)) again.erase(rule.field);
      // A message does not show what its system says elsewhere.
      ASSERT_EQ(text_of(shown(*mapping, view, left_out, !xml)),
                text_of(shown(*mapping, again, {}, !xml)))
          << document.text();
      ASSERT_EQ(mapping->view(view), view);
      ++compared;
    }
    EXPECT_GT(compared, 150) << file;
  }
}

}  // namespace
}  // namespace channelbridge::mapping
