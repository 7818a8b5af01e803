#include "sandbox/sap/render.hpp"

#include <algorithm>

#include "sandbox/sap/transaction.hpp"

namespace channelbridge::sandbox::odata {
namespace {

/// Key predicates keep their punctuation; what is inside of the quotes is encoded.
std::string encode_predicate(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::string_view("()',=").find(c) != std::string_view::npos) {
      result += c;
    } else {
      result += percent_encode(std::string_view(&c, 1));
    }
  }
  return result;
}

class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  void name(std::string_view text) {
    if (!first_) out_ += ',';
    first_ = false;
    write_text(out_, text);
    out_ += ':';
  }
  void text(std::string_view member, std::string_view value) {
    name(member);
    write_text(out_, value);
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace

std::string Renderer::address(const Table& table, const Row& row) const {
  return table.set().name + encode_predicate(table.predicate(row, store_.model().version));
}

std::string Renderer::url(const Table& table, const Row& row) const {
  return root_ + address(table, row);
}

Page Renderer::expanded(const Table& target, std::vector<RowPtr> rows, const Shape& shape) const {
  if (shape.filter) {
    std::erase_if(rows,
                  [&](const RowPtr& row) { return !shape.filter->matches(target, *row, store_); });
  }
  sort_rows(rows, target, shape.order);
  Page page;
  if (shape.count) page.count = rows.size();
  rows.erase(rows.begin(),
             rows.begin() + static_cast<std::ptrdiff_t>(std::min(shape.skip, rows.size())));
  if (shape.top && rows.size() > *shape.top) rows.resize(*shape.top);
  page.rows = std::move(rows);
  return page;
}

void Renderer::write(std::string& out, const Table& table, const Row& row, const Shape& shape,
                     std::string_view context) const {
  Members members(out);
  const std::string etag = etag_of(table, row, settings_, store_.model().version);
  if (v4()) {
    if (!context.empty()) members.text("@odata.context", context);
    if (!etag.empty()) members.text("@odata.etag", etag);
  } else {
    members.name("__metadata");
    Members metadata(out);
    const std::string address = url(table, row);
    metadata.text("id", address);
    metadata.text("uri", address);
    metadata.text("type", table.type().qualified_name);
    if (!etag.empty()) metadata.text("etag", etag);
    metadata.end();
  }
  for (std::size_t i = 0; i < table.type().properties.size(); ++i) {
    const Property& property = table.type().properties[i];
    if (!shape.shows(property.name)) continue;
    members.name(property.name);
    write_json(out, property, table.value(row, i), store_.model().version, exact_);
  }
  for (const Navigation& navigation : table.type().navigations) {
    const Shape* below = shape.expanded(navigation.name);
    if (below == nullptr) {
      if (v4() || !shape.shows(navigation.name)) continue;
      members.name(navigation.name);
      out += "{\"__deferred\":";
      Members deferred(out);
      deferred.text("uri", url(table, row) + "/" + navigation.name);
      deferred.end();
      out += '}';
      continue;
    }
    const Table& target = store_.table(navigation.target_set);
    const Page page = expanded(target, store_.related(table, row, navigation), *below);
    if (page.count) {
      members.name(navigation.name + "@odata.count");
      out += std::to_string(*page.count);
    }
    members.name(navigation.name);
    if (!navigation.many) {
      if (page.rows.empty()) {
        out += "null";
      } else {
        write(out, target, *page.rows.front(), *below, {});
      }
      continue;
    }
    out += v4() ? "[" : "{\"results\":[";
    const char* separator = "";
    for (const RowPtr& child : page.rows) {
      out += separator;
      write(out, target, *child, *below, {});
      separator = ",";
    }
    out += v4() ? "]" : "]}";
  }
  members.end();
}

std::string Renderer::collection(const Table& table, const Page& page, const Shape& shape) const {
  std::string out;
  if (v4()) {
    out = "{\"@odata.context\":";
    write_text(out, "$metadata#" + table.set().name + (page.changes ? "/$delta" : ""));
    if (page.count) out += ",\"@odata.count\":" + std::to_string(*page.count);
    out += ",\"value\":[";
  } else {
    out = "{\"d\":{";
    if (page.count) out += "\"__count\":\"" + std::to_string(*page.count) + "\",";
    out += "\"results\":[";
  }
  const char* separator = "";
  for (const RowPtr& row : page.rows) {
    out += separator;
    write(out, table, *row, shape, {});
    separator = ",";
  }
  for (const auto& [row, reason] : page.removed) {
    out += separator;
    out += "{\"@removed\":{\"reason\":\"" + reason + "\"},\"@id\":";
    write_text(out, address(table, *row));
    out += '}';
    separator = ",";
  }
  out += ']';
  if (!page.next.empty()) {
    out += v4() ? ",\"@odata.nextLink\":" : ",\"__next\":";
    write_text(out, page.next);
  }
  if (!page.delta.empty()) {
    out += ",\"@odata.deltaLink\":";
    write_text(out, page.delta);
  }
  out += v4() ? "}" : "}}";
  return out;
}

std::string Renderer::entity(const Table& table, const Row& row, const Shape& shape) const {
  std::string out;
  if (v4()) {
    write(out, table, row, shape, "$metadata#" + table.set().name + "/$entity");
    return out;
  }
  out = "{\"d\":";
  write(out, table, row, shape, {});
  return out + "}";
}

std::string Renderer::property(const Table& table, const Row& row, std::size_t property) const {
  const Property& declared = table.type().properties[property];
  std::string out;
  if (v4()) {
    out = "{\"@odata.context\":";
    write_text(out, "$metadata#" + table.set().name + "/" + declared.name);
    out += ",\"value\":";
  } else {
    out = "{\"d\":{";
    write_text(out, declared.name);
    out += ':';
  }
  write_json(out, declared, table.value(row, property), store_.model().version, exact_);
  return out + (v4() ? "}" : "}}");
}

std::string Renderer::links(const Table& table, const std::vector<RowPtr>& rows, bool many) const {
  std::string list;
  for (const RowPtr& row : rows) {
    if (!list.empty()) list += ',';
    list += v4() ? "{\"@odata.id\":" : "{\"uri\":";
    write_text(list, url(table, *row));
    list += '}';
  }
  if (v4()) return many ? "{\"value\":[" + list + "]}" : list;
  return many ? "{\"d\":{\"results\":[" + list + "]}}"
              : "{\"d\":" + (list.empty() ? "null" : list) + "}";
}

std::string Renderer::service_document() const {
  std::string list;
  for (const EntitySet& set : store_.model().sets) {
    if (!list.empty()) list += ',';
    if (v4()) {
      list += "{\"name\":\"" + set.name + "\",\"kind\":\"EntitySet\",\"url\":\"" + set.name + "\"}";
    } else {
      list += "\"" + set.name + "\"";
    }
  }
  return v4() ? "{\"@odata.context\":\"$metadata\",\"value\":[" + list + "]}"
              : "{\"d\":{\"EntitySets\":[" + list + "]}}";
}

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // XML 1.0 has no form for control characters.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t' || c == '\r') out += c;
    }
  }
  return out;
}

namespace {

constexpr std::string_view kAtomNames =
    R"( xmlns="http://www.w3.org/2005/Atom" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices")";
constexpr std::string_view kXml = R"(<?xml version="1.0" encoding="utf-8"?>)";

}  // namespace

std::string Renderer::atom_entry(const Table& table, const Row& row, const Shape& shape,
                                 std::string_view updated, bool outermost) const {
  const std::string self = xml_text(address(table, row));
  const std::string etag = etag_of(table, row, settings_, store_.model().version);
  std::string out(outermost ? kXml : std::string_view{});
  out += "<entry";
  if (outermost) out += " xml:base=\"" + xml_text(root_) + "\"" + std::string(kAtomNames);
  if (!etag.empty()) out += " m:etag=\"" + xml_text(etag) + "\"";
  out +=
      "><id>" + xml_text(root_) + self + "</id><title type=\"text\">" + self + "</title><updated>" +
      std::string(updated) + "</updated><category term=\"" + table.type().qualified_name +
      "\" scheme=\"http://schemas.microsoft.com/ado/2007/08/dataservices/scheme\"/><link href=\"" +
      self + "\" rel=\"edit\" title=\"" + table.type().name + "\"/>";
  for (const Navigation& navigation : table.type().navigations) {
    const Shape* below = shape.expanded(navigation.name);
    if (below == nullptr && !shape.shows(navigation.name)) continue;
    out += "<link href=\"" + self + "/" + navigation.name +
           "\" rel=\"http://schemas.microsoft.com/ado/2007/08/dataservices/related/" +
           navigation.name +
           "\" type=\"application/atom+xml;type=" + (navigation.many ? "feed" : "entry") +
           "\" title=\"" + navigation.name + "\"";
    if (below == nullptr) {
      out += "/>";
      continue;
    }
    out += "><m:inline>";
    const Table& target = store_.table(navigation.target_set);
    if (navigation.many) out += "<feed>";
    for (const RowPtr& child : store_.related(table, row, navigation)) {
      out += atom_entry(target, *child, *below, updated, false);
    }
    if (navigation.many) out += "</feed>";
    out += "</m:inline></link>";
  }
  out += "<content type=\"application/xml\"><m:properties>";
  for (std::size_t i = 0; i < table.type().properties.size(); ++i) {
    const Property& property = table.type().properties[i];
    if (!shape.shows(property.name)) continue;
    const Value& value = table.value(row, i);
    if (is_null(value)) {
      out += "<d:" + property.name + " m:null=\"true\"/>";
    } else {
      out += "<d:" + property.name + ">" + xml_text(to_plain(property, value)) +
             "</d:" + property.name + ">";
    }
  }
  return out + "</m:properties></content></entry>";
}

std::string Renderer::atom_feed(const Table& table, const Page& page, const Shape& shape,
                                std::string_view updated) const {
  std::string out = std::string(kXml) + "<feed xml:base=\"" + xml_text(root_) + "\"" +
                    std::string(kAtomNames) + "><id>" + xml_text(root_ + table.set().name) +
                    "</id><title type=\"text\">" + table.set().name + "</title><updated>" +
                    std::string(updated) + "</updated><author><name/></author><link href=\"" +
                    table.set().name + "\" rel=\"self\" title=\"" + table.set().name + "\"/>";
  if (page.count) out += "<m:count>" + std::to_string(*page.count) + "</m:count>";
  for (const RowPtr& row : page.rows) out += atom_entry(table, *row, shape, updated, false);
  if (!page.next.empty()) out += "<link rel=\"next\" href=\"" + xml_text(page.next) + "\"/>";
  return out + "</feed>";
}

std::string Renderer::atom_service_document() const {
  std::string out =
      std::string(kXml) + "<app:service xml:base=\"" + xml_text(root_) +
      R"(" xmlns:app="http://www.w3.org/2007/app" xmlns:atom="http://www.w3.org/2005/Atom"><app:workspace><atom:title type="text">Data</atom:title>)";
  for (const EntitySet& set : store_.model().sets) {
    out += "<app:collection href=\"" + set.name + "\"><atom:title type=\"text\">" + set.name +
           "</atom:title></app:collection>";
  }
  return out + "</app:workspace></app:service>";
}

}  // namespace channelbridge::sandbox::odata
