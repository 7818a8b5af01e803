#include "sandbox/salesforce/query.hpp"

#include <algorithm>

namespace channelbridge::sandbox::salesforce {
namespace {

// The parts carry the compound's prefix: BillingStreet, MailingCity; a lead's have none.
Json address(const ObjectType& object, const Field& compound, const Row& row) {
  const std::string prefix =
      compound.name.substr(0, compound.name.size() - std::string_view("Address").size());
  Json result = Json::object();
  bool any = false;
  for (const auto& [member, part] :
       {std::pair("city", "City"), std::pair("country", "Country"),
        std::pair("geocodeAccuracy", "GeocodeAccuracy"), std::pair("latitude", "Latitude"),
        std::pair("longitude", "Longitude"), std::pair("postalCode", "PostalCode"),
        std::pair("state", "State"), std::pair("street", "Street")}) {
    const auto number = object.find(prefix + part);
    result[member] = number ? wire_value(object, *number, row) : Json();
    any = any || !result[member].is_null();
  }
  return any ? result : Json();
}

}  // namespace

Json wire_value(const ObjectType& object, std::uint16_t number, const Row& row) {
  const Field& field = object.fields()[number];
  if (field.type == FieldType::Address) return address(object, field, row);
  if (field.type == FieldType::Base64 && !row.view(number).empty())
    return "/services/data/v60.0/sobjects/" + object.name() + "/" +
           std::string(row.view(*object.find("Id"))) + "/" + field.name;
  return to_wire(field, row.get(number));
}

Json render(Database& database, const Table& table, const Row& row, const Shape& shape,
            const std::string& base, Timestamp now, const ChildLists& lists) {
  const ObjectType& object = table.object();
  const std::string id(row.view(table.id()));
  Json record{{"attributes",
               {{"type", object.name()}, {"url", base + "/sobjects/" + object.name() + "/" + id}}}};
  for (const Shape::Item& item : shape.items) {
    if (!item.parent) {
      record[item.name] = wire_value(object, item.number, row);
      continue;
    }
    const std::string_view parent_id = row.view(item.number);
    const Table* parents = parent_id.empty() ? nullptr : database.table_of_id(parent_id);
    const auto number = parents == nullptr ? std::nullopt : parents->find(parent_id);
    const Row* parent = number ? parents->visible(*number, now) : nullptr;
    record[item.name] =
        parent == nullptr ? Json() : render(database, *parents, *parent, *item.parent, base, now);
  }
  for (const Shape::Children& children : shape.children) {
    std::vector<RowNumber> rows;
    if (children.table->indexed(children.field)) {
      const std::vector<RowNumber> among = children.table->find_by(children.field, id);
      rows = find_rows(database, *children.plan, now, false, &among);
    } else {
      rows = find_rows(database, *children.plan, now, false);
      std::erase_if(rows, [&](RowNumber number) {
        return children.table->visible(number, now)->view(children.field) != id;
      });
    }
    const std::size_t shown = std::min(rows.size(), std::max<std::size_t>(1, lists.most));
    Json list = Json::array();
    for (std::size_t i = 0; i < shown; ++i) {
      const Row& child = *children.table->visible(rows[i], now);
      list.push_back(render(database, *children.table, child, children.plan->shape, base, now));
    }
    Json& member = record[children.relationship];
    if (rows.empty()) {
      member = nullptr;
      continue;
    }
    const bool done = shown == rows.size();
    member = Json{{"totalSize", rows.size()}, {"done", done}};
    if (!done) {
      const std::size_t page = shown;
      const std::string cursor = lists.keep(
          {.plan = children.plan, .rows = std::move(rows), .page_rows = page, .all = false});
      member["nextRecordsUrl"] = base + "/query/" + cursor + "-" + std::to_string(shown);
    }
    member["records"] = std::move(list);
  }
  return record;
}

}  // namespace channelbridge::sandbox::salesforce
