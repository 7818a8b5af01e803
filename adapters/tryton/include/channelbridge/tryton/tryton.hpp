#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "channelbridge/adapter/registry.hpp"
#include "channelbridge/core/secret.hpp"
#include "channelbridge/http/pipeline.hpp"

namespace channelbridge::tryton {

/// One transition of a model's workflow that a method call makes.
struct Step {
  std::string from{};
  std::string to{};
  std::string method{};
};

/// What another field says of a record in a state: shown as a state of its own. No step leads
/// there.
struct Conclusion {
  std::string state{};
  std::string field{};
  std::string shown{};  ///< the other field's value, and the state that is shown
};

/// The field that shows the state of a model's records, and the methods that change it. A mapping
/// writes the field; the adapter calls the methods on the shortest way to the wanted state.
struct Workflow {
  std::string field{"state"};
  std::string initial{};  ///< what a create gives
  std::vector<Step> steps{};
  std::vector<Conclusion> conclusions{};
};
using Workflows = std::map<std::string, Workflow, std::less<>>;

/// Workflows of sale.sale and sale.opportunity.
///
/// Source: Tryton 6.0, modules sale and sale_opportunity, `_transitions` and the buttons' methods.
Workflows default_workflows();

/// Model -> fields whose `on_change` the server is asked for before a create, as its own clients
/// do: the addresses and the payment term of a party, the unit and the taxes of a product. What a
/// mapping writes stays; only what it leaves open is filled in.
using OnChange = std::map<std::string, std::vector<std::string>, std::less<>>;
/// `party` of sale.sale and sale.opportunity, `product` of their lines.
OnChange default_on_change();

/// How to speak to one database. Every member has a setting of the same name in the project file.
struct Options {
  std::string database{};
  /// Path of the JSON-RPC endpoint below the URL; {database} stands for the name. Servers up to at
  /// least 6.0 answer at "{database}/"; where newer ones do is said in their documentation
  /// ("{database}/rpc/", unconfirmed).
  std::string endpoint{"{database}/"};
  std::string user{};
  Secret password{};
  std::string language{"en"};  ///< of translated fields and of the server's messages
  std::int64_t company{};      ///< id of the company to work in; 0 = the user's own
  /// A pull reads this far behind its last one: PostgreSQL stamps a row with the time at which its
  /// transaction began, and that may commit after later ones.
  std::chrono::milliseconds overlap{std::chrono::minutes(10)};
  std::chrono::milliseconds settle{5'000};
  std::size_t batch_records{25};
  int concurrency{4};
  /// Warnings that are passed instead of refused, by the beginning of their name; "*" = all. A
  /// warning is a question that a person would have to answer.
  std::vector<std::string> accept_warnings{};
  Workflows workflows{default_workflows()};
  OnChange on_change{default_on_change()};
};

/// Tryton over its JSON-RPC: search_read to read, create/write/delete and the workflow's methods to
/// write. One call is one transaction of the server.
///
/// `pipeline.credential` is the adapter's own business (session login) and ignored.
/// Errors: Invalid with every setting that does not hold. Threads: any.
Result<std::shared_ptr<adapter::Adapter>> make_tryton(std::shared_ptr<http::Transport> transport,
                                                      http::PipelineOptions pipeline,
                                                      const std::string& base_path,
                                                      Options options);

/// The kind `tryton` for an AdapterRegistry.
adapter::AdapterKind kind();

}  // namespace channelbridge::tryton
