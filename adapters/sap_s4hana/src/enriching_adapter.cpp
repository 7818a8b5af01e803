#include "enriching_adapter_internal.hpp"

#include <utility>

namespace channelbridge::sap_s4hana {

using adapter::Change;
using adapter::Page;
using adapter::Selection;

adapter::Capabilities EnrichingAdapter::capabilities(const Selection& selection) const {
  return inner_->capabilities(served(selection));
}

Result<void> EnrichingAdapter::check(const Selection& selection) const {
  return inner_->check(served(selection));
}

Result<adapter::ObjectMetadata> EnrichingAdapter::describe(std::string_view object,
                                                           const Context& context) {
  auto out = inner_->describe(object, context);
  if (out) add_description(object, *out);
  return out;
}

Result<std::string> EnrichingAdapter::probe(const Context& context) {
  return inner_->probe(context);
}

Result<Page> EnrichingAdapter::read(const Selection& selection, const adapter::Cursor& cursor,
                                    std::size_t page_size, const Context& context) {
  return completed(inner_->read(served(selection), cursor, page_size, context), selection, context);
}

Result<Change> EnrichingAdapter::read_by_key(const Selection& selection, std::string_view key,
                                             const Context& context) {
  auto change = inner_->read_by_key(served(selection), key, context);
  if (!change) return change;
  auto changes = completed({*std::move(change)}, selection, context);
  if (!changes) return std::move(changes).error();
  return std::move(changes->front());
}

Result<Page> EnrichingAdapter::read_by_keys(const Selection& selection,
                                            const std::vector<std::string>& keys,
                                            const Context& context) {
  return completed(inner_->read_by_keys(served(selection), keys, context), selection, context);
}

Result<std::vector<Change>> EnrichingAdapter::find(const Selection& selection,
                                                   std::string_view correlation,
                                                   const Context& context) {
  auto changes = inner_->find(served(selection), correlation, context);
  if (!changes) return changes;
  return completed(*std::move(changes), selection, context);
}

Result<std::vector<adapter::WriteOutcome>> EnrichingAdapter::write(
    const Selection& selection, const std::vector<adapter::WriteRequest>& requests,
    const Context& context) {
  return inner_->write(served(selection), requests, context);
}

adapter::Usage EnrichingAdapter::usage() const { return inner_->usage(); }

Result<Page> EnrichingAdapter::completed(Result<Page> page, const Selection& selection,
                                         const Context& context) {
  if (!page) return page;
  if (auto done = complete_page(*page, selection, context); !done) return std::move(done).error();
  return page;
}

Result<std::vector<Change>> EnrichingAdapter::completed(std::vector<Change> changes,
                                                        const Selection& selection,
                                                        const Context& context) {
  Page page{.changes = std::move(changes)};
  if (auto done = complete_page(page, selection, context); !done) return std::move(done).error();
  if (!page.unreadable.empty()) return page.unreadable.front().error;
  return std::move(page.changes);
}

}  // namespace channelbridge::sap_s4hana
