#include "present_internal.hpp"

#include "elements_internal.hpp"
#include "slot_reader_internal.hpp"

namespace channelbridge::mapping {

namespace {

bool has_synonyms(const Rule& rule) { return rule.codes && rule.codes->has_synonyms(); }

class Collector : public ElementSink {
 public:
  Collector(const Compiled& mapping, PresentCodes& out) : mapping_(mapping), out_(out) {}

  void element(std::int32_t index, const Value* frame) override {
    const List& list = mapping_.def.lists[static_cast<std::size_t>(index)];
    const CompiledList& compiled = mapping_.lists[static_cast<std::size_t>(index)];
    std::string key;
    for (const std::int32_t slot : compiled.id)
      key += (key.empty() ? "" : ",") + std::string(frame[slot].text);
    const std::string address = "@" + part_prefix(mapping_, list) + key;
    for (std::size_t i = 0; i < list.rules.size(); ++i) {
      if (!has_synonyms(list.rules[i]) || compiled.slots[i] == kNone) continue;
      const Value& value = frame[compiled.slots[i]];
      if (value.state != Value::State::Text) continue;
      out_[model::element_path(list.name, address, list.rules[i].leaf)] = value.text;
    }
  }

 private:
  const Compiled& mapping_;
  PresentCodes& out_;
};

}  // namespace

std::string rule_key(std::size_t root_rule) { return "#" + std::to_string(root_rule); }

PresentCodes present_codes(const Compiled& mapping, const document::Document& document) {
  PresentCodes out;
  Collector collector(mapping, out);
  SlotReader reader;
  // What cannot be read any more keeps nothing: the first listed code is written then.
  if (!reader.run(mapping.program, document, &collector)) return {};
  for (std::size_t i = 0; i < mapping.def.rules.size(); ++i) {
    const std::int32_t slot = mapping.slots[i];
    if (slot == kNone || !has_synonyms(mapping.def.rules[i])) continue;
    const Value& value = reader.frame()[slot];
    if (value.state == Value::State::Text) out[rule_key(i)] = value.text;
  }
  return out;
}

}  // namespace channelbridge::mapping
