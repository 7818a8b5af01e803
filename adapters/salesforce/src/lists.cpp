#include "lists_internal.hpp"

#include <cstdlib>

namespace channelbridge::salesforce {
namespace {

using document::Slot;

Error broken(std::string message) {
  return Error(ErrorCode::Protocol, std::move(message)).with_sent(Sent::Answered);
}

/// The record with another text in place of one of its lists.
Result<std::string> with_list(const std::string& record, const ChildList& list,
                              const std::vector<std::string>& children) {
  const auto page = document::Page::make(record, document::Format::Json);
  auto place = document::json_records(*page, list.navigation, {});
  if (!place) return std::move(place).error();
  if (place->records.size() != 1) return broken("'" + list.navigation + "' is no single list");
  const document::RecordSpan& span = place->records.front();
  std::string out = record.substr(0, span.offset);
  out += R"({"totalSize":)" + std::to_string(children.size()) + R"(,"done":true,"records":[)";
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (i > 0) out += ',';
    out += children[i];
  }
  return out + "]}" + record.substr(span.offset + span.length);
}

}  // namespace

/// Children come by id, which is how the rest of a list is asked for.
Result<void> Lists::add(const Rows& rows, Shown& shown) const {
  const std::string_view bytes = rows.page->bytes();
  for (const document::RecordSpan& child : rows.records.records) {
    const auto id = full_id(value_at(child, 0));
    if (!id) return broken("a child has no id");
    if (!shown.last.empty() && *id == shown.last) return broken("the same child came twice");
    shown.last = *id;
    shown.children.emplace_back(bytes.substr(child.offset, child.length));
  }
  return {};
}

Result<Lists::Shown> Lists::read(const ChildList& list, const std::string& text) const {
  Rows rows;
  rows.page = document::Page::make(text, document::Format::Json);
  auto records = document::json_records(*rows.page, "records", {"Id"}, {"done", "totalSize"});
  if (!records) return std::move(records).error();
  rows.records = std::move(*records);
  const Slot& done = rows.records.outside[0];
  const Slot& total = rows.records.outside[1];
  if (done.state != Slot::State::Text || total.state != Slot::State::Text)
    return broken("'" + list.navigation + "' comes without 'done' or 'totalSize'");
  Shown shown{.done = done.text == "true"};
  if (auto added = add(rows, shown); !added) return std::move(added).error();
  if (shown.done && std::strtoull(total.text.c_str(), nullptr, 10) != shown.children.size()) {
    return broken("'" + list.navigation + "' says it is complete, but has " +
                  std::to_string(shown.children.size()) + " of " + total.text + " children");
  }
  return shown;
}

/// Asks for what stands behind the last child that was shown, as often as it takes.
Result<void> Lists::complete(const ChildList& list, const std::string& id, Shown& shown,
                             const Context& context) {
  const std::string operation = "read " + list.children.object;
  while (!shown.done) {
    auto rows =
        queries_.query({"Id"}, list_query(list, id, shown.last, kLongestPage), operation, context);
    if (!rows) return std::move(rows).error();
    const std::size_t before = shown.children.size();
    if (auto added = add(*rows, shown); !added)
      return session_.located(std::move(added).error(), operation);
    shown.done = rows->done && rows->total < kLongestPage;
    if (!shown.done && shown.children.size() == before)
      return session_.located(broken("an unfinished answer without rows"), operation);
  }
  return {};
}

Result<document::Document> Lists::whole(const Columns& columns, const std::string& id,
                                        const Rows& rows, const document::RecordSpan& record,
                                        const Context& context) {
  std::string text;  // "" = as it came
  for (const ChildList& list : columns.lists) {
    const std::string operation = "read " + list.navigation;
    const Slot& slot = record.slots[static_cast<std::size_t>(list.at)];
    if (slot.state == Slot::State::Null) continue;  // no children
    if (slot.state == Slot::State::Absent) {
      return session_
          .located(broken("a row comes without its '" + list.navigation + "'"), operation)
          .with_key(id);
    }
    auto shown = read(list, slot.text);
    if (!shown) return session_.located(std::move(shown).error(), operation).with_key(id);
    if (shown->done) continue;
    if (auto completed = complete(list, id, *shown, context); !completed)
      return std::move(completed).error().with_key(id);
    if (text.empty()) text = rows.page->bytes().substr(record.offset, record.length);
    auto spliced = with_list(text, list, shown->children);
    if (!spliced) return session_.located(std::move(spliced).error(), operation).with_key(id);
    text = std::move(*spliced);
  }
  if (text.empty()) return document::Document(rows.page, record.offset, record.length);
  return document::Document::of(std::move(text));
}

}  // namespace channelbridge::salesforce
