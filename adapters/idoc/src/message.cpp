#include "message_internal.hpp"

#include <algorithm>
#include <charconv>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/document/tree_path.hpp"

namespace channelbridge::idoc {
namespace {

using document::Tree;

constexpr std::string_view kControl = "EDI_DC40";

const std::pair<std::string_view, std::size_t>* control_field(std::string_view name) {
  const auto at = std::find_if(kControlFields.begin(), kControlFields.end(),
                               [name](const auto& each) { return each.first == name; });
  return at == kControlFields.end() ? nullptr : &*at;
}

std::string nearest_control_field(std::string_view name) {
  std::vector<std::string> known;
  known.reserve(kControlFields.size());
  for (const auto& [field, length] : kControlFields) known.emplace_back(field);
  return nearest_word(name, known);
}

Tree attribute(std::string name, std::string text) {
  return {.kind = Tree::Kind::Text, .name = std::move(name), .text = std::move(text)};
}

bool is_number(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int number_of(std::string_view text) {
  int out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

Error broken(std::string message) { return Error(ErrorCode::Protocol, std::move(message)); }

/// Why this element is no IDoc of the type; nullopt when it is one.
std::optional<Error> fault_of(const Tree& idoc, std::string_view type) {
  if (idoc.name != "IDOC") return broken("<" + idoc.name + "> stands where <IDOC> belongs");
  const auto first = std::find_if(idoc.children.begin(), idoc.children.end(),
                                  [](const Tree& child) { return !child.name.starts_with('@'); });
  if (first == idoc.children.end() || first->name != kControl)
    return broken("the IDoc does not begin with its control record EDI_DC40");
  std::string type_name;
  bool has_message = false;
  for (const Tree& field : first->children) {
    if (field.name.starts_with('@')) continue;
    const auto* rules = control_field(field.name);
    if (rules == nullptr) {
      const std::string near = nearest_control_field(field.name);
      return broken("the control record has no field " + field.name +
                    (near.empty() ? std::string() : " (did you mean " + near + "?)"));
    }
    if (field.kind == Tree::Kind::Object)
      return broken("the control record's " + field.name + " is no text");
    if (characters(field.text) > rules->second)
      return broken("the control record's " + field.name + " is longer than " +
                    std::to_string(rules->second) + " characters");
    if (field.name == "TABNAM" && field.text != kControl)
      return broken("the control record's TABNAM is not EDI_DC40");
    if (field.name == "IDOCTYP") type_name = field.text;
    if (field.name == "MESTYP") has_message = !field.text.empty();
  }
  if (type_name != type)
    return broken("the control record's IDOCTYP '" + type_name + "' is not the envelope's type " +
                  std::string(type));
  if (!has_message) return broken("the control record names no message (MESTYP)");
  const auto again = std::count_if(idoc.children.begin(), idoc.children.end(),
                                   [](const Tree& child) { return child.name == kControl; });
  if (again > 1) return broken("the IDoc has two control records");
  return std::nullopt;
}

void mark_segments(Tree& tree) {
  for (Tree& child : tree.children) {
    if (child.kind != Tree::Kind::Object) continue;
    std::erase_if(child.children, [](const Tree& each) { return each.name == "@SEGMENT"; });
    child.children.insert(child.children.begin(), attribute("@SEGMENT", "1"));
    mark_segments(child);
  }
}

}  // namespace

std::string Message::control(std::string_view field) const {
  const Tree* record = tree.find(kControl);
  const Tree* found = record == nullptr ? nullptr : record->find(field);
  return found == nullptr ? std::string() : found->text;
}

std::string Message::version() const {
  const std::string day = control("CREDAT");
  const std::string time = control("CRETIM");
  if (!is_number(day, 8) || !is_number(time, 6)) return {};
  const std::string document = number();
  constexpr std::size_t kDigits = 16;
  return day + time +
         std::string(kDigits - std::min(kDigits, document.size()), '0').append(document);
}

std::optional<Timestamp> Message::made(const TimeZone& zone) const {
  const std::string day = control("CREDAT");
  const std::string time = control("CRETIM");
  if (!is_number(day, 8) || !is_number(time, 6)) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{
      year(number_of(std::string_view(day).substr(0, 4))),
      month(static_cast<unsigned>(number_of(std::string_view(day).substr(4, 2)))),
      std::chrono::day(static_cast<unsigned>(number_of(std::string_view(day).substr(6, 2))))};
  if (!date.ok()) return std::nullopt;
  return zone.to_utc(LocalTime(local_days(date)) +
                     hours(number_of(std::string_view(time).substr(0, 2))) +
                     minutes(number_of(std::string_view(time).substr(2, 2))) +
                     seconds(number_of(std::string_view(time).substr(4, 2))));
}

std::string Message::xml() const {
  std::string out;
  document::append_xml(out, tree);
  return out;
}

Result<Envelope> read_envelope(std::string_view text) {
  auto root = document::parse_tree(text, document::Format::Xml);
  if (!root) return std::move(root).error();
  Envelope out;
  std::size_t place = 0;
  for (Tree& child : root->children) {
    if (child.name.starts_with('@')) continue;
    ++place;
    Message message{.tree = std::move(child)};
    if (auto fault = fault_of(message.tree, root->name)) {
      out.broken.push_back({.place = place,
                            .number = message.number(),
                            .text = message.xml(),
                            .error = *std::move(fault)});
      continue;
    }
    out.messages.emplace_back(place, std::move(message));
  }
  if (place == 0) return broken("<" + root->name + "> is no envelope of IDocs");
  return out;
}

std::string envelope(std::string_view type, const std::vector<Message>& messages) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><" + std::string(type) + '>';
  for (const Message& message : messages) document::append_xml(out, message.tree);
  out += "</" + std::string(type) + '>';
  return out;
}

Message make_message(Tree segments, const std::vector<std::pair<std::string, std::string>>& control,
                     std::vector<Problem>& problems) {
  Tree record{.kind = Tree::Kind::Object, .name = std::string(kControl)};
  for (const auto& [name, length] : kControlFields) {
    for (const auto& [field, value] : control) {
      if (field != name || value.empty()) continue;
      if (characters(value) > length)
        problems.push_back({.path = "EDI_DC40/" + field,
                            .rule = "length",
                            .message = "has " + std::to_string(characters(value)) +
                                       " characters, the field holds " + std::to_string(length)});
      record.children.push_back(attribute(field, value));
    }
  }
  segments.name = "IDOC";
  segments.kind = Tree::Kind::Object;
  std::erase_if(segments.children, [](const Tree& each) { return each.name.starts_with('@'); });
  segments.children.insert(segments.children.begin(), std::move(record));
  mark_segments(segments);
  segments.children.insert(segments.children.begin(), attribute("@BEGIN", "1"));
  return {.tree = std::move(segments)};
}

}  // namespace channelbridge::idoc
