#include "sandbox/soap/crm_xif.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace channelbridge::sandbox::crm {
namespace {

std::string without_leading_zeros(const std::string& number) {
  const std::size_t first = number.find_first_not_of('0');
  return first == std::string::npos ? std::string() : number.substr(first);
}

std::string key_of(pugi::xml_node row, const XifTable& table) {
  std::string out;
  for (const char* key : table.keys) {
    const std::string part = soap::value_of(row, key);
    if (!out.empty() && !part.empty()) out += ' ';
    out += part;
  }
  return table.numbered ? without_leading_zeros(out) : out;
}

std::string next_in_tens(const XifRows& rows) {
  constexpr int kStep = 10;
  int last = 0;
  for (const auto& [key, fields] : rows) {
    int number = 0;
    std::from_chars(key.data(), key.data() + key.size(), number);
    last = std::max(last, number);
  }
  return std::to_string(last - last % kStep + kStep);
}

}  // namespace

void refuse_xif(XifMessage number, const std::string& text) {
  throw Refused{{.type = 'E', .number = number, .text = text}};
}

std::string save_each(const XifFunction& function, pugi::xml_node data, const XifSave& save,
                      const XifSaved& saved) {
  constexpr std::size_t kDigits = 3;
  soap::XmlWriter xml;
  xml.open("RETURN");
  for (const pugi::xml_node item : data.children("item")) {
    const pugi::xml_node header = item.child("HEADER");
    const std::string id = soap::value_of(header, "EXTERNAL_ID");
    XifOutcome outcome{.number = soap::value_of(header, function.number)};
    Note note;
    try {
      outcome = save(item);
      note.text = std::string(function.what) + " " + outcome.number +
                  (outcome.kind == EffectKind::Deleted ? " was deleted" : " was saved");
      saved(outcome.number, outcome.kind, id);
    } catch (const Refused& refused) {
      note = refused.note;
    }
    const std::string number = std::to_string(note.number);
    xml.open("item")
        .put("OBJECT_TASK", soap::value_of(header, "OBJECT_TASK"))
        .put("EXTERNAL_ID", id)
        .put(function.number, outcome.number)
        .put("TYPE", std::string(1, note.type))
        .put("ID", function.message_class)
        .put("NUMBER", std::string(kDigits - number.size(), '0') + number)
        .put("MESSAGE", note.text)
        .close("item");
  }
  return xml.close("RETURN").text();
}

EffectKind effect_of_task(const XifFunction& function, pugi::xml_node item, bool exists,
                          const std::string& shown) {
  const std::string task = soap::value_of(item.child("HEADER"), "OBJECT_TASK");
  const std::string named = std::string(function.what) + " " + shown;
  if (task == "I" && exists) refuse_xif(kXifExists, named + " exists already");
  if (!exists && (task == "U" || task == "D")) refuse_xif(kXifUnknown, named + " does not exist");
  if (task == "D") return EffectKind::Deleted;
  return exists ? EffectKind::Updated : EffectKind::Created;
}

void take_block(pugi::xml_node parent, const std::string& block, bool only_marked,
                XifFields& fields) {
  const pugi::xml_node values = parent.child(block.c_str());
  for (const pugi::xml_node mark : parent.child((block + "X").c_str()).children())
    if (soap::trimmed_text(mark) == "X") fields[mark.name()] = soap::value_of(values, mark.name());
  if (only_marked) return;
  for (const pugi::xml_node field : values.children())
    fields[field.name()] = soap::trimmed_text(field);
}

void take_rows(pugi::xml_node parent, const XifTable& table, XifRows& rows) {
  std::set<std::string> named;
  const bool all = soap::value_of(parent, (table.name + "X").c_str()) == "X";
  for (const pugi::xml_node row : parent.child(table.name.c_str()).children("item")) {
    std::string id = key_of(row, table);
    if (table.numbered && id.empty()) id = next_in_tens(rows);
    if (!named.insert(id).second) refuse_xif(kXifTwice, table.name + " has row " + id + " twice");
    const bool exists = rows.contains(id);
    take_block(row, "DATA", exists, rows[id]);
  }
  if (all) std::erase_if(rows, [&named](const auto& row) { return !named.contains(row.first); });
}

std::string field_of(const XifFields& fields, const char* name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

void require(const XifFields& fields, const char* name, const std::string& of_what) {
  if (field_of(fields, name).empty())
    refuse_xif(kXifMissing, std::string(name) + " of " + of_what + " is missing");
}

void require_known(const std::set<std::string>& codes, const XifFields& fields, const char* name) {
  const std::string code = field_of(fields, name);
  if (!code.empty() && !codes.contains(code))
    refuse_xif(kXifValue, std::string(name) + " " + code + " is not known");
}

}  // namespace channelbridge::sandbox::crm
