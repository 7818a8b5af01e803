#include "soql_internal.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace channelbridge::salesforce {
namespace {

bool is_id_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// The path as SOQL writes it ("Account.Name"), or "" when SOQL cannot say it.
std::string soql_path(std::string_view path) {
  std::string out(path);
  std::replace(out.begin(), out.end(), '/', '.');
  bool start = true;
  for (const char c : out) {
    if (c == '.' ? start : !(is_id_character(c) || c == '_')) return {};
    start = c == '.';
  }
  return start ? std::string() : out;
}

std::string time_or_dash(const std::optional<Timestamp>& time) {
  return time ? soql_time(*time) : "-";
}

class ColumnBuilder {
 public:
  ColumnBuilder(Columns& columns, const ObjectDescribe& describe)
      : columns_(columns), describe_(describe) {}

  /// Selects the path; its position in `wanted` when it is a value of its own.
  int value(const std::string& path) {
    select(path);
    const auto found = std::find(columns_.wanted.begin(), columns_.wanted.end(), path);
    if (found == columns_.wanted.end()) columns_.wanted.push_back(path);
    return static_cast<int>(std::find(columns_.wanted.begin(), columns_.wanted.end(), path) -
                            columns_.wanted.begin());
  }
  int value_if_present(const std::string& path) { return describe_.has(path) ? value(path) : -1; }

  void select(const std::string& path) {
    const std::string first = path.substr(0, path.find('.'));
    if (first == "attributes") return;  // always delivered
    const std::string& column = describe_.compound(first) ? first : path;
    if (std::find(columns_.select.begin(), columns_.select.end(), column) == columns_.select.end())
      columns_.select.push_back(column);
  }

 private:
  Columns& columns_;
  const ObjectDescribe& describe_;
};

/// Source: Salesforce Object Reference, system fields; the most precise one that can be filtered.
std::string stamp_of(const ObjectDescribe& describe) {
  for (const char* field : {"SystemModstamp", "LastModifiedDate", "CreatedDate"})
    if (describe.filterable(field)) return field;
  return {};
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

std::string select_from(const adapter::Selection& selection, const Columns& columns) {
  std::string query = "SELECT " + joined(columns.select);
  for (const ChildList& list : columns.lists) {
    query += ",(SELECT " + joined(list.select) + " FROM " + list.navigation;
    if (list.recycled) query += " WHERE IsDeleted = false";
    query += " ORDER BY Id)";
  }
  return query + " FROM " + selection.object + " WHERE ";
}

}  // namespace

// Source: reference of record ids; the checksum makes ids safe where case is lost.
std::optional<std::string> full_id(std::string_view id) {
  if (id.size() != 15 && id.size() != 18) return std::nullopt;
  if (!std::all_of(id.begin(), id.end(), is_id_character)) return std::nullopt;
  std::string out(id);
  if (out.size() == 18) return out;
  for (std::size_t group = 0; group < 3; ++group) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 5; ++k) {
      const char c = out[group * 5 + k];
      if (c >= 'A' && c <= 'Z') bits |= 1U << k;
    }
    out += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits];
  }
  return out;
}

std::string soql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    switch (c) {
      case '\'':
      case '\\':
        out += '\\';
        out += c;
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
  }
  return out + "'";
}

std::string soql_time(Timestamp time) {
  using std::chrono::floor;
  const auto second = floor<std::chrono::seconds>(time);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time - second).count();
  std::string out = to_iso8601(Timestamp(second));
  out.pop_back();
  const std::string digits = std::to_string(millis);
  return out + "." + std::string(3 - digits.size(), '0') + digits + "Z";
}

Result<ReadCursor> ReadCursor::parse(std::string_view text) {
  ReadCursor cursor;
  if (text.empty()) return cursor;
  const Error broken(ErrorCode::Invalid, "the stored cursor is not one of this adapter");
  std::array<std::string_view, 5> parts;
  std::size_t count = 0;
  while (count < parts.size()) {
    const std::size_t blank = text.find(' ');
    parts[count++] = text.substr(0, blank);
    text = blank == std::string_view::npos ? std::string_view{} : text.substr(blank + 1);
  }
  cursor.lane = text;
  if (parts[0] != "keyset1" || !(text.empty() || soql_path(text) == text)) return broken;
  std::optional<Timestamp>* const times[] = {&cursor.low, &cursor.bound, &cursor.at};
  for (std::size_t i = 0; i < 3; ++i) {
    if (parts[i + 1] == "-") continue;
    *times[i] = parse_iso8601(parts[i + 1]);
    if (!*times[i]) return broken;
  }
  if (parts[4] != "-") {
    if (!full_id(parts[4])) return broken;
    cursor.id = parts[4];
  }
  if (cursor.at.has_value() != !cursor.id.empty()) return broken;
  if ((cursor.at || !cursor.lane.empty()) && !cursor.bound) return broken;
  if (!cursor.lane.empty() && !cursor.low) return broken;
  return cursor;
}

std::string ReadCursor::text() const {
  return "keyset1 " + time_or_dash(low) + " " + time_or_dash(bound) + " " + time_or_dash(at) + " " +
         (id.empty() ? "-" : id) + (lane.empty() ? "" : " " + lane);
}

Result<Columns> columns_for(const adapter::Selection& selection, const ObjectDescribe& describe) {
  if (!selection.id.empty() && selection.id != "Id")
    return Error(ErrorCode::Invalid, "the id of an sObject is 'Id', not '" + selection.id + "'");
  Columns columns;
  ColumnBuilder builder(columns, describe);
  columns.id = builder.value("Id");

  columns.stamp = stamp_of(describe);
  if (columns.stamp.empty()) {
    return Error(ErrorCode::Unsupported,
                 selection.object + " has no time of change that can be filtered");
  }
  columns.stamp_at = builder.value(columns.stamp);

  const std::pair<const std::string*, int*> named[] = {
      {&selection.version, &columns.version},
      {&selection.modified, &columns.modified},
      {&selection.modified_by, &columns.modified_by},
      {&selection.correlation, &columns.correlation}};
  std::vector<Problem> problems;
  const auto checked = [&problems](const std::string& path) {
    std::string soql = soql_path(path);
    if (soql.empty())
      problems.push_back({.path = path, .rule = "path", .message = "is no path that SOQL can say"});
    return soql;
  };
  for (const auto& [path, position] : named) {
    if (path->empty()) continue;
    if (const std::string soql = checked(*path); !soql.empty()) *position = builder.value(soql);
  }
  for (const std::string& path : selection.paths) {
    if (path == kApprovalSteps) {
      columns.steps = true;
      continue;
    }
    if (const std::string soql = checked(path); !soql.empty()) builder.select(soql);
  }
  if (!problems.empty()) {
    return Error(ErrorCode::Invalid, "paths of " + selection.object + " cannot be read")
        .with_problems(std::move(problems));
  }
  columns.deleted = builder.value_if_present("IsDeleted");
  columns.master = builder.value_if_present("MasterRecordId");
  columns.converted = builder.value_if_present("IsConverted");
  columns.became[0] = builder.value_if_present("ConvertedOpportunityId");
  columns.became[1] = builder.value_if_present("ConvertedAccountId");
  columns.became[2] = builder.value_if_present("ConvertedContactId");
  return columns;
}

Result<void> add_list(Columns& columns, const adapter::Selection::Child& child,
                      const ChildRelationship& children, const ObjectDescribe& describe) {
  if (!child.object.empty() && child.object != children.object) {
    return Error(ErrorCode::Invalid, "the list '" + child.navigation + "' holds " +
                                         children.object + ", not " + child.object);
  }
  auto list =
      std::find_if(columns.lists.begin(), columns.lists.end(),
                   [&child](const ChildList& each) { return each.navigation == child.navigation; });
  if (list == columns.lists.end()) {
    columns.wanted.push_back(child.navigation);
    list = columns.lists.insert(columns.lists.end(),
                                {.navigation = child.navigation,
                                 .children = children,
                                 .recycled = describe.filterable("IsDeleted"),
                                 .at = static_cast<int>(columns.wanted.size()) - 1});
  }
  Columns below{.select = std::move(list->select)};
  ColumnBuilder builder(below, describe);
  builder.select("Id");
  std::vector<Problem> problems;
  for (const std::string& path : child.paths) {
    if (const std::string soql = soql_path(path); !soql.empty())
      builder.select(soql);
    else
      problems.push_back({.path = path, .rule = "path", .message = "is no path that SOQL can say"});
  }
  list->select = std::move(below.select);
  if (problems.empty()) return {};
  return Error(ErrorCode::Invalid, "paths of " + child.navigation + " cannot be read")
      .with_problems(std::move(problems));
}

std::string page_query(const adapter::Selection& selection, const Columns& columns,
                       const ReadCursor& cursor, std::chrono::milliseconds overlap,
                       std::size_t limit) {
  const std::string& stamp = columns.stamp;
  std::string query = select_from(selection, columns);
  if (cursor.at) {
    const std::string at = soql_time(*cursor.at);
    query += "(" + stamp + " > " + at + " OR (" + stamp + " = " + at + " AND Id > '" + cursor.id +
             "')) AND ";
  } else if (cursor.low) {
    query += stamp + " >= " + soql_time(*cursor.low - overlap) + " AND ";
  }
  query += stamp + " < " + soql_time(*cursor.bound);
  if (!selection.where.empty()) query += " AND (" + selection.where + ")";
  return query + " ORDER BY " + stamp + ", Id LIMIT " + std::to_string(limit);
}

std::string keys_query(const adapter::Selection& selection, const Columns& columns,
                       std::span<const std::string> ids) {
  return values_query(selection, columns, "Id", ids);
}

std::string lookup_query(const adapter::Selection& selection, const Columns& columns,
                         std::string_view field, std::string_view value) {
  return select_from(selection, columns) + std::string(field) + " = " + soql_text(value);
}

std::string values_query(const adapter::Selection& selection, const Columns& columns,
                         std::string_view field, std::span<const std::string> values) {
  std::string query = select_from(selection, columns) + std::string(field) + " IN (";
  for (const std::string& value : values)
    query += (query.back() == '(' ? "" : ",") + soql_text(value);
  return query + ")";
}

/// A child that moves to another parent leaves no trace at the one that it has left, and one that
/// is removed without a recycle bin leaves none at all.
Result<void> add_touch(Columns& columns, const adapter::Selection& selection, const ChildList& list,
                       const ObjectDescribe& describe) {
  const std::string& object = list.children.object;
  const auto parent = describe.metadata.properties.find(list.children.field);
  const auto unseen = [&](const std::string& what) {
    return Error(ErrorCode::Unsupported, object + " cannot be in 'touch': " + what);
  };
  if (parent == describe.metadata.properties.end() || parent->second.updatable) {
    return unseen("by its field " + list.children.field +
                  " it can move, and nothing tells the parent that it leaves");
  }
  if (!list.recycled) return unseen("nothing tells that one was removed");
  Touch touch{.lane = list.navigation,
              .object = object,
              .stamp = stamp_of(describe),
              .field = list.children.field};
  if (touch.stamp.empty()) return unseen("it has no time of change that can be filtered");
  const bool known = std::any_of(columns.touches.begin(), columns.touches.end(),
                                 [&](const Touch& each) { return each.lane == touch.lane; });
  if (known) return {};
  const bool files = object == kFileLink;
  // The org shows links of named records alone.
  if (files) touch.where = touch.field + " IN (SELECT Id FROM " + selection.object + ")";
  columns.touches.push_back(touch);
  if (files)
    columns.touches.push_back({.lane = list.navigation + ".ContentVersion",
                               .object = "ContentVersion",
                               .stamp = "SystemModstamp",
                               .field = "ContentDocumentId",
                               .where = "IsLatest = true",
                               .of_file = true});
  return {};
}

Columns touch_columns(const Touch& touch) {
  const std::vector<std::string> fields = {"Id", touch.stamp, touch.field};
  return {.select = fields, .wanted = fields, .stamp = touch.stamp, .id = 0, .stamp_at = 1};
}

std::string links_query(std::span<const std::string> files, std::string_view after,
                        std::size_t limit) {
  std::string query =
      "SELECT Id,LinkedEntityId FROM ContentDocumentLink WHERE ContentDocumentId IN (";
  for (const std::string& file : files) query += (query.back() == '(' ? "" : ",") + soql_text(file);
  query += ")";
  if (!after.empty()) query += " AND Id > " + soql_text(after);
  return query + " ORDER BY Id LIMIT " + std::to_string(limit);
}

std::string touched_query(const adapter::Selection& selection, const Columns& columns,
                          std::span<const std::string> ids) {
  std::string query = keys_query(selection, columns, ids);
  if (!selection.where.empty()) query += " AND (" + selection.where + ")";
  return query;
}

std::string list_query(const ChildList& list, std::string_view parent, std::string_view after,
                       std::size_t limit) {
  std::string query = "SELECT " + joined(list.select) + " FROM " + list.children.object +
                      " WHERE " + list.children.field + " = " + soql_text(parent);
  if (list.recycled) query += " AND IsDeleted = false";
  if (!after.empty()) query += " AND Id > " + soql_text(after);
  return query + " ORDER BY Id LIMIT " + std::to_string(limit);
}

}  // namespace channelbridge::salesforce
