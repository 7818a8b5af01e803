#include "sandbox/sap/query.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "sandbox/sap/refusal.hpp"

namespace channelbridge::sandbox::odata {
namespace {

constexpr std::size_t kOpaqueFactor = 7919;

std::size_t natural(std::string_view option, std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    refuse(400, kBadRequest, "Invalid value for '" + std::string(option) + "'");
  }
  return value;
}

/// Splits at `separator` outside of quotes and parentheses.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : separator;
    if (c == '\'') quoted = !quoted;
    if (!quoted && c == '(') ++depth;
    if (!quoted && c == ')') --depth;
    if (i == text.size() || (c == separator && depth == 0 && !quoted)) {
      std::string_view part = text.substr(start, i - start);
      while (part.starts_with(' ')) part.remove_prefix(1);
      while (part.ends_with(' ')) part.remove_suffix(1);
      if (!part.empty()) parts.push_back(part);
      start = i + 1;
    }
  }
  return parts;
}

class Reader {
 public:
  Reader(const Store& store, const Settings& settings) : store_(store), settings_(settings) {}

  std::vector<Order> order(std::string_view text, const Table& table) const {
    std::vector<Order> result;
    for (const std::string_view item : split(text, ',')) {
      const auto space = item.find(' ');
      const std::string_view name = item.substr(0, space);
      const std::string_view direction =
          space == std::string_view::npos ? "asc" : item.substr(item.rfind(' ') + 1);
      const auto property = table.type().find(name);
      if (!property || (direction != "asc" && direction != "desc")) {
        refuse(400, kBadRequest, "Invalid $orderby: '" + std::string(item) + "'");
      }
      if (!table.type().properties[*property].sortable) {
        refuse(400, kBadRequest, "Property '" + std::string(name) + "' is not sortable");
      }
      result.push_back({*property, direction == "desc"});
    }
    return result;
  }

  const Navigation& navigation(std::string_view name, const Table& table) const {
    const Navigation* found = table.type().navigation(name);
    if (found == nullptr || !store_.has(found->target_set)) {
      refuse(400, kBadRequest, "Navigation '" + std::string(name) + "' is invalid");
    }
    return *found;
  }

  static Shape& child(Shape& shape, const Navigation& navigation) {
    for (auto& [known, below] : shape.expand) {
      if (known == &navigation) return below;
    }
    shape.expand.emplace_back(&navigation, Shape{});
    return shape.expand.back().second;
  }

  /// V2: to_Item,to_Item/to_ScheduleLine
  void expand_path(std::string_view path, const Table& table, Shape& shape) const {
    const auto slash = path.find('/');
    const Navigation& way = navigation(path.substr(0, slash), table);
    Shape& below = child(shape, way);
    if (slash != std::string_view::npos)
      expand_path(path.substr(slash + 1), store_.table(way.target_set), below);
  }

  /// V2: SalesOrder,to_Item/Material
  void select_path(std::string_view path, const Table& table, Shape& shape) const {
    if (path == "*") return;
    const auto slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    if (slash != std::string_view::npos) {
      const Navigation& way = navigation(name, table);
      const Shape* expanded = shape.expanded(name);
      if (expanded == nullptr) {
        refuse(400, kBadRequest, "$select of '" + std::string(path) + "' needs a matching $expand");
      }
      if (shape.everything) shape.everything = false;
      shape.selected.emplace(name);
      return select_path(path.substr(slash + 1), store_.table(way.target_set), child(shape, way));
    }
    if (!table.type().find(name) && table.type().navigation(name) == nullptr) {
      refuse(400, kBadRequest, "Property '" + std::string(name) + "' is invalid");
    }
    shape.everything = false;
    shape.selected.emplace(name);
  }

  /// V4: _Item($select=Product;$top=5;$expand=_ScheduleLine)
  void expand_nested(std::string_view item, const Table& table, Shape& shape) const {
    const auto open = item.find('(');
    const std::string_view name = item.substr(0, open);
    const Navigation& way = navigation(name, table);
    const Table& target = store_.table(way.target_set);
    Shape& below = child(shape, way);
    if (open == std::string_view::npos) return;
    if (!item.ends_with(')')) refuse(400, kBadRequest, "Invalid $expand");
    for (const std::string_view option :
         split(item.substr(open + 1, item.size() - open - 2), ';')) {
      const auto equals = option.find('=');
      if (equals == std::string_view::npos) refuse(400, kBadRequest, "Invalid option in $expand");
      apply(option.substr(0, equals), option.substr(equals + 1), target, below);
    }
  }

  void apply(std::string_view option, std::string_view value, const Table& table,
             Shape& shape) const {
    const bool v4 = store_.model().version == Version::V4;
    if (option == "$select") {
      const auto items = split(value, ',');
      for (const std::string_view item : items) select_path(item, table, shape);
      // `*,to_Item` names a navigation beside all properties.
      if (std::find(items.begin(), items.end(), "*") != items.end()) shape.everything = true;
    } else if (option == "$expand") {
      for (const std::string_view item : split(value, ',')) {
        if (v4) {
          expand_nested(item, table, shape);
        } else {
          expand_path(item, table, shape);
        }
      }
    } else if (option == "$filter") {
      shape.filter = Filter::parse(value, table, store_, settings_);
    } else if (option == "$orderby") {
      shape.order = order(value, table);
    } else if (option == "$top") {
      shape.top = natural(option, value);
    } else if (option == "$skip") {
      shape.skip = natural(option, value);
    } else if (option == "$count" && v4) {
      shape.count = value == "true";
    } else {
      refuse(400, kBadRequest, "Option '" + std::string(option) + "' is not supported");
    }
  }

 private:
  const Store& store_;
  const Settings& settings_;
};

void hide_texts(Shape& shape) {
  shape.without_texts = true;
  for (auto& [navigation, below] : shape.expand) hide_texts(below);
}

std::size_t offset_of(std::string_view token, const Settings& settings) {
  const auto invalid = [] { refuse(400, kBadRequest, "Invalid value for '$skiptoken'"); };
  if (settings.row_number_skiptokens) {
    const std::size_t first = natural("$skiptoken", token);
    if (first == 0) invalid();
    return first - 1;
  }
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value, 16);
  if (error != std::errc{} || end != token.data() + token.size() || value % kOpaqueFactor != 0)
    invalid();
  return value / kOpaqueFactor;
}

}  // namespace

const Shape* Shape::expanded(std::string_view navigation) const {
  for (const auto& [known, below] : expand) {
    if (known->name == navigation) return &below;
  }
  return nullptr;
}

Query parse_query(const Request& request, const Table& table, const Store& store,
                  const Settings& settings) {
  Query query;
  const Reader reader(store, settings);
  const bool v4 = store.model().version == Version::V4;
  // $select names paths below $expand, so $expand comes first whatever the order in the URL.
  if (const auto expand = request.parameter("$expand"))
    reader.apply("$expand", *expand, table, query.shape);
  for (const auto& [name, value] : request.query) {
    if (!name.starts_with('$') || name == "$expand" || name == "$format") continue;
    if (name == "$inlinecount" && !v4) {
      if (value != "allpages" && value != "none")
        refuse(400, kBadRequest, "Invalid value for '$inlinecount'");
      query.count = value == "allpages";
    } else if (name == "$skiptoken") {
      query.offset = offset_of(value, settings);
    } else {
      reader.apply(name, value, table, query.shape);
    }
  }
  if (query.shape.count) query.count = true;
  if (request.headers.get("odata-no-codedescs") == "true") hide_texts(query.shape);
  return query;
}

int compare_stored(const Table& table, std::size_t property, const Value& a, const Value& b) {
  const Property& declared = table.type().properties[property];
  const bool padded = table.form(property).alpha || declared.non_negative;
  if (!padded || is_null(a) || is_null(b)) return compare(declared, a, b);
  return table.key_part(property, a).compare(table.key_part(property, b));
}

void sort_rows(std::vector<RowPtr>& rows, const Table& table, const std::vector<Order>& order) {
  if (order.empty()) return;
  std::stable_sort(rows.begin(), rows.end(), [&](const RowPtr& a, const RowPtr& b) {
    for (const Order& by : order) {
      const int result = compare_stored(table, by.property, table.value(*a, by.property),
                                        table.value(*b, by.property));
      if (result != 0) return by.descending ? result > 0 : result < 0;
    }
    return false;
  });
}

std::string skiptoken(std::size_t offset, const Settings& settings) {
  if (settings.row_number_skiptokens) return std::to_string(offset + 1);
  std::array<char, 20> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), offset * kOpaqueFactor, 16);
  return error == std::errc{} ? std::string(text.data(), end) : std::string();
}

}  // namespace channelbridge::sandbox::odata
