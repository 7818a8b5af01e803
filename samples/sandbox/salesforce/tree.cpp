#include <set>

#include "sandbox/salesforce/service.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

// Source: REST API Developer Guide, "sObject Tree". What a tree that is malformed as a whole is
// answered is not told there.
constexpr std::size_t kMaxTreeRecords = 200;
constexpr std::size_t kMaxTreeTypes = 5;
constexpr std::size_t kMaxTreeLevels = 5;

Error bad_tree(const std::string& message) { return refusal(400, "INVALID_INPUT", message); }

struct TreeNode {
  Json fields{};
  Table* table{};
  std::string reference{};
  std::optional<std::size_t> parent{};
  std::string parent_field{};  ///< names the parent
  std::size_t level{1};
};

/// The records of the body, parents before children, level by level.
class Forest {
 public:
  explicit Forest(Database& database) : database_(database) {}

  Result<std::vector<TreeNode>> grow(const Json& body, Table& root) {
    const auto records = body.find("records");
    if (records == body.end()) return bad_tree("records is required");
    if (Result<void> fine = add(*records, {.table = &root}); !fine) return std::move(fine).error();
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (Result<void> fine = add_children(i); !fine) return std::move(fine).error();
    }
    return std::move(nodes_);
  }

 private:
  Result<void> add(const Json& records, TreeNode node) {
    if (!records.is_array() || records.empty()) return bad_tree("records: a list is expected");
    if (node.level > kMaxTreeLevels) return bad_tree("A tree has at most 5 levels");
    const std::string& type = node.table->object().name();
    types_.insert(type);
    if (types_.size() > kMaxTreeTypes) return bad_tree("A tree has at most 5 types of records");
    if (nodes_.size() + records.size() > kMaxTreeRecords)
      return bad_tree("A tree has at most 200 records");
    for (const Json& record : records) {
      const Json attributes = record.is_object() ? record.value("attributes", Json()) : Json();
      node.reference = text_of(attributes, "referenceId");
      if (text_of(attributes, "type") != type)
        return bad_tree("attributes.type: " + type + " is expected");
      if (node.reference.empty() || !references_.insert(node.reference).second)
        return bad_tree("Each record needs a referenceId of its own");
      node.fields = record;
      nodes_.push_back(node);
    }
    return {};
  }

  // Children stand under the name of their relationship: "Contacts":{"records":[…]}.
  Result<void> add_children(std::size_t parent) {
    const Json& describe = nodes_[parent].table->object().describe();
    for (const Json& child : describe.value("childRelationships", Json::array())) {
      const auto found = nodes_[parent].fields.find(text_of(child, "relationshipName"));
      Table* table = database_.table(text_of(child, "childSObject"));
      if (found == nodes_[parent].fields.end() || !found->is_object() || table == nullptr) continue;
      const Json records = found->value("records", Json());
      nodes_[parent].fields.erase(found);
      Result<void> fine = add(records, {.table = table,
                                        .parent = parent,
                                        .parent_field = text_of(child, "field"),
                                        .level = nodes_[parent].level + 1});
      if (!fine) return fine;
    }
    return {};
  }

  Database& database_;
  std::vector<TreeNode> nodes_{};
  std::set<std::string> references_{};
  std::set<std::string> types_{};
};

/// All of it, or the first refusal and nothing.
Response create_all(Call& call, std::vector<TreeNode> nodes) {
  const Transaction::Mark start = call.transaction.mark();
  std::vector<std::string> ids;
  Json results = Json::array();
  for (TreeNode& node : nodes) {
    if (node.parent) node.fields[node.parent_field] = ids[*node.parent];
    Result<std::string> id = call.transaction.create(*node.table, node.fields);
    if (!id) {
      call.transaction.roll_back(start);
      const Json refused{{"referenceId", node.reference},
                         {"errors", Json::array({record_error(id.error())})}};
      // The status is not told by the documentation.
      return json_response(400, Json{{"hasErrors", true}, {"results", Json::array({refused})}});
    }
    results.push_back(Json{{"referenceId", node.reference}, {"id", *id}});
    ids.push_back(std::move(*id));
  }
  return json_response(201, Json{{"hasErrors", false}, {"results", std::move(results)}});
}

}  // namespace

Response answer_tree(Call& call) {
  Table* root = call.state.database.table(call.path[2]);
  if (root == nullptr) return error_response(not_found());
  const Result<Json> body = object_body(call.request);
  if (!body) return error_response(body.error());
  Result<std::vector<TreeNode>> nodes = Forest(call.state.database).grow(*body, *root);
  return nodes ? create_all(call, std::move(*nodes)) : error_response(nodes.error());
}

}  // namespace channelbridge::sandbox::salesforce
