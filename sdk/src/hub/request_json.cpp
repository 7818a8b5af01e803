#include "request_json_internal.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace channelbridge::hub {

Result<adapter::WriteRequest> parse_request(std::string_view json) {
  try {
    const nlohmann::json root = nlohmann::json::parse(json);
    adapter::WriteRequest out{.correlation = root.at("correlation").get<std::string>()};
    for (const nlohmann::json& node : root.at("nodes")) {
      const std::string operation = node.at("operation").get<std::string>();
      out.nodes.push_back({.operation = operation == "create"   ? adapter::Operation::Create
                                        : operation == "update" ? adapter::Operation::Update
                                                                : adapter::Operation::Delete,
                           .object = node.at("object").get<std::string>(),
                           .key = node.at("key").get<std::string>(),
                           .parent = node.at("parent").get<int>(),
                           .navigation = node.at("navigation").get<std::string>(),
                           .list = node.value("list", std::string()),
                           .element = node.value("element", std::string()),
                           .body = node.at("body").get<std::string>(),
                           .expected_version = node.at("expected_version").get<std::string>(),
                           .stood = node.value("stood", decltype(adapter::WriteNode::stood)())});
    }
    return out;
  } catch (const nlohmann::json::exception& problem) {
    return Error(ErrorCode::Internal,
                 std::string("a stored request cannot be read: ") + problem.what());
  }
}

std::string request_json(const adapter::WriteRequest& request) {
  nlohmann::json nodes = nlohmann::json::array();
  for (const adapter::WriteNode& node : request.nodes) {
    nodes.push_back({{"operation", node.operation == adapter::Operation::Create   ? "create"
                                   : node.operation == adapter::Operation::Update ? "update"
                                                                                  : "delete"},
                     {"object", node.object},
                     {"key", node.key},
                     {"parent", node.parent},
                     {"navigation", node.navigation},
                     {"list", node.list},
                     {"element", node.element},
                     {"expected_version", node.expected_version},
                     {"stood", node.stood},
                     {"body", node.body}});
  }
  return nlohmann::json{{"nodes", std::move(nodes)}, {"correlation", request.correlation}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace channelbridge::hub
