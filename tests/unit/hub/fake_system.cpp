#include "fake_system.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace channelbridge::hub {

std::string FakeSystem::add(nlohmann::json fields, const std::string& correlation) {
  const std::string key = prefix_ + std::to_string(next_++);
  objects_[key] = {.fields = std::move(fields),
                   .correlation = correlation,
                   .changed = ++feed_,
                   .modified = tick()};
  return key;
}

void FakeSystem::edit(const std::string& key, const nlohmann::json& fields) {
  Object& object = objects_.at(key);
  object.fields.update(fields);
  ++object.version;
  object.by_us = false;
  object.changed = ++feed_;
  object.modified = tick();
}

void FakeSystem::remove(const std::string& key) {
  Object& object = objects_.at(key);
  object.deleted = true;
  object.changed = ++feed_;
}

adapter::Change FakeSystem::change_of(const std::string& key, const Object& object) const {
  adapter::Change out{.key = key};
  if (object.deleted) {
    out.deleted = true;
    return out;
  }
  out.converted_into = object.converted_into;
  nlohmann::json document = object.fields;
  document["Id"] = key;
  document["Version"] = std::to_string(object.version);
  out.version = std::to_string(1'000'000 + object.version);
  out.modified = object.modified;
  out.correlation = object.correlation;
  out.modified_by_us = object.by_us;
  out.document = document::Document::of(document.dump());
  return out;
}

Result<adapter::Page> FakeSystem::read(const adapter::Selection& selection,
                                       const adapter::Cursor& cursor, std::size_t page_size,
                                       const Context&) {
  ++reads;
  if (read_error) return *read_error;
  adapter::Page page;
  const std::int64_t after = cursor.empty() ? 0 : std::stoll(cursor);
  const std::size_t fixed = cursor.find(':');
  const std::int64_t bound = fixed != std::string::npos ? std::stoll(cursor.substr(fixed + 1))
                             : bounded                  ? feed_
                                                        : std::numeric_limits<std::int64_t>::max();
  std::vector<std::pair<std::int64_t, std::string>> due;
  for (const auto& [key, object] : objects_) {
    const bool wanted =
        kind_field.empty() || object.fields.value(kind_field, "") == selection.object;
    if (wanted && object.changed > after && object.changed <= bound)
      due.emplace_back(object.changed, key);
  }
  std::sort(due.begin(), due.end());
  page.end = due.size() <= page_size;
  if (!page.end) due.resize(page_size);
  page.next = cursor;
  page.unreadable = std::exchange(unreadable, {});
  page.renewed = std::exchange(renewed, {});
  for (const auto& [position, key] : due) {
    page.changes.push_back(change_of(key, objects_.at(key)));
    page.next = std::to_string(position);
  }
  if (bounded && !page.end) page.next += ":" + std::to_string(bound);
  if (alter_page) alter_page(page);
  return page;
}

Result<adapter::Change> FakeSystem::read_by_key(const adapter::Selection&, std::string_view key,
                                                const Context&) {
  ++reads;
  if (read_error) return *read_error;
  if (unreadable_keys.contains(std::string(key)))
    return Error(ErrorCode::Protocol, "it cannot be cut").with_key(std::string(key));
  const auto at = objects_.find(std::string(key));
  if (at == objects_.end()) return Error(ErrorCode::NotFound, "no such object");
  return change_of(at->first, at->second);
}

Result<adapter::Page> FakeSystem::read_by_keys(const adapter::Selection&,
                                               const std::vector<std::string>& keys,
                                               const Context&) {
  ++reads;
  ++looks;
  if (look_error) return *look_error;
  if (const auto act = before_look) act();
  adapter::Page page{.end = true};
  for (const std::string& key : keys) {
    if (unreadable_keys.contains(key)) {
      page.unreadable.push_back({.key = key, .text = "?"});
      continue;
    }
    const auto at = objects_.find(key);
    page.changes.push_back(at == objects_.end() ? adapter::Change{.key = key, .deleted = true}
                                                : change_of(at->first, at->second));
  }
  return page;
}

Result<std::vector<adapter::Change>> FakeSystem::find(const adapter::Selection&,
                                                      std::string_view correlation,
                                                      const Context&) {
  ++reads;
  if (read_error) return *read_error;
  if (!holds_ids) return Error(ErrorCode::Unsupported, "no place for an id").with_system("fake");
  std::vector<adapter::Change> out;
  for (const auto& [key, object] : objects_) {
    if (object.correlation == correlation) out.push_back(change_of(key, object));
  }
  return out;
}

Result<std::vector<adapter::WriteOutcome>> FakeSystem::write(
    const adapter::Selection&, const std::vector<adapter::WriteRequest>& requests, const Context&) {
  ++writes;
  std::vector<adapter::WriteOutcome> out;
  for (const adapter::WriteRequest& request : requests) {
    if (before_write) {
      if (auto outcome = before_write(request)) {
        out.push_back({{*std::move(outcome)}});
        continue;
      }
    }
    const adapter::WriteNode& node = request.nodes.front();
    nlohmann::json body = nlohmann::json::parse(node.body);
    adapter::NodeOutcome outcome{.status = adapter::WriteStatus::Created, .key = node.key};
    if (node.operation == adapter::Operation::Create) {
      if (normalise) normalise(body);
      if (!kind_field.empty()) body[kind_field] = node.object;
      const bool marks = holds_ids && capabilities_.idempotency != adapter::Idempotency::None;
      outcome.key = add(body, marks ? request.correlation : "");
    } else {
      const auto at = objects_.find(node.key);
      if (at == objects_.end() || at->second.deleted) {
        out.push_back({{{.status = adapter::WriteStatus::Rejected,
                         .error = Error(ErrorCode::NotFound, "gone"),
                         .not_found = true}}});
        continue;
      }
      if (capabilities_.conditional &&
          node.expected_version != std::to_string(1'000'000 + at->second.version)) {
        out.push_back({{{.status = adapter::WriteStatus::Conflict,
                         .error = Error(ErrorCode::Conflict, "moved")}}});
        continue;
      }
      if (normalise) normalise(body);
      edit(node.key, body);
      outcome.status = adapter::WriteStatus::Updated;
    }
    std::vector<adapter::NodeOutcome> children;
    for (std::size_t n = 1; n < request.nodes.size(); ++n)
      children.push_back(write_child(request.nodes[n], outcome.key));
    objects_.at(outcome.key).by_us = true;
    journal_.push_back({outcome.key, node.operation, request.correlation, body});
    outcome.version = std::to_string(1'000'000 + objects_.at(outcome.key).version);
    if (capabilities_.reply == adapter::Reply::Full) {
      outcome.document = change_of(outcome.key, objects_.at(outcome.key)).document;
      outcome.modified = objects_.at(outcome.key).modified;
    }
    if (lose_answer && lose_answer(request)) {
      out.push_back(
          {{{.status = adapter::WriteStatus::Unknown,
             .error = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer)}}});
      continue;
    }
    adapter::WriteOutcome written{.nodes = {std::move(outcome)}};
    written.nodes.insert(written.nodes.end(), std::make_move_iterator(children.begin()),
                         std::make_move_iterator(children.end()));
    if (step) written.step = step(written.nodes.front().key);
    out.push_back(std::move(written));
  }
  return out;
}

adapter::NodeOutcome FakeSystem::write_child(const adapter::WriteNode& node,
                                             const std::string& parent) {
  if (before_child) {
    if (auto outcome = before_child(node)) return *std::move(outcome);
  }
  nlohmann::json& rows = objects_.at(parent).fields[node.navigation];
  if (node.operation == adapter::Operation::Create) {
    nlohmann::json row = nlohmann::json::parse(node.body);
    const std::string key = parent + "-" + std::to_string(next_++);
    row[child_id] = key;
    rows.push_back(std::move(row));
    return {.status = adapter::WriteStatus::Created, .key = key};
  }
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const nlohmann::json& each) {
    return each.at(child_id) == node.key;
  });
  if (row == rows.end())
    return {.status = adapter::WriteStatus::Rejected, .error = Error(ErrorCode::NotFound, "gone")};
  if (node.operation == adapter::Operation::Delete) {
    rows.erase(row);
    return {.status = adapter::WriteStatus::Deleted, .key = node.key};
  }
  row->update(nlohmann::json::parse(node.body));
  return {.status = adapter::WriteStatus::Updated, .key = node.key};
}

}  // namespace channelbridge::hub
