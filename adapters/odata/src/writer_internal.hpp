#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "batch_internal.hpp"
#include "document_internal.hpp"
#include "shape_internal.hpp"

namespace channelbridge::odata {

/// A body in the making: scalars in the service's formats, children as finished JSON texts.
struct Body {
  std::vector<std::pair<std::string, std::string>> scalars{};             ///< name, JSON value
  std::vector<std::pair<std::string, std::vector<std::string>>> lists{};  ///< navigation, elements
  std::vector<std::pair<std::string, std::string>> singles{};             ///< navigation, object
  bool empty() const { return scalars.empty() && lists.empty() && singles.empty(); }
  std::vector<std::string>& list(const std::string& navigation);
  std::string text() const;
};

/// Turns write requests into change sets, sends them, and reads every part's answer.
///
/// Threads: one at a time; a writer lives for one call.
class Writer {
 public:
  Writer(Service& service, const adapter::Selection& selection, const Context& context)
      : service_(service), selection_(selection), context_(context) {}

  Result<std::vector<adapter::WriteOutcome>> write(
      const std::vector<adapter::WriteRequest>& requests);

 private:
  /// A node that travels inside another's body, and where its echo will stand.
  struct Nested {
    std::size_t node{};
    std::size_t parent{};  ///< node whose body holds it
    std::string navigation{};
    std::size_t position{};
  };
  struct Planned {
    BatchOperation operation{};
    std::size_t node{};
    const Type* type{};
    bool deep_update{};  ///< belongs to a node that has an operation of its own
    bool merges{};       ///< a POST that changes what is there (X-HTTP-Method: MERGE)
  };
  struct Plan {
    const adapter::WriteRequest* request{};
    std::vector<Planned> operations{};
    std::vector<Nested> nested{};
    std::vector<const Type*> types{};  ///< of each node
    std::vector<std::string> urls{};   ///< of each node that exists already, or "$<content id>"
    std::vector<std::pair<std::string, std::string>> known{};
    adapter::WriteOutcome outcome{};
    bool one_by_one{};      ///< a child is planned when the answer to its parent has told a key
    std::size_t planned{};  ///< nodes that have been planned
    bool settled{};
    bool again{};  ///< refused because of a row lock
  };

  // plan
  Result<void> plan(Plan& plan);
  Result<void> plan_node(Plan& plan, std::size_t index);
  Result<void> plan_operation(Plan& plan, std::size_t index);
  /// The nodes that have no operation yet; one by one, up to the first that makes any.
  Result<void> plan_open(Plan& plan);
  /// What is behind the operation that was just answered.
  Result<void> plan_next(Plan& plan, const Planned& sent, const http::Response& answer);
  /// Does it create a node below one that it creates as well?
  static bool creates_below_created(const Plan& plan);
  static bool has_children(const Plan& plan, std::size_t index);
  Result<void> plan_create(Plan& plan, std::size_t index);
  Result<void> plan_update(Plan& plan, std::size_t index);
  Result<Body> body(const Type& type, std::string_view json) const;
  Result<Body> create_body(Plan& plan, std::size_t index);
  Result<void> deep_update(Plan& plan, std::size_t index, const std::string& navigation,
                           std::string_view value);
  /// Does the update change a property that its node is addressed by?
  bool moves_key(const Plan& plan, std::size_t index, const Body& made) const;
  Result<void> replace_node(Plan& plan, std::size_t index, const Body& made);
  /// Writes what differs between `row` and the element that means it.
  Result<void> update_row(Plan& plan, std::size_t index, const std::string& navigation,
                          std::string_view element, const Body& made, std::string_view row);
  /// A key property cannot be changed: the row at `url` is deleted and a like one, with `changes`,
  /// posted to `list`.
  Result<void> replace_row(Plan& plan, std::size_t index, const Type& type, const Set* set,
                           const std::string& url, const std::string& list, std::string_view row,
                           const Body& changes, bool deep_update);
  /// Properties that the selection reads of the rows which `chosen_by` choose like this element.
  std::vector<std::string> mapped(const Plan& plan, std::size_t index,
                                  const std::string& navigation, std::string_view element) const;
  /// Calls `use` with each path of the selection that begins at this node with `navigation`.
  void each_path(const Plan& plan, std::size_t index, const std::string& navigation,
                 const std::function<void(const document::Path&)>& use) const;
  std::vector<std::string> selectors(const Plan& plan, std::size_t index,
                                     const std::string& navigation, std::string_view element) const;
  void add_child(Plan& plan, std::size_t index, const Navigation& way,
                 const std::string& navigation, Body body);
  void add_correlation(Body& body, const Plan& plan) const;
  Result<const Type*> type_of(const Plan& plan, std::size_t index) const;
  Result<std::string> entity_url(const Plan& plan, std::size_t index) const;
  std::vector<std::pair<std::string, std::string>> known_keys(const Plan& plan,
                                                              std::size_t index) const;
  bool nested_in_parent(const Plan& plan, std::size_t index) const;
  void add_operation(Plan& plan, std::size_t index, const Type& type, std::string method,
                     std::string url, std::string body, bool deep_update = false);

  // send
  /// Settles the plans whose object is not what they expect, where nothing that they send says so.
  void look_at_versions(std::vector<Plan*>& plans);
  void not_ready(Plan& plan, const Error& why);
  Result<void> send_batch(std::vector<Plan*>& plans);
  Result<void> send_directly(Plan& plan);
  void keep_answered(Plan& plan, const std::vector<BatchPart>& parts, std::size_t failed);
  /// A node that travels in another's body has its fate; `refused` holds the reasons.
  static void follow_carriers(Plan& plan, const adapter::WriteOutcome& refused);
  void fail(Plan& plan, adapter::WriteStatus status, const Error& error,
            const Refusal* refusal = nullptr);
  void refuse(Plan& plan, const BatchPart& part);
  void accept(Plan& plan, const std::vector<BatchPart>& parts);
  void read_answer(Plan& plan, const std::vector<BatchPart>& parts);
  void verify_rolled_back(Plan& plan, const std::vector<BatchPart>& parts);
  void read_created(Plan& plan, const Planned& planned, const http::Response& response);
  void read_echo(Plan& plan, std::size_t parent, std::string_view entity);
  std::string child_key(const Plan& plan, std::size_t node, std::string_view entity) const;
  std::string operation() const { return "write " + selection_.object; }

  Service& service_;
  const adapter::Selection& selection_;
  const Context& context_;
  std::shared_ptr<const Metadata> metadata_{};
  int next_content_id_{1};
};

}  // namespace channelbridge::odata
