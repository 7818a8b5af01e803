#include "sandbox/soap/crm_partners.hpp"

namespace channelbridge::sandbox::crm {
namespace {

/// The fields of a block; of an update only those that the X-structure beside it marks.
void take_block(pugi::xml_node item, const char* block, bool only_marked, Partner& partner) {
  const std::string marks = std::string(block) + "X";
  const pugi::xml_node marked = item.child(marks.c_str());
  for (const pugi::xml_node mark : marked.children())
    if (soap::trimmed_text(mark) == "X")
      partner.fields[mark.name()] = soap::value_of(item.child(block), mark.name());
  if (only_marked) return;
  for (const pugi::xml_node field : item.child(block).children())
    partner.fields[field.name()] = soap::trimmed_text(field);
}

void take_blocks(pugi::xml_node item, bool only_marked, Partner& partner) {
  take_block(item, "CENTRAL", only_marked, partner);
  take_block(item, "ADDRESS", only_marked, partner);
  partner.name = partner.fields["NAME_ORG1"];
}

Note partner_problem(int number, const std::string& text) {
  return {.type = 'E', .number = number, .text = text};
}

}  // namespace

std::string PartnerImport::number_of(const Partners& partners, pugi::xml_node header) const {
  const std::string number = soap::value_of(header, "PARTNER");
  if (!number.empty()) return partners.contains(number) ? number : std::string();
  const auto external = external_.find(soap::value_of(header, "EXTERNAL_ID"));
  return external == external_.end() ? std::string() : external->second;
}

PartnerImport::Outcome PartnerImport::save_one(Partners& partners, pugi::xml_node item,
                                               const Saved& saved) {
  const pugi::xml_node header = item.child("HEADER");
  const std::string task = soap::value_of(header, "OBJECT_TASK");
  const std::string id = soap::value_of(header, "EXTERNAL_ID");
  const std::string wanted = soap::value_of(header, "PARTNER");
  std::string number = number_of(partners, header);
  const bool exists = !number.empty();
  if (task == "I" && exists)
    return {number, partner_problem(1, "Business partner " + number + " exists already")};
  if (!exists && (task == "U" || task == "D"))
    return {wanted, partner_problem(2, "Business partner " + (wanted.empty() ? id : wanted) +
                                           " does not exist")};
  if (task == "D") {
    partners.erase(number);
    std::erase_if(external_, [&](const auto& entry) { return entry.second == number; });
    saved(number, EffectKind::Deleted, id);
    return {number, {.number = 0, .text = "Business partner " + number + " was deleted"}};
  }
  Partner changed = exists ? partners.at(number) : Partner{};
  take_blocks(item, exists, changed);
  if (changed.name.empty())
    return {number, partner_problem(3, "NAME_ORG1 of the business partner is missing")};
  if (!exists) number = wanted.empty() ? std::to_string(++range_) : wanted;
  partners[number] = std::move(changed);
  if (!id.empty()) external_[id] = number;
  saved(number, exists ? EffectKind::Updated : EffectKind::Created, id);
  return {number, {.number = 0, .text = "Business partner " + number + " was saved"}};
}

std::string PartnerImport::save(Partners& partners, pugi::xml_node data, const Saved& saved) {
  constexpr std::size_t kDigits = 3;
  soap::XmlWriter xml;
  xml.open("RETURN");
  for (const pugi::xml_node item : data.children("item")) {
    const pugi::xml_node header = item.child("HEADER");
    const Outcome outcome = save_one(partners, item, saved);
    const std::string number = std::to_string(outcome.note.number);
    xml.open("item")
        .put("OBJECT_TASK", soap::value_of(header, "OBJECT_TASK"))
        .put("EXTERNAL_ID", soap::value_of(header, "EXTERNAL_ID"))
        .put("PARTNER", outcome.partner)
        .put("TYPE", std::string(1, outcome.note.type))
        .put("ID", "ZBP")
        .put("NUMBER", std::string(kDigits - number.size(), '0') + number)
        .put("MESSAGE", outcome.note.text)
        .close("item");
  }
  return xml.close("RETURN").text();
}

}  // namespace channelbridge::sandbox::crm
