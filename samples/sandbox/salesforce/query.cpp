#include "sandbox/salesforce/query.hpp"

#include <algorithm>
#include <cstdlib>

#include "sandbox/salesforce/errors.hpp"
#include "sandbox/salesforce/file_queries.hpp"
#include "sandbox/salesforce/record_id.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

using soql::Literal;
using soql::Operator;

class Planner {
 public:
  Planner(Database& database, std::string_view text, Timestamp now)
      : database_(database), text_(text), now_(now) {}

  Result<std::shared_ptr<const Plan>> plan(const soql::Query& query, Table& table) {
    auto plan = std::make_shared<Plan>();
    plan->table = &table;
    plan->count = query.count;
    plan->offset = query.offset;
    if (query.limit) plan->limit = *query.limit;
    for (const soql::Name& name : query.fields) {
      if (Result<void> added = select(table.object(), name, plan->shape); !added)
        return std::move(added).error();
    }
    for (const soql::Query& child : query.children) {
      if (Result<void> added = select_children(table.object(), child, plan->shape); !added) {
        return std::move(added).error();
      }
    }
    if (query.where) {
      Result<Test> where = resolve_condition(table.object(), *query.where);
      if (!where) return std::move(where).error();
      plan->where = std::move(*where);
    }
    for (const soql::Ordering& ordering : query.order) {
      Result<FieldPath> path = resolve(table.object(), ordering.field);
      if (!path) return std::move(path).error();
      if (!path->field().sortable) {
        return refuse(ordering.field,
                      "field '" + path->field().name + "' can not be sorted in a query call");
      }
      plan->order.push_back({std::move(*path), ordering.descending, ordering.nulls_last});
    }
    return std::shared_ptr<const Plan>(std::move(plan));
  }

  Error refuse(const soql::Name& name, const std::string& message,
               std::string code = "INVALID_FIELD") const {
    return soql::refuse_at(text_, name.position, std::move(code), message);
  }

 private:
  Error no_column(const soql::Name& name, const std::string& column,
                  const ObjectType& object) const {
    return refuse(
        name,
        "No such column '" + column + "' on entity '" + object.name() +
            "'. If you are attempting to use a custom field, be sure to append the '__c' after the "
            "custom field name. Please reference your WSDL or the describe call for the "
            "appropriate "
            "names.");
  }

  // Calls step(reference field, object behind it) for each relationship before the last part of the
  // name.
  Result<FieldPath> walk(const ObjectType& from, const soql::Name& name, auto step) {
    FieldPath path{.owner = &from};
    std::string_view rest = name.text;
    if (rest.starts_with(from.name() + ".")) rest.remove_prefix(from.name().size() + 1);
    for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      const std::string relationship(rest.substr(0, dot));
      const auto number = path.owner->find_relationship(relationship);
      const ObjectType* target = nullptr;
      for (const std::string& object :
           number ? path.owner->fields()[*number].reference_to : std::vector<std::string>()) {
        if (const ObjectType* known = database_.metadata.find(object)) target = known;
      }
      if (target == nullptr) {
        return refuse(
            name,
            "Didn't understand relationship '" + relationship +
                "' in field path. If you are attempting to use a custom relationship, be sure to "
                "append the '__r' after the custom relationship name. Please reference your WSDL "
                "or "
                "the describe call for the appropriate names.");
      }
      step(path.owner->fields()[*number], *number);
      path.hops.push_back(*number);
      path.owner = target;
      rest.remove_prefix(dot + 1);
    }
    const auto number = path.owner->find(rest);
    if (!number) return no_column(name, std::string(rest), *path.owner);
    path.number = *number;
    return path;
  }

  Result<FieldPath> resolve(const ObjectType& from, const soql::Name& name) {
    return walk(from, name, [](const Field&, std::uint16_t) {});
  }

  Result<void> select(const ObjectType& from, const soql::Name& name, Shape& root) {
    Shape* shape = &root;
    Result<FieldPath> path = walk(from, name, [&](const Field& reference, std::uint16_t number) {
      const auto found = std::find_if(
          shape->items.begin(), shape->items.end(),
          [&](const Shape::Item& item) { return item.parent && item.number == number; });
      if (found != shape->items.end()) {
        shape = found->parent.get();
        return;
      }
      shape->items.push_back({reference.relationship, number, std::make_unique<Shape>()});
      shape = shape->items.back().parent.get();
    });
    if (!path) return std::move(path).error();
    for (const Shape::Item& item : shape->items) {
      if (!item.parent && item.number == path->number) {
        return refuse(name, "duplicate field selected: " + path->field().name, "INVALID_FIELD");
      }
    }
    shape->items.push_back({path->field().name, path->number, nullptr});
    return {};
  }

  Result<void> select_children(const ObjectType& from, const soql::Query& child, Shape& shape) {
    for (const Json& relation : from.describe().value("childRelationships", Json::array())) {
      const std::string name = text_of(relation, "relationshipName");
      if (name.empty() || !equal_without_case(name, child.object.text)) continue;
      Table* table = database_.table(text_of(relation, "childSObject"));
      const auto field =
          table == nullptr ? std::nullopt : table->object().find(text_of(relation, "field"));
      if (!field) break;
      Result<std::shared_ptr<const Plan>> inner = plan(child, *table);
      if (!inner) return std::move(inner).error();
      shape.children.push_back({name, table, *field, std::move(*inner)});
      return {};
    }
    return refuse(
        child.object,
        "Didn't understand relationship '" + child.object.text + "' in FROM part of query call.",
        "INVALID_TYPE");
  }

  Result<Test> resolve_condition(const ObjectType& from, const soql::Condition& condition) {
    Test test{.kind = condition.kind, .op = condition.op};
    for (const soql::Condition& child : condition.children) {
      Result<Test> resolved = resolve_condition(from, child);
      if (!resolved) return resolved;
      test.children.push_back(std::move(*resolved));
    }
    if (condition.kind != soql::Condition::Kind::Compare) return test;
    Result<FieldPath> path = resolve(from, condition.field);
    if (!path) return std::move(path).error();
    const Field& field = path->field();
    if (!field.filterable) {
      return refuse(condition.field,
                    "field '" + field.name + "' can not be filtered in a query call");
    }
    for (const Literal& literal : condition.values) {
      Result<Literal> fitting = fit(field, literal, condition.field);
      if (!fitting) return std::move(fitting).error();
      test.values.push_back(std::move(*fitting));
    }
    if (condition.among) {
      Result<void> added = add_found(*condition.among, condition.field, test.values);
      if (!added) return std::move(added).error();
    }
    test.path = std::move(*path);
    return test;
  }

  /// What a query inside of IN finds: the ids in its one column. Deleted records count.
  Result<void> add_found(const soql::Query& query, const soql::Name& name,
                         std::vector<Literal>& values) {
    Table* table = database_.table(query.object.text);
    if (table == nullptr)
      return refuse(query.object, "sObject type '" + query.object.text + "' is not supported.",
                    "INVALID_TYPE");
    Result<std::shared_ptr<const Plan>> inner = plan(query, *table);
    if (!inner) return std::move(inner).error();
    const std::vector<Shape::Item>& items = (*inner)->shape.items;
    if (items.size() != 1 || items.front().parent || !(*inner)->shape.children.empty())
      return refuse(name, "The inner select must select one column", "MALFORMED_QUERY");
    for (const RowNumber number : find_rows(database_, **inner, now_, true)) {
      const std::string_view id = table->row(number).view(items.front().number);
      if (!id.empty()) values.push_back({.kind = Literal::Kind::Text, .text = std::string(id)});
    }
    return {};
  }

  // A date name becomes a day or a range of days: text = first moment, with `number` days.
  Result<Literal> fit(const Field& field, const Literal& literal, const soql::Name& name) const {
    if (literal.kind == Literal::Kind::Null) return literal;
    const auto wrong = [&](const char* type, bool quotes) {
      return refuse(name, "value of filter criterion for field '" + field.name +
                              "' must be of type " + type +
                              (quotes ? " and should be enclosed in quotes"
                                      : " and should not be enclosed in quotes"));
    };
    using Kind = Literal::Kind;
    switch (field.type) {
      case FieldType::Boolean:
        if (literal.kind != Kind::Boolean) return wrong("boolean", false);
        return literal;
      case FieldType::Int:
      case FieldType::Decimal:
        if (literal.kind != Kind::Number) return wrong(field.type_name.c_str(), false);
        return literal;
      case FieldType::Date:
        if (literal.kind == Kind::DateName) return named_days(literal, false);
        if (literal.kind != Kind::Date) return wrong("date", false);
        return literal;
      case FieldType::DateTime:
        if (literal.kind == Kind::DateName) return named_days(literal, true);
        if (literal.kind != Kind::DateTime) return wrong("dateTime", false);
        return literal;
      case FieldType::Id:
      case FieldType::Reference:
        if (literal.kind != Kind::Text)
          return wrong(field.type == FieldType::Id ? "ID" : "reference", true);
        if (!literal.text.empty() && !well_formed_id(literal.text)) {
          return refuse(name, "invalid ID field: " + literal.text, "INVALID_QUERY_FILTER_OPERATOR");
        }
        return literal;
      default:
        if (literal.kind != Kind::Text) return wrong("string", true);
        return literal;
    }
  }

  Literal named_days(const Literal& literal, bool with_time) const {
    using std::chrono::days;
    auto first = std::chrono::floor<days>(now_);
    long count = 1;
    if (literal.text == "YESTERDAY") first -= days(1);
    if (literal.text == "TOMORROW") first += days(1);
    if (literal.text == "LAST_N_DAYS") {
      first -= days(literal.number - 1);
      count = literal.number;
    }
    if (literal.text == "NEXT_N_DAYS") {
      first += days(1);
      count = literal.number;
    }
    const std::string from = datetime_text(first);
    const std::string to = datetime_text(first + days(count));
    // Both bounds in one text: the range is [first half, second half).
    return {.kind = Literal::Kind::DateName,
            .text = with_time ? from + to : from.substr(0, 10) + to.substr(0, 10)};
  }

  Database& database_;
  std::string_view text_;
  Timestamp now_;
};

// SQL LIKE over code points that ASCII folding does not change; '\' escapes.
bool like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    for (std::size_t skip = 0; skip <= text.size(); ++skip) {
      if (like(text.substr(skip), pattern.substr(1))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  if (pattern[0] == '_') {
    std::size_t size = 1;
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) ++size;
    return like(text.substr(size), pattern.substr(1));
  }
  if (pattern[0] == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
  return text[0] == pattern[0] && like(text.substr(1), pattern.substr(1));
}

// Negative, zero, positive. Neither side is null.
int compare_values(const Field& field, std::string_view a, std::string_view b) {
  switch (field.type) {
    case FieldType::Int:
    case FieldType::Decimal: {
      const long double x = std::strtold(std::string(a).c_str(), nullptr);
      const long double y = std::strtold(std::string(b).c_str(), nullptr);
      return x < y ? -1 : x > y ? 1 : 0;
    }
    case FieldType::Id:
    case FieldType::Reference:
      return id15(a).compare(id15(b));
    case FieldType::Boolean:
    case FieldType::Date:
    case FieldType::DateTime:
      return a.compare(b);
    default:
      return lower_case(a).compare(lower_case(b));
  }
}

class Evaluator {
 public:
  Evaluator(Database& database, Timestamp now) : database_(database), now_(now) {}

  std::string_view value(const Row& row, const FieldPath& path) const {
    const Row* at = &row;
    const Table* table = nullptr;
    const ObjectType* object = nullptr;
    for (const std::uint16_t hop : path.hops) {
      const std::string_view id = at->view(hop);
      table = id.empty() ? nullptr : database_.table_of_id(id);
      const auto number = table == nullptr ? std::nullopt : table->find(id);
      at = number ? table->visible(*number, now_) : nullptr;
      if (at == nullptr) return {};
      object = &table->object();
    }
    if (object != nullptr && object != path.owner) return {};
    const std::string_view text = at->view(path.number);
    return text.empty() && path.field().type == FieldType::Boolean ? std::string_view("false")
                                                                   : text;
  }

  bool holds(const Test& test, const Row& row) const {
    using Kind = soql::Condition::Kind;
    const auto child_holds = [&](const Test& child) { return holds(child, row); };
    switch (test.kind) {
      case Kind::And:
        return std::all_of(test.children.begin(), test.children.end(), child_holds);
      case Kind::Or:
        return std::any_of(test.children.begin(), test.children.end(), child_holds);
      case Kind::Not:
        return !holds(test.children.front(), row);
      case Kind::Compare:
        break;
    }
    const std::string_view text = value(row, test.path);
    const auto equals = [&](const Literal& literal) {
      return equal(test.path.field(), text, literal);
    };
    switch (test.op) {
      case Operator::In:
        return std::any_of(test.values.begin(), test.values.end(), equals);
      case Operator::NotIn:
        return std::none_of(test.values.begin(), test.values.end(), equals);
      case Operator::Equal:
        return equals(test.values.front());
      case Operator::NotEqual:
        return !equals(test.values.front());
      case Operator::Like:
        return !text.empty() && like(lower_case(text), lower_case(test.values.front().text));
      default:
        return ordered(test.path.field(), text, test.op, test.values.front());
    }
  }

 private:
  static bool equal(const Field& field, std::string_view text, const Literal& literal) {
    if (literal.kind == Literal::Kind::Null || literal.text.empty()) return text.empty();
    if (text.empty()) return false;
    if (literal.kind == Literal::Kind::DateName) {
      const std::size_t half = literal.text.size() / 2;
      return text >= literal.text.substr(0, half) && text < literal.text.substr(half);
    }
    return compare_values(field, text, literal.text) == 0;
  }

  static bool ordered(const Field& field, std::string_view text, Operator op,
                      const Literal& literal) {
    if (text.empty() || literal.kind == Literal::Kind::Null) return false;
    std::string_view bound = literal.text;
    if (literal.kind == Literal::Kind::DateName) {
      const std::size_t half = bound.size() / 2;
      const bool from_start = op == Operator::Less || op == Operator::GreaterOrEqual;
      bound = from_start ? bound.substr(0, half) : bound.substr(half);
      return op == Operator::Less || op == Operator::LessOrEqual ? text < bound : text >= bound;
    }
    const int order = compare_values(field, text, bound);
    switch (op) {
      case Operator::Less:
        return order < 0;
      case Operator::LessOrEqual:
        return order <= 0;
      case Operator::Greater:
        return order > 0;
      default:
        return order >= 0;
    }
  }

  Database& database_;
  Timestamp now_;
};

// The lowest SystemModstamp that a row satisfying the test can have; empty = no bound. It spares
// reading the whole table for every page of an incremental read.
std::string lowest_modstamp(const Test& test, std::uint16_t modstamp) {
  using Kind = soql::Condition::Kind;
  if (test.kind == Kind::Compare) {
    const bool bounds = test.op == Operator::Equal || test.op == Operator::Greater ||
                        test.op == Operator::GreaterOrEqual;
    const bool fits = test.path.hops.empty() && test.path.number == modstamp && bounds;
    return fits && test.values.front().kind == Literal::Kind::DateTime ? test.values.front().text
                                                                       : std::string();
  }
  if (test.kind == Kind::Not) return {};
  std::string bound;
  for (std::size_t i = 0; i < test.children.size(); ++i) {
    const std::string child = lowest_modstamp(test.children[i], modstamp);
    if (test.kind == Kind::And) bound = std::max(bound, child);
    if (test.kind == Kind::Or) bound = i == 0 ? child : std::min(bound, child);
  }
  return bound;
}

// ORDER BY SystemModstamp, Id is the order of the table's own index (row numbers rise with ids), as
// long as no row shows an older state than the one indexed.
bool in_modstamp_order(const Plan& plan) {
  const auto rises = [&](std::size_t place, std::uint16_t field) {
    const Plan::Order& order = plan.order[place];
    return order.path.hops.empty() && order.path.number == field && !order.descending;
  };
  if (plan.table->any_pending() || plan.order.empty() || plan.order.size() > 2) return false;
  return rises(0, plan.table->modstamp()) && (plan.order.size() == 1 || rises(1, plan.table->id()));
}

}  // namespace

Result<std::shared_ptr<const Plan>> make_plan(Database& database, std::string_view text,
                                              Timestamp now) {
  Result<soql::Query> query = soql::parse(text);
  if (!query) return std::move(query).error();
  Planner planner(database, text, now);
  Table* table = database.table(query->object.text);
  if (table == nullptr) {
    return planner.refuse(
        query->object,
        "sObject type '" + query->object.text +
            "' is not supported. If you are attempting to use a custom object, be sure to append "
            "the "
            "'__c' after the entity name. Please reference your WSDL or the describe call for the "
            "appropriate names.",
        "INVALID_TYPE");
  }
  if (table->object().name() == "ContentDocumentLink") {
    if (auto refusal = refused_link_filter(*query, text)) return *std::move(refusal);
  }
  return planner.plan(*query, *table);
}

std::vector<RowNumber> find_rows(Database& database, const Plan& plan, Timestamp now, bool all,
                                 const std::vector<RowNumber>* among) {
  const Table& table = *plan.table;
  const Evaluator evaluator(database, now);
  std::vector<RowNumber> rows;
  const auto consider = [&](RowNumber number) {
    const Row* row = table.visible(number, now);
    if (row == nullptr) return;
    if (!all && table.deleted_flag() && row->view(*table.deleted_flag()) == "true") return;
    if (!plan.where || evaluator.holds(*plan.where, *row)) rows.push_back(number);
  };
  const std::string lowest =
      plan.where ? lowest_modstamp(*plan.where, table.modstamp()) : std::string();
  const bool sorted = among == nullptr && in_modstamp_order(plan);
  if (among != nullptr) {
    for (const RowNumber number : *among) consider(number);
  } else if (lowest.empty() && !sorted) {
    for (RowNumber number = 0; number < table.size(); ++number) consider(number);
  } else {
    const auto& stamps = table.by_modstamp();
    for (auto at = stamps.lower_bound({lowest, 0}); at != stamps.end(); ++at) {
      consider(at->second);
      if (sorted && rows.size() >= plan.offset && rows.size() - plan.offset >= plan.limit) break;
    }
  }

  const auto before = [&](RowNumber left, RowNumber right) {
    const Row* a = table.visible(left, now);
    const Row* b = table.visible(right, now);
    for (const Plan::Order& order : plan.order) {
      const std::string_view x = evaluator.value(*a, order.path);
      const std::string_view y = evaluator.value(*b, order.path);
      if (x.empty() != y.empty()) return x.empty() != order.nulls_last;
      if (x.empty()) continue;
      const int sign = compare_values(order.path.field(), x, y);
      if (sign != 0) return order.descending ? sign > 0 : sign < 0;
    }
    return left < right;
  };
  if (!sorted && (among != nullptr || !plan.order.empty() || !lowest.empty()))
    std::sort(rows.begin(), rows.end(), before);
  rows.erase(rows.begin(),
             rows.begin() + static_cast<std::ptrdiff_t>(std::min(plan.offset, rows.size())));
  rows.resize(std::min(rows.size(), plan.limit));
  return rows;
}

}  // namespace channelbridge::sandbox::salesforce
