#include "sandbox/salesforce/file_queries.hpp"

#include <algorithm>
#include <initializer_list>

#include "sandbox/common/http.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

using soql::Operator;
using Names = std::initializer_list<std::string_view>;

/// Does the condition hold for links alone of which one of these fields is named?
bool names_ids(const soql::Condition& condition, Names fields) {
  using Kind = soql::Condition::Kind;
  const auto names = [fields](const soql::Condition& each) { return names_ids(each, fields); };
  if (condition.kind == Kind::And)
    return std::any_of(condition.children.begin(), condition.children.end(), names);
  if (condition.kind == Kind::Or)
    return std::all_of(condition.children.begin(), condition.children.end(), names);
  if (condition.kind != Kind::Compare) return false;
  if (condition.op != Operator::Equal && condition.op != Operator::In) return false;
  return std::any_of(fields.begin(), fields.end(), [&condition](std::string_view field) {
    return equal_without_case(condition.field.text, field);
  });
}

/// The first field that lies behind this relationship; null = there is none.
const soql::Name* behind(const soql::Condition& condition, std::string_view relationship) {
  const std::string_view field = condition.field.text;
  const bool is_behind = field.size() > relationship.size() && field[relationship.size()] == '.' &&
                         equal_without_case(field.substr(0, relationship.size()), relationship);
  if (is_behind) return &condition.field;
  for (const soql::Condition& child : condition.children)
    if (const soql::Name* found = behind(child, relationship)) return found;
  return nullptr;
}

}  // namespace

std::optional<Error> refused_link_filter(const soql::Query& query, std::string_view text) {
  const auto refuse = [text](const soql::Name& name, const std::string& why) {
    return soql::refuse_at(text, name.position, "MALFORMED_QUERY", why);
  };
  if (!query.where || !names_ids(*query.where, {"Id", "ContentDocumentId", "LinkedEntityId"}))
    return refuse(query.object,
                  "Implementation restriction: ContentDocumentLink requires a filter by a "
                  "single Id on ContentDocumentId or LinkedEntityId using the equals "
                  "operator or multiple Id's using the IN operator.");
  if (const soql::Name* field = behind(*query.where, "LinkedEntity"))
    return refuse(*field, "ContentDocumentLink takes no filter on its linked entity");
  const soql::Name* field = behind(*query.where, "ContentDocument");
  if (field != nullptr && !names_ids(*query.where, {"LinkedEntityId"}))
    return refuse(*field,
                  "ContentDocumentLink takes a filter on its document beside one on "
                  "LinkedEntityId alone");
  return std::nullopt;
}

}  // namespace channelbridge::sandbox::salesforce
