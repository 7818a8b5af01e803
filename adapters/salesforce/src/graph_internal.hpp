#pragma once

#include <map>
#include <utility>

#include "batch_internal.hpp"
#include "describes_internal.hpp"

namespace channelbridge::salesforce {

/// Writes records with their children as composite graphs: one graph is one record, all of it or
/// nothing.
///
/// A root that is created goes by POST, our record id in its unique field, and not by an upsert: an
/// upsert that met the record of a create that was believed lost would make its children a second
/// time. The field refuses the second record, and the graph with it.
/// Source: REST API Developer Guide, "Using Composite Graphs" and "Composite Graph Limits".
class GraphWriter final : public BatchWriter {
 public:
  static constexpr std::size_t kMostGraphs = 75;
  static constexpr std::size_t kMostNodes = 500;
  static constexpr std::size_t kMostKinds = 15;
  static constexpr double kOldestVersion = 50.0;

  using BatchWriter::BatchWriter;

  /// Looks up which fields hold the parents' ids. Invalid: an object has no such children, or no
  /// unique external id where our record id is to go; Unsupported: the API version has no graphs.
  Result<void> prepare(const std::vector<const adapter::WriteRequest*>& requests,
                       Describes& describes, const Context& context);

 protected:
  Result<Item> item_of(const adapter::WriteRequest& request) const override;
  std::string lane(const adapter::WriteRequest&) const override { return {}; }
  Limits limits() const override;
  http::Request call_of(const Items& items) const override;
  std::vector<std::optional<Answer>> read(const Items& items, std::string body) const override;

 private:
  Result<void> look_up(const adapter::WriteRequest& request, std::size_t index,
                       Describes& describes, const Context& context);
  Result<std::string> node_text(const adapter::WriteRequest& request, std::size_t index) const;

  std::map<std::pair<std::string, std::string>, std::string> parent_fields_{};  ///< object, list
};

/// Has this API version composite graphs?
bool has_graphs(const Options& options);

}  // namespace channelbridge::salesforce
