#include "sandbox/soap/crm_partners.hpp"

#include <utility>

namespace channelbridge::sandbox::crm {
namespace {

constexpr XifFunction kPartnerSave{
    .number = "PARTNER", .what = "Business partner", .message_class = "ZBP"};

}  // namespace

bool is_person(const Partner& partner) { return field_of(partner.fields, "CATEGORY") == "1"; }

std::string PartnerImport::saved_under(const std::string& external_id) const {
  const auto found = external_.find(external_id);
  return found == external_.end() ? std::string() : found->second;
}

XifOutcome PartnerImport::save_one(Partners& partners, pugi::xml_node item) {
  const pugi::xml_node header = item.child("HEADER");
  const std::string id = soap::value_of(header, "EXTERNAL_ID");
  const std::string wanted = soap::value_of(header, "PARTNER");
  std::string number = !wanted.empty() ? wanted : saved_under(id);
  const bool exists = partners.contains(number);
  const EffectKind effect =
      effect_of_task(kPartnerSave, item, exists, number.empty() ? id : number);
  if (effect == EffectKind::Deleted) {
    partners.erase(number);
    std::erase_if(external_, [&](const auto& entry) { return entry.second == number; });
    return {number, effect};
  }
  const std::string category = soap::value_of(item.child("CENTRAL"), "CATEGORY");
  if (!category.empty() && category != "1" && category != "2")
    refuse_xif(kXifValue, "CATEGORY " + category + " of business partners is not known");
  Partner changed = exists ? partners.at(number) : Partner{};
  if (exists && !category.empty() && is_person(changed) != (category == "1"))
    refuse_xif(kXifFixed, "The category of business partner " + number + " does not change");
  for (const char* block : {"CENTRAL", "PERSON", "ADDRESS"})
    take_block(item, block, exists, changed.fields);
  const bool person = is_person(changed);
  const char* name = person ? "LASTNAME" : "NAME_ORG1";
  const char* other = person ? "NAME_ORG1" : "LASTNAME";
  if (item.child(person ? "CENTRAL" : "PERSON").child(other))
    refuse_xif(kXifValue, std::string(other) + " does not belong to the partner's category");
  require(changed.fields, name, "the business partner");
  changed.name = field_of(changed.fields, name);
  if (!exists && number.empty()) number = std::to_string(++range_);
  partners[number] = std::move(changed);
  if (!id.empty()) external_[id] = number;
  return {number, effect};
}

std::string PartnerImport::save(Partners& partners, pugi::xml_node data, const XifSaved& saved) {
  return save_each(
      kPartnerSave, data, [&](pugi::xml_node item) { return save_one(partners, item); }, saved);
}

}  // namespace channelbridge::sandbox::crm
