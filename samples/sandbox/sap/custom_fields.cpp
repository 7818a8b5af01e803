#include "sandbox/sap/custom_fields.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <pugixml.hpp>
#include <sstream>

// Key user extensibility (SAP Help, "Custom Fields"): names begin with YY1_ and end with the
// business context, _SDH for the header of a sales document and _SDI for its item; enabled for a
// service they stand in its metadata as properties of the entity.
namespace channelbridge::sandbox::odata {
namespace {

constexpr std::string_view kPrefix = "YY1_";

/// Elements by their local name: prefixes differ from document to document.
void each(const pugi::xml_node& below, std::string_view name,
          const std::function<void(pugi::xml_node)>& use) {
  for (const pugi::xml_node& child : below.children()) {
    const std::string_view full = child.name();
    const std::size_t colon = full.find(':');
    if (full.substr(colon == std::string_view::npos ? 0 : colon + 1) == name) use(child);
    each(child, name, use);
  }
}

Result<void> add(pugi::xml_document& document, const CustomField& field) {
  std::string type;
  each(document, "EntitySet", [&](const pugi::xml_node& set) {
    if (set.attribute("Name").value() == field.set) type = set.attribute("EntityType").value();
  });
  type = type.substr(type.rfind('.') + 1);
  bool taken = false;
  each(document, "EntityType", [&](pugi::xml_node entity) {
    if (type.empty() || entity.attribute("Name").value() != type) return;
    pugi::xml_node last;
    each(entity, "Property", [&](const pugi::xml_node& property) {
      taken = taken || property.attribute("Name").value() == field.name;
      last = property;
    });
    pugi::xml_node added = entity.insert_child_after(last.name(), last);
    added.append_attribute("Name") = field.name.c_str();
    added.append_attribute("Type") = "Edm.String";
    added.append_attribute("MaxLength") = field.max_length;
  });
  if (taken)
    return Error(ErrorCode::Invalid, field.set + " has a property " + field.name + " already");
  return {};
}

}  // namespace

Result<CustomField> CustomField::parse(std::string_view text) {
  const std::size_t dot = text.find('.');
  CustomField out;
  if (dot != std::string_view::npos) {
    out.set = text.substr(0, dot);
    out.name = text.substr(dot + 1);
  }
  const bool plain = std::all_of(out.name.begin(), out.name.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  const std::size_t suffix = out.name.rfind('_');
  if (out.set.empty() || !plain || !out.name.starts_with(kPrefix) || suffix <= kPrefix.size() ||
      suffix + 1 == out.name.size()) {
    return Error(ErrorCode::Invalid, "'" + std::string(text) +
                                         "' is no field of a tenant: SET.YY1_NAME_CONTEXT, such as "
                                         "A_SalesQuotation.YY1_ChannelRecord_SDH");
  }
  return out;
}

Result<std::string> with_custom_fields(std::string edmx, const std::vector<CustomField>& fields) {
  if (fields.empty()) return edmx;
  pugi::xml_document document;
  const auto parsed = document.load_buffer(edmx.data(), edmx.size(), pugi::parse_full);
  if (!parsed) {
    return Error(ErrorCode::Invalid,
                 std::string("metadata document refused: ") + parsed.description());
  }
  for (const CustomField& field : fields) {
    if (auto done = add(document, field); !done) return std::move(done).error();
  }
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

}  // namespace channelbridge::sandbox::odata
