#include "sandbox/soap/crm_documents.hpp"

#include <algorithm>
#include <utility>

namespace channelbridge::sandbox::crm {
namespace {

constexpr XifFunction kOrderSave{.number = "OBJECT_ID", .what = "Document"};
constexpr const char* kLead = "BUS2000108";
constexpr const char* kSalesOrder = "BUS2000115";
constexpr const char* kSoldTo = "00000001";
constexpr const char* kProspect = "00000021";

const std::vector<XifTable>& document_tables() {
  static const std::vector<XifTable> kTables{
      {.name = "PARTNERS", .keys = {"PARTNER_FCT"}},
      {.name = "DATES", .keys = {"APPT_TYPE"}},
      {.name = "TEXTS", .keys = {"TDID", "LANGUAGE"}},
      {.name = "ITEMS", .keys = {"ITEM_NO"}, .numbered = true}};
  return kTables;
}

/// The blocks that documents of a type have.
std::vector<std::string> blocks_of(const std::string& object_type) {
  if (object_type == kLead) return {"ADMIN", "LEAD", "PROSPECT", "STATUS"};
  return {"ADMIN", "SALES", "STATUS"};
}

std::string document_number(std::uint64_t number) {
  constexpr std::size_t kLength = 10;
  const std::string digits = std::to_string(number);
  return std::string(kLength - std::min(kLength, digits.size()), '0') + digits;
}

/// A row whose one field is emptied is none.
void drop_empty(XifRows& rows, const char* field) {
  std::erase_if(rows, [field](const auto& row) { return field_of(row.second, field).empty(); });
}

}  // namespace

std::string OneOrderDocument::at(const char* block, const char* field) const {
  const auto found = blocks.find(block);
  return found == blocks.end() ? std::string() : field_of(found->second, field);
}

const XifRows& OneOrderDocument::rows(const char* table) const {
  static const XifRows kNone;
  const auto found = tables.find(table);
  return found == tables.end() ? kNone : found->second;
}

void DocumentImport::take(pugi::xml_node item, bool exists, OneOrderDocument& document) const {
  const std::vector<std::string> blocks = blocks_of(document.object_type);
  for (const char* block : {"ADMIN", "LEAD", "PROSPECT", "SALES", "STATUS"}) {
    const bool ours = std::find(blocks.begin(), blocks.end(), block) != blocks.end();
    if (!ours && item.child(block))
      refuse_xif(kXifValue, std::string(block) + " is no part of " + document.object_type);
    if (ours) take_block(item, block, exists, document.blocks[block]);
  }
  for (const XifTable& table : document_tables())
    take_rows(item, table, document.tables[table.name]);
}

void DocumentImport::check_partners(const World& world, XifRows& rows) const {
  drop_empty(rows, "PARTNER_NO");
  for (const auto& [function, fields] : rows) {
    if (!options_.partner_functions.contains(function))
      refuse_xif(kXifValue, "Partner function " + function + " is not known");
    const std::string number = field_of(fields, "PARTNER_NO");
    const auto partner = world.partners.find(number);
    if (partner == world.partners.end())
      refuse_xif(kXifPartner, "Business partner " + number + " does not exist");
  }
}

void DocumentImport::check_items(const World& world, const OneOrderDocument& document) const {
  for (const auto& [number, fields] : document.rows("ITEMS")) {
    const std::string what = "item " + number;
    require(fields, "PRODUCT_ID", what);
    const std::string product = field_of(fields, "PRODUCT_ID");
    if (!world.products.contains(product))
      refuse_xif(kXifProduct, "Product " + product + " of " + what + " does not exist");
    if (document.object_type == kSalesOrder) require(fields, "QUANTITY", what);
    require_known(options_.units, fields, "UNIT");
  }
}

void DocumentImport::check_status(OneOrderDocument& document) const {
  std::string& status = document.blocks["STATUS"]["USER_STATUS"];
  if (status.empty()) status = "OPEN";
  std::set<std::string> profile = options_.order_statuses;
  if (document.object_type == kLead) {
    profile.clear();
    for (const auto& [name, words] : options_.lead_statuses) profile.insert(words.code);
  }
  require_known(profile, document.blocks["STATUS"], "USER_STATUS");
}

void DocumentImport::check(const World& world, OneOrderDocument& document) const {
  check_partners(world, document.tables["PARTNERS"]);
  check_items(world, document);
  check_status(document);
  drop_empty(document.tables["DATES"], "DATE");
  drop_empty(document.tables["TEXTS"], "TEXT");
  for (const auto& [type, fields] : document.rows("DATES"))
    if (!options_.date_types.contains(type))
      refuse_xif(kXifValue, "Date type " + type + " is not known");
  for (const auto& [type, fields] : document.rows("TEXTS"))
    if (!options_.text_types.contains(type.substr(0, type.find(' '))))
      refuse_xif(kXifValue, "Text type " + type + " is not known");
  if (document.object_type == kLead) {
    const bool named = document.rows("PARTNERS").contains(kProspect) ||
                       !document.at("PROSPECT", "COMPANY").empty() ||
                       !document.at("PROSPECT", "LASTNAME").empty();
    if (!named) refuse_xif(kXifMissing, "The lead names no prospect");
    if (!document.at("LEAD", "EXP_REVENUE").empty())
      require(document.blocks["LEAD"], "CURRENCY", "the expected revenue");
    return;
  }
  require(document.blocks["SALES"], "CURRENCY", "the sales order");
  if (!document.rows("PARTNERS").contains(kSoldTo))
    refuse_xif(kXifMissing, "The sales order has no sold-to party");
  if (document.rows("ITEMS").empty()) refuse_xif(kXifMissing, "The sales order has no items");
}

XifOutcome DocumentImport::save_one(const World& world, pugi::xml_node item) {
  const pugi::xml_node header = item.child("HEADER");
  const std::string id = soap::value_of(header, "EXTERNAL_ID");
  const std::string type = soap::value_of(header, "OBJECT_TYPE");
  const std::string process = soap::value_of(header, "PROCESS_TYPE");
  std::string number = soap::value_of(header, "OBJECT_ID");
  if (const auto known = external_.find(id); number.empty() && known != external_.end())
    number = known->second;
  const bool exists = documents_.contains(number);
  if (!exists && !number.empty()) refuse_xif(kXifUnknown, "Document " + number + " does not exist");
  const EffectKind effect = effect_of_task(kOrderSave, item, exists, exists ? number : id);
  OneOrderDocument changed = exists
                                 ? documents_.at(number)
                                 : OneOrderDocument{.object_type = type, .process_type = process};
  if (exists &&
      (type != changed.object_type || (!process.empty() && process != changed.process_type)))
    refuse_xif(kXifFixed, "The type of document " + number + " does not change");
  if (effect == EffectKind::Deleted) {
    documents_.erase(number);
    std::erase_if(external_, [&](const auto& entry) { return entry.second == number; });
    return {number, effect};
  }
  const auto customised = options_.process_types.find(changed.process_type);
  if (customised == options_.process_types.end() || customised->second != type)
    refuse_xif(kXifValue,
               "Transaction type " + changed.process_type + " of " + type + " is not known");
  take(item, exists, changed);
  check(world, changed);
  if (!exists) number = document_number(++range_);
  documents_[number] = std::move(changed);
  if (!id.empty()) external_[id] = number;
  return {number, effect};
}

std::string DocumentImport::save(const World& world, pugi::xml_node data, const XifSaved& saved) {
  return save_each(
      kOrderSave, data, [&](pugi::xml_node item) { return save_one(world, item); }, saved);
}

}  // namespace channelbridge::sandbox::crm
