#include <map>
#include <span>

#include "adapter_internal.hpp"
#include "channelbridge/document/document.hpp"
#include "fund_records_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using adapter::Change;
using adapter::Selection;

std::string converted_into(const document::RecordSpan& record, const Columns& columns) {
  for (const int at : columns.became)
    if (auto id = full_id(value_at(record, at))) return *id;
  // Converted, and everything it became is gone: the link closes all the same.
  return full_id(value_at(record, columns.id)).value_or("");
}

}  // namespace

Result<Columns> SalesforceAdapter::columns(const Selection& selection, const Context& context) {
  const std::string operation = "read " + selection.object;
  if (auto fits = check(selection); !fits) return located(std::move(fits).error(), operation);
  auto object = describes_.get(selection.object, context);
  if (!object) return std::move(object).error();
  auto built = columns_for(selection, **object);
  if (!built) return located(std::move(built).error(), operation);
  add_waiting(*built, **object, options_);
  if (built->steps && !is_handed_in(selection.object))
    return located(
        Error(ErrorCode::Invalid, selection.object + " has no " + std::string(kApprovalSteps) +
                                      ": that list is of fund requests and claims"),
        operation);
  for (const Selection::Child& child : selection.children) {
    if (child.object.empty() && child.navigation == kApprovalSteps) continue;
    const auto children = (*object)->children_of(child.navigation);
    if (!children) return located(children.error(), operation);
    auto below = describes_.get(children->object, context);
    if (!below) return std::move(below).error();
    const auto wanted = evidence_.with_versions(child, context);
    if (!wanted) return wanted.error();
    if (auto added = add_list(*built, *wanted, *children, **below); !added)
      return located(std::move(added).error(), operation);
    const auto touches = std::find(selection.touch.begin(), selection.touch.end(), child.object);
    if (touches == selection.touch.end()) continue;
    if (child.object == kFileLink && !options_.funds.file_changes) continue;
    const auto list = std::find_if(
        built->lists.begin(), built->lists.end(),
        [&child](const ChildList& each) { return each.navigation == child.navigation; });
    if (auto added = add_touch(*built, selection, *list, **below); !added)
      return located(std::move(added).error(), operation);
  }
  return built;
}

Result<std::string> SalesforceAdapter::own_user(const Context& context) {
  if (auto id = full_id(options_.user); id && id->starts_with("005")) return *id;
  {
    const std::lock_guard lock(mutex_);
    if (!own_user_.empty()) return own_user_;
  }
  const Columns columns{.wanted = {"Id"}};
  auto rows = queries_.query(columns.wanted,
                             "SELECT Id FROM User WHERE Username = " + soql_text(options_.user),
                             "look up our own user", context);
  if (!rows) return std::move(rows).error();
  const auto& records = rows->records.records;
  const auto id = records.size() == 1 ? full_id(records.front().slots.front().text) : std::nullopt;
  if (!id) {
    return located(Error(ErrorCode::Invalid,
                         "the setting 'user' names no user of this org: write "
                         "the user name or the id of our own user"),
                   "look up our own user");
  }
  const std::lock_guard lock(mutex_);
  return own_user_ = *id;
}

/// What became of the approvals of those rows of which that is wanted, by id.
Result<std::map<std::string, ApprovalHistory>> SalesforceAdapter::histories(
    const Columns& columns, const Rows& rows, const Context& context) {
  std::vector<std::string> ids;
  if (!columns.steps && !columns.approvals) return std::map<std::string, ApprovalHistory>();
  for (const document::RecordSpan& record : rows.records.records) {
    const auto id = full_id(value_at(record, columns.id));
    if (id && value_at(record, columns.deleted) != "true" &&
        wants_history(record, columns, options_))
      ids.push_back(*id);
  }
  return histories_.of(ids, context);
}

Result<std::vector<Change>> SalesforceAdapter::changes(const Selection& selection,
                                                       const Columns& columns, const Rows& rows,
                                                       const Context& context) {
  std::string user;
  if (capabilities(selection).modified_by) {
    auto own = own_user(context);
    if (!own) return std::move(own).error();
    user = std::move(*own);
  }
  auto histories = this->histories(columns, rows, context);
  if (!histories) return std::move(histories).error();
  std::vector<Change> changes;
  changes.reserve(rows.records.records.size());
  for (const document::RecordSpan& record : rows.records.records) {
    Change change;
    const auto id = full_id(value_at(record, columns.id));
    if (!id) {
      return located(Error(ErrorCode::Protocol, "a row of " + selection.object + " has no id"),
                     "read " + selection.object);
    }
    change.key = *id;
    if (value_at(record, columns.deleted) == "true") {
      change.deleted = true;
      change.merged_into = full_id(value_at(record, columns.master)).value_or("");
      changes.push_back(std::move(change));
      continue;
    }
    change.version = value_at(record, columns.version);
    change.modified = parse_iso8601(
        value_at(record, columns.modified >= 0 ? columns.modified : columns.stamp_at));
    change.correlation = value_at(record, columns.correlation);
    // Ids are compared on their 15 characters: the checksum says nothing more.
    change.modified_by_us =
        !user.empty() && value_at(record, columns.modified_by).substr(0, 15) == user.substr(0, 15);
    if (value_at(record, columns.converted) == "true")
      change.converted_into = converted_into(record, columns);
    auto document = lists_.whole(columns, *id, rows, record, context);
    for (const ChildList& list : columns.lists)
      if (document) document = evidence_.shown(list, *std::move(document), context);
    if (document && (columns.steps || columns.status >= 0)) {
      const ApprovalHistory& history = (*histories)[*id];
      document = with_approvals(*document, columns,
                                shown_status(record, columns, options_, history), history);
    }
    if (!document) return std::move(document).error();
    change.document = std::move(*document);
    changes.push_back(std::move(change));
  }
  return changes;
}

Result<adapter::Page> SalesforceAdapter::read(const Selection& selection,
                                              const adapter::Cursor& cursor, std::size_t page_size,
                                              const Context& context) {
  if (BulkCursor::is(cursor)) return read_job(selection, cursor, page_size, context);
  auto position = ReadCursor::parse(cursor);
  if (!position) return located(std::move(position).error(), "read " + selection.object);
  auto columns = this->columns(selection, context);
  if (!columns) return std::move(columns).error();
  if (!position->bound) {
    auto now = session_.server_time(context);
    if (!now) return std::move(now).error();
    // The second that is still running is read too: what it gets later is in the overlap.
    position->bound = *now + std::chrono::seconds(1);
    if (!position->low) {
      auto job = bulk_reader_.start(selection, *columns, *position->bound, page_size, context);
      if (!job) return located(job.error(), "read " + selection.object);
      // The job's id is stored before anything is read of it.
      if (*job) return adapter::Page{.next = (*job)->text()};
    }
  }
  const auto lane = std::find_if(columns->touches.begin(), columns->touches.end(),
                                 [&](const Touch& touch) { return touch.lane == position->lane; });
  const bool roots = lane == columns->touches.end();
  if (roots && !position->lane.empty())  // the mapping has changed since: the pass begins again
    position = ReadCursor{.low = position->low, .bound = position->bound};
  adapter::Page page;
  auto changes =
      roots ? read_roots(selection, *columns, *position, page_size, page.end, context)
            : read_touched(selection, *columns, *lane, *position, page_size, page.end, context);
  if (!changes) return std::move(changes).error();
  page.changes = std::move(*changes);
  if (page.end) {
    // A first pass reads every root behind its bound, and needs no word of their children.
    const auto next = roots ? columns->touches.begin() : lane + 1;
    page.end = !position->low || next == columns->touches.end();
    // A server whose clock went back moves nothing back.
    position = page.end
                   ? ReadCursor{.low = std::max(position->low, position->bound)}
                   : ReadCursor{.low = position->low, .bound = position->bound, .lane = next->lane};
  }
  page.next = position->text();
  return page;
}

/// The next rows of a first pass that a query job reads. What was read of a job that is gone is
/// read again: its rows come in no order that another job could go on from.
Result<adapter::Page> SalesforceAdapter::read_job(const Selection& selection,
                                                  const adapter::Cursor& cursor,
                                                  std::size_t page_size, const Context& context) {
  auto position = BulkCursor::parse(cursor);
  if (!position) return located(std::move(position).error(), "read " + selection.object);
  auto columns = this->columns(selection, context);
  if (!columns) return std::move(columns).error();
  auto part = bulk_reader_.next(selection, *columns, *position, page_size, context);
  if (!part) return located(part.error(), "read " + selection.object);
  switch (part->step) {
    case BulkReader::Step::Gone:
      return read(selection, {}, page_size, context);
    case BulkReader::Step::Useless:  // page by page from the beginning, under the same bound
      return adapter::Page{.next = ReadCursor{.bound = position->bound}.text()};
    case BulkReader::Step::More:
    case BulkReader::Step::End:
      break;
  }
  auto changes = this->changes(selection, *columns, part->rows, context);
  if (!changes) return std::move(changes).error();
  adapter::Page page{.changes = std::move(*changes)};
  page.end = part->step == BulkReader::Step::End;
  page.next = page.end ? ReadCursor{.low = position->bound}.text() : position->text();
  return page;
}

Result<void> SalesforceAdapter::pass_fences(const Selection& selection, const Context& context) {
  const auto user = [this, &context] {
    return options_.user.empty() ? Result<std::string>(std::string()) : own_user(context);
  };
  return fences_.pass(selection.object, user, context);
}

/// The next rows of a pass; the position moves behind the last of them.
Result<Rows> SalesforceAdapter::step(const Selection& selection, const Columns& columns,
                                     ReadCursor& position, std::size_t page_size, bool& end,
                                     const Context& context) {
  const std::string operation = "read " + selection.object;
  const auto deleted = position.lane.empty() ? Queries::Deleted::AsSet : Queries::Deleted::Shown;
  std::size_t limit = std::clamp<std::size_t>(page_size, 1, kLongestPage);
  auto rows =
      queries_.query(columns.wanted, page_query(selection, columns, position, overlap(), limit),
                     operation, context, deleted);
  const bool too_long =
      !rows && rows.error().code() == ErrorCode::Timeout && rows.error().sent() == Sent::Answered;
  if (too_long && limit > 1) {
    // Once more, and narrower: the reference of the codes asks for both.
    limit = std::max<std::size_t>(1, limit / 8);
    rows =
        queries_.query(columns.wanted, page_query(selection, columns, position, overlap(), limit),
                       operation, context, deleted);
  }
  if (!rows) return rows;
  const auto& records = rows->records.records;
  if (!records.empty()) {
    const auto at = parse_iso8601(value_at(records.back(), columns.stamp_at));
    const auto last = full_id(value_at(records.back(), columns.id));
    if (!at || !last) {
      return located(Error(ErrorCode::Protocol, "a row without Id or " + columns.stamp), operation)
          .with_key(last.value_or(""));
    }
    if (position.at && *position.at == *at && position.id == *last)
      return located(Error(ErrorCode::Protocol, "the same page came twice"), operation);
    position.at = at;
    position.id = *last;
  }
  // The end is what the system says: complete, and fewer rows than we asked for at most. An answer
  // that stops early says done=false and is no end; the key set goes on behind its last row.
  end = rows->done && rows->total < limit;
  if (!rows->done && records.empty())
    return located(Error(ErrorCode::Protocol, "an unfinished answer without rows"), operation);
  return rows;
}

Result<std::vector<Change>> SalesforceAdapter::read_roots(const Selection& selection,
                                                          const Columns& columns,
                                                          ReadCursor& position,
                                                          std::size_t page_size, bool& end,
                                                          const Context& context) {
  auto rows = step(selection, columns, position, page_size, end, context);
  if (!rows) return std::move(rows).error();
  return changes(selection, columns, *rows, context);
}

/// The roots that the next changed rows of another object touch, as they are now.
Result<std::vector<Change>> SalesforceAdapter::read_touched(
    const Selection& selection, const Columns& columns, const Touch& touch, ReadCursor& position,
    std::size_t page_size, bool& end, const Context& context) {
  const Selection others{.object = touch.object, .where = touch.where};
  auto rows = step(others, touch_columns(touch), position, page_size, end, context);
  if (!rows) return std::move(rows).error();
  std::set<std::string> open;
  for (const document::RecordSpan& row : rows->records.records)
    if (auto id = full_id(value_at(row, 2))) open.insert(*std::move(id));
  if (touch.of_file && !open.empty()) {
    auto linked = linked_to(selection.object, {open.begin(), open.end()}, context);
    if (!linked) return std::move(linked).error();
    open = *std::move(linked);
  }
  return look(selection, columns, std::move(open), touched_query, context);
}

/// Records of this object that these files are linked to. Files hang on users and much else: ids
/// tell their object by the three characters that they begin with.
Result<std::set<std::string>> SalesforceAdapter::linked_to(const std::string& object,
                                                           const std::vector<std::string>& files,
                                                           const Context& context) {
  const std::string operation = "read files";
  auto described = describes_.get(object, context);
  if (!described) return std::move(described).error();
  std::set<std::string> out;
  for (std::size_t begin = 0; begin < files.size(); begin += kMostKeys) {
    const auto some = std::span(files).subspan(begin, std::min(kMostKeys, files.size() - begin));
    std::string last;
    for (bool done = false; !done;) {
      auto rows = queries_.query({"Id", "LinkedEntityId"}, links_query(some, last, kLongestPage),
                                 operation, context);
      if (!rows) return std::move(rows).error();
      for (const document::RecordSpan& link : rows->records.records) {
        last = full_id(value_at(link, 0)).value_or(last);
        const auto record = full_id(value_at(link, 1));
        if (record && record->starts_with((*described)->key_prefix)) out.insert(*record);
      }
      done = rows->done && rows->total < kLongestPage;
      if (!done && rows->records.records.empty())
        return located(Error(ErrorCode::Protocol, "an unfinished answer without rows"), operation);
    }
  }
  return out;
}

/// These objects as they are now; what a complete answer does not show is left out.
Result<std::vector<Change>> SalesforceAdapter::look(const Selection& selection,
                                                    const Columns& columns,
                                                    std::set<std::string> open,
                                                    decltype(keys_query)* statement,
                                                    const Context& context) {
  std::vector<Change> out;
  while (!open.empty()) {
    std::vector<std::string> ids;
    for (auto at = open.begin(); at != open.end() && ids.size() < kMostKeys; ++at)
      ids.push_back(*at);
    auto rows = queries_.query(columns.wanted, statement(selection, columns, ids),
                               "read " + selection.object, context);
    if (!rows) return std::move(rows).error();
    auto found = changes(selection, columns, *rows, context);
    if (!found) return found;
    const std::size_t before = out.size();
    for (Change& change : *found)
      if (open.erase(change.key) > 0) out.push_back(std::move(change));
    if (!rows->done) {  // cut short: the others are asked for again
      if (out.size() > before) continue;
      return located(Error(ErrorCode::Protocol, "an unfinished answer without rows"),
                     "read " + selection.object);
    }
    for (const std::string& id : ids) open.erase(id);
  }
  return out;
}

Result<Change> SalesforceAdapter::read_by_key(const Selection& selection, std::string_view key,
                                              const Context& context) {
  const std::string operation = "read " + selection.object;
  const Error gone = located(Error(ErrorCode::NotFound, "there is no such record"), operation)
                         .with_key(std::string(key));
  const auto id = full_id(key);
  if (!id) return gone;
  if (auto passed = pass_fences(selection, context); !passed)
    return located(std::move(passed).error(), operation);
  auto columns = this->columns(selection, context);
  if (!columns) return std::move(columns).error();
  auto rows = queries_.query(columns->wanted, lookup_query(selection, *columns, "Id", *id),
                             operation, context);
  if (!rows) return std::move(rows).error().with_key(*id);
  auto found = changes(selection, *columns, *rows, context);
  if (!found) return std::move(found).error();
  if (found->empty()) return gone;
  return std::move(found->front());
}

Result<adapter::Page> SalesforceAdapter::read_by_keys(const Selection& selection,
                                                      const std::vector<std::string>& keys,
                                                      const Context& context) {
  auto columns = this->columns(selection, context);
  if (!columns) return std::move(columns).error();
  adapter::Page page{.end = true};
  std::map<std::string, std::string> asked;  // id -> the key that was asked for
  std::set<std::string> ids;
  for (const std::string& key : keys) {
    const auto id = full_id(key);
    if (id && asked.emplace(*id, key).second)
      ids.insert(*id);
    else if (!id)
      page.changes.push_back({.key = key, .deleted = true});
  }
  auto found = look(selection, *columns, std::move(ids), keys_query, context);
  if (!found) return std::move(found).error();
  for (Change& change : *found) {
    const auto key = asked.find(change.key);
    change.key = key->second;
    asked.erase(key);
    page.changes.push_back(std::move(change));
  }
  for (const auto& [id, key] : asked) page.changes.push_back({.key = key, .deleted = true});
  return page;
}

Result<std::vector<Change>> SalesforceAdapter::find(const Selection& selection,
                                                    std::string_view correlation,
                                                    const Context& context) {
  const std::string operation = "find " + selection.object;
  if (selection.correlation.empty()) {
    return located(Error(ErrorCode::Unsupported, "the mapping names no correlation field"),
                   operation);
  }
  if (auto passed = pass_fences(selection, context); !passed)
    return located(std::move(passed).error(), operation);
  auto columns = this->columns(selection, context);
  if (!columns) return std::move(columns).error();
  auto rows = queries_.query(columns->wanted,
                             lookup_query(selection, *columns, selection.correlation, correlation),
                             operation, context);
  if (!rows) return std::move(rows).error();
  auto found = changes(selection, *columns, *rows, context);
  // A record that landed and was deleted since did land: it comes last.
  if (found) {
    std::stable_partition(found->begin(), found->end(),
                          [](const Change& change) { return !change.deleted; });
  }
  return found;
}

Result<std::map<std::string, std::vector<Change>>> SalesforceAdapter::find_each(
    const Selection& selection, const std::vector<std::string>& correlations,
    const Context& context) {
  if (selection.correlation.empty() || correlations.size() == 1)
    return Adapter::find_each(selection, correlations, context);
  const std::string operation = "find " + selection.object;
  if (auto passed = pass_fences(selection, context); !passed)
    return located(std::move(passed).error(), operation);
  auto columns = this->columns(selection, context);
  if (!columns) return std::move(columns).error();
  std::map<std::string, std::vector<Change>> out;
  std::size_t most = kMostKeys;
  for (std::size_t begin = 0; begin < correlations.size();) {
    const std::size_t count = std::min(most, correlations.size() - begin);
    const auto statement = values_query(selection, *columns, selection.correlation,
                                        std::span(correlations).subspan(begin, count));
    auto rows = queries_.query(columns->wanted, statement, operation, context);
    if (!rows) return std::move(rows).error();
    if (!rows->done) {  // cut short: what it does not show may be there all the same
      if (count == 1)
        return located(Error(ErrorCode::Protocol, "an unfinished answer to a search"), operation);
      most = (count + 1) / 2;
      continue;
    }
    auto found = changes(selection, *columns, *rows, context);
    if (!found) return std::move(found).error();
    // Deleted rows show nothing but their key: their value stands in the row itself.
    for (std::size_t i = 0; i < found->size(); ++i) {
      const std::string value(value_at(rows->records.records[i], columns->correlation));
      out[value].push_back(std::move((*found)[i]));
    }
    begin += count;
  }
  for (auto& [value, found] : out)
    std::stable_partition(found.begin(), found.end(),
                          [](const Change& change) { return !change.deleted; });
  return out;
}

}  // namespace channelbridge::salesforce
