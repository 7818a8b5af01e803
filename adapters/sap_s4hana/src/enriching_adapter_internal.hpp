#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"

namespace channelbridge::sap_s4hana {

/// Another adapter whose documents show more than their service does: calls are passed on with the
/// selection that the service understands, and what comes back is completed.
///
/// Threads: any, where the three functions of a subclass are.
class EnrichingAdapter : public adapter::Adapter {
 public:
  explicit EnrichingAdapter(std::shared_ptr<adapter::Adapter> inner) : inner_(std::move(inner)) {}

  adapter::Capabilities capabilities(const adapter::Selection& selection) const override;
  Result<void> check(const adapter::Selection& selection) const override;
  Result<adapter::ObjectMetadata> describe(std::string_view object,
                                           const Context& context) override;
  Result<std::string> probe(const Context& context) override;
  Result<adapter::Page> read(const adapter::Selection& selection, const adapter::Cursor& cursor,
                             std::size_t page_size, const Context& context) override;
  Result<adapter::Change> read_by_key(const adapter::Selection& selection, std::string_view key,
                                      const Context& context) override;
  Result<adapter::Page> read_by_keys(const adapter::Selection& selection,
                                     const std::vector<std::string>& keys,
                                     const Context& context) override;
  Result<std::vector<adapter::Change>> find(const adapter::Selection& selection,
                                            std::string_view correlation,
                                            const Context& context) override;
  Result<std::vector<adapter::WriteOutcome>> write(
      const adapter::Selection& selection, const std::vector<adapter::WriteRequest>& requests,
      const Context& context) override;
  adapter::Usage usage() const override;

 protected:
  /// The selection without what this adapter adds, and with what that is made of.
  virtual adapter::Selection served(const adapter::Selection& selection) const = 0;
  /// Adds to the service's description what this adapter adds to its documents.
  virtual void add_description(std::string_view object,
                               adapter::ObjectMetadata& metadata) const = 0;
  /// Completes what the service has shown; a document that cannot be completed is moved to
  /// Page::unreadable.
  virtual Result<void> complete_page(adapter::Page& page, const adapter::Selection& selection,
                                     const Context& context) = 0;

  adapter::Adapter& inner() const { return *inner_; }

 private:
  Result<adapter::Page> completed(Result<adapter::Page> page, const adapter::Selection& selection,
                                  const Context& context);
  /// The same where no document may be missing.
  Result<std::vector<adapter::Change>> completed(std::vector<adapter::Change> changes,
                                                 const adapter::Selection& selection,
                                                 const Context& context);

  const std::shared_ptr<adapter::Adapter> inner_;
};

}  // namespace channelbridge::sap_s4hana
