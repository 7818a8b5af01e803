#include "sandbox/soap/crm_relations.hpp"

#include <algorithm>
#include <utility>

namespace channelbridge::sandbox::crm {
namespace {

constexpr XifFunction kRelationSave{.number = "RELATION", .what = "Relation"};
constexpr XifFunction kHierarchySave{.number = "PARTNER", .what = "The place of business partner"};
constexpr const char* kContactPerson = "BUR001";

std::string padded(std::uint64_t number) {
  constexpr std::size_t kLength = 12;
  const std::string digits = std::to_string(number);
  return std::string(kLength - std::min(kLength, digits.size()), '0') + digits;
}

}  // namespace

std::string KnownPartners::named(const std::string& number, const std::string& external_id) const {
  if (number.empty() && external_id.empty())
    refuse_xif(kXifMissing, "The business partner is not named");
  if (number.empty()) {
    std::string found = saved.saved_under(external_id);
    if (found.empty()) refuse_xif(kXifPerson, "No business partner was saved under " + external_id);
    return found;
  }
  if (!all.contains(number))
    refuse_xif(kXifPartner, "Business partner " + number + " does not exist");
  return number;
}

std::string RelationImport::between(const Relation& wanted) const {
  const auto found = std::find_if(relations_.begin(), relations_.end(), [&](const auto& each) {
    return each.second.category == wanted.category && each.second.partner1 == wanted.partner1 &&
           each.second.partner2 == wanted.partner2;
  });
  return found == relations_.end() ? std::string() : found->first;
}

/// Said by its number, else by the caller's id; "" = by neither.
std::string RelationImport::number_of(pugi::xml_node header) const {
  std::string number = soap::value_of(header, "RELATION");
  if (!number.empty()) return number;
  const auto external = external_.find(soap::value_of(header, "EXTERNAL_ID"));
  return external == external_.end() ? std::string() : external->second;
}

/// The relation that a header names by its category and both ends.
Relation RelationImport::asked_for(const KnownPartners& partners, pugi::xml_node header) const {
  Relation out{.category = soap::value_of(header, "CATEGORY")};
  if (!categories_.contains(out.category))
    refuse_xif(kXifValue, "Relation category " + out.category + " is not known");
  out.partner1 = partners.named(soap::value_of(header, "PARTNER1"), "");
  out.partner2 = partners.named(soap::value_of(header, "PARTNER2"),
                                soap::value_of(header, "PARTNER2_EXTERNAL_ID"));
  if (out.partner1 == out.partner2)
    refuse_xif(kXifCircle, "Business partner " + out.partner1 + " has no relation to itself");
  if (out.category == kContactPerson &&
      (is_person(partners.all.at(out.partner1)) || !is_person(partners.all.at(out.partner2))))
    refuse_xif(kXifValue, "A contact person is a person's relation to an organization");
  return out;
}

/// Does a header that names a relation by its number or id speak of another category or partner?
bool RelationImport::other_ends(const KnownPartners& partners, pugi::xml_node header,
                                const Relation& relation) {
  const auto differs = [&header](const char* name, const std::string& kept) {
    const std::string said = soap::value_of(header, name);
    return !said.empty() && said != kept;
  };
  const std::string person = soap::value_of(header, "PARTNER2_EXTERNAL_ID");
  return differs("CATEGORY", relation.category) || differs("PARTNER1", relation.partner1) ||
         differs("PARTNER2", relation.partner2) ||
         (!person.empty() && partners.named("", person) != relation.partner2);
}

XifOutcome RelationImport::save_one(const KnownPartners& partners, pugi::xml_node item) {
  const pugi::xml_node header = item.child("HEADER");
  const std::string id = soap::value_of(header, "EXTERNAL_ID");
  std::string number = number_of(header);
  Relation changed;
  if (relations_.contains(number)) {
    changed = relations_.at(number);
    if (other_ends(partners, header, changed))
      refuse_xif(kXifFixed, "Category and partners of relation " + number + " do not change");
  } else if (number.empty()) {
    if (soap::value_of(header, "CATEGORY").empty()) effect_of_task(kRelationSave, item, false, id);
    changed = asked_for(partners, header);
    number = between(changed);
    if (!number.empty()) changed = relations_.at(number);
  } else {
    refuse_xif(kXifUnknown, "Relation " + number + " does not exist");
  }
  const bool exists = !number.empty();
  const std::string shown = exists ? number : "to " + changed.partner1 + " of " + changed.partner2;
  const EffectKind effect = effect_of_task(kRelationSave, item, exists, shown);
  if (effect == EffectKind::Deleted) {
    relations_.erase(number);
    std::erase_if(external_, [&](const auto& entry) { return entry.second == number; });
    return {number, effect};
  }
  take_block(item, "CONTACT", exists, changed.contact);
  if (!exists) number = padded(++range_);
  relations_[number] = std::move(changed);
  if (!id.empty()) external_[id] = number;
  return {number, effect};
}

std::string RelationImport::save(const KnownPartners& partners, pugi::xml_node data,
                                 const XifSaved& saved) {
  return save_each(
      kRelationSave, data, [&](pugi::xml_node item) { return save_one(partners, item); }, saved);
}

XifOutcome HierarchyImport::save_one(const KnownPartners& partners, pugi::xml_node item) {
  const pugi::xml_node header = item.child("HEADER");
  const std::string name = soap::value_of(header, "HIERARCHY");
  if (!hierarchies_.contains(name)) refuse_xif(kXifValue, "Hierarchy " + name + " is not known");
  const std::string number =
      partners.named(soap::value_of(header, "PARTNER"), soap::value_of(header, "EXTERNAL_ID"));
  auto& standing = places_[name];
  const bool exists = standing.contains(number);
  const EffectKind effect = effect_of_task(kHierarchySave, item, exists, number);
  if (effect == EffectKind::Deleted) {
    const bool above = std::any_of(standing.begin(), standing.end(),
                                   [&](const auto& each) { return each.second == number; });
    if (above) refuse_xif(kXifNeeds, "Other partners stand below business partner " + number);
    standing.erase(number);
    return {number, effect};
  }
  XifFields node{{"PARENT", exists ? standing.at(number) : std::string()}};
  take_block(item, "NODE", exists, node);
  const std::string parent = field_of(node, "PARENT");
  if (!parent.empty()) {
    partners.named(parent, "");
    if (!standing.contains(parent))
      refuse_xif(kXifNeeds, "Business partner " + parent + " does not stand in hierarchy " + name);
    for (std::string above = parent; !above.empty(); above = standing.at(above))
      if (above == number)
        refuse_xif(kXifCircle, "Business partner " + number + " would stand below itself");
  }
  standing[number] = parent;
  return {number, effect};
}

std::string HierarchyImport::save(const KnownPartners& partners, pugi::xml_node data,
                                  const XifSaved& saved) {
  return save_each(
      kHierarchySave, data, [&](pugi::xml_node item) { return save_one(partners, item); }, saved);
}

}  // namespace channelbridge::sandbox::crm
