#include <algorithm>

#include "adapter_internal.hpp"
#include "channelbridge/core/sha256.hpp"
#include "channelbridge/core/shown.hpp"
#include "channelbridge/document/tree_path.hpp"
#include "node_path_internal.hpp"
#include "row_check_internal.hpp"
#include "schema_path_internal.hpp"

namespace channelbridge::soap {

using adapter::Change;
using adapter::Page;
using adapter::Selection;

namespace {

constexpr std::size_t kHashLength = 16;
constexpr std::size_t kMostSeen = 5'000;  // beyond, rows of the overlap are shown again: harmless
constexpr int kMostRestarts = 3;

/// nullopt = the text says neither: taken for "no" it would end a list before its end.
std::optional<bool> says_yes(const std::string& text) {
  if (text == "true" || text == "1" || text == "X") return true;
  if (text.empty() || text == "false" || text == "0") return false;
  return std::nullopt;
}

/// Up to when everything has been shown, as far as this round has come. A row's time counts only
/// as far as the server's own clock: one stamp of the future would hide all that changes before it.
std::optional<Timestamp> reached(const ReadCursor& cursor) {
  if (!cursor.high || !cursor.began) return cursor.high;
  return std::min(*cursor.high, *cursor.began);
}

/// Rows that a next round may read again.
void forget_older(ReadCursor& cursor, std::chrono::milliseconds overlap) {
  const std::optional<Timestamp> end = reached(cursor);
  if (!end) return;
  const Timestamp first = *end - overlap;
  std::erase_if(cursor.seen, [first](const auto& each) { return each.first < first; });
  if (cursor.seen.size() <= kMostSeen) return;
  std::sort(cursor.seen.begin(), cursor.seen.end());
  cursor.seen.erase(cursor.seen.begin(),
                    cursor.seen.end() - static_cast<std::ptrdiff_t>(kMostSeen));
}

/// The error of a look at one object. Where the path itself is not there, nothing is known of the
/// object: it is not gone.
Error of_the_service(const Exchange& answer) {
  const Error& error = *answer.error;
  if (error.code() != ErrorCode::NotFound || answer.effect == Effect::Refused) return error;
  return Error(ErrorCode::Unavailable, error.message())
      .with_system(error.system())
      .with_operation(error.operation())
      .with_http_status(error.http_status())
      .with_request(error.request())
      .with_sent(error.sent());
}

/// Why an answer that shows none of what was looked for does not say that there is none; "" = it
/// does. `read`: how the object's list is read, null = it is not.
std::string why_undecided(const ReadCall& find, const std::optional<ReadCall>& read,
                          const Node& payload) {
  const Element& declared = *find.call.bound->output->root;
  for (const Node& child : payload.children)
    if (locate(declared, document::Path{document::Step{.name = child.name.local}}).problem)
      return "holds '" + shown(child.name.local, 40) + "', which its description does not know";
  const bool same = read && read->call.bound == find.call.bound;
  const bool token = same && read->next && !text_at(payload, read->next->path).empty();
  const bool more = same && read->more && says_yes(text_at(payload, read->more->path)) != false;
  return token || more ? "says that there are more" : "";
}

/// Begins the round anew, because it cannot go on. False = that has happened too often lately: the
/// same would happen again. After an hour it is tried once more.
bool begin_anew(ReadCursor& cursor, Timestamp now) {
  constexpr auto kAgain = std::chrono::hours(1);
  if (cursor.restarts >= kMostRestarts && cursor.restarted && now - *cursor.restarted < kAgain)
    return false;
  const int restarts = cursor.restarts >= kMostRestarts ? 0 : cursor.restarts;
  cursor.token.clear();
  cursor.rows = 0;
  cursor.restarts = restarts + 1;
  cursor.restarted = now;
  return true;
}

}  // namespace

std::optional<Timestamp> SoapAdapter::time_of(const std::string& text) const {
  constexpr std::size_t kDate = 10;  // "2026-11-21"
  const std::string full = text.size() == kDate ? text + "T00:00:00" : text;
  if (const auto exact = parse_iso8601(full)) return exact;
  const auto wall = parse_iso8601(full, true);
  if (!wall) return std::nullopt;
  return caller_.zone().to_utc(LocalTime(wall->time_since_epoch()));
}

Result<Change> SoapAdapter::change_of(const Wanted& wanted, const ReadCall& read,
                                      const Node& row) const {
  const ObjectRules& rules = *wanted.rules;
  Change out{.key = key_at(row, rules.key)};
  if (out.key.empty())
    return Error(ErrorCode::Protocol, "the document shows no key at '" + rules.key_text + "'");
  if (!rules.deleted.empty() && hold(rules.deleted, row)) {
    out.deleted = true;
    return out;
  }
  if (auto whole = check_row(read, row); !whole) return whole.error().with_key(out.key);
  if (rules.version) out.version = text_at(row, rules.version->path);
  if (rules.modified) out.modified = time_of(text_at(row, rules.modified->path));
  if (wanted.correlation) out.correlation = uuid_in(text_at(row, *wanted.correlation));
  auto document = to_document(row);
  if (!document) return document.error().with_key(out.key);
  out.document = *std::move(document);
  return out;
}

adapter::UnreadableDocument SoapAdapter::unreadable(const ObjectRules& rules, const Node& row,
                                                    const std::string& place,
                                                    const Error& error) const {
  const auto document = to_document(row);
  return {.key = error.key(),
          .position = rules.name + ':' + place,
          .text = document ? std::string(document->text()) : std::string(),
          .error = located(error, "read " + rules.name)};
}

void SoapAdapter::take_row(const Wanted& wanted, const Node& row, ReadCursor& cursor,
                           Page& page) const {
  if (!hold(wanted.rules->only, row)) return;
  auto change = change_of(wanted, *wanted.rules->read, row);
  const auto document = to_document(row);
  const std::string text = document ? std::string(document->text()) : std::string();
  const std::string hash = sha256_hex(text).substr(0, kHashLength);
  if (!change) {
    page.unreadable.push_back(unreadable(*wanted.rules, row, hash, change.error()));
    return;
  }
  std::optional<Timestamp> time = change->modified;
  if (!time && wanted.rules->modified) time = time_of(text_at(row, wanted.rules->modified->path));
  if (wanted.rules->read->strategy == Strategy::Time && time) {
    cursor.high = std::max(cursor.high.value_or(*time), *time);
    const std::pair<Timestamp, std::string> shown{*time, hash};
    if (std::find(cursor.seen.begin(), cursor.seen.end(), shown) != cursor.seen.end()) return;
    cursor.seen.push_back(shown);
  }
  page.changes.push_back(*std::move(change));
}

Exchange SoapAdapter::ask(const Call& call, const Values& values, const std::string& operation,
                          const Context& context) const {
  document::Tree body{.kind = document::Tree::Kind::Object};
  put_texts(body, call.request, values, caller_.zone());
  Exchange out =
      caller_.call(call, std::move(body), {.operation = operation, .repeatable = true}, context);
  if (out.error) return out;  // the caller may know what to do
  const Verdict verdict = judge(*manifest_, call.answer, *out.payload);
  if (verdict.kind == Verdict::Kind::Done) return out;
  out.payload.reset();
  out.error = located(*verdict.error, operation);
  out.effect = verdict.kind == Verdict::Kind::Refused ? Effect::Refused : Effect::Maybe;
  return out;
}

Result<Exchange> SoapAdapter::ask_page(const ReadCall& read, ReadCursor& cursor,
                                       std::size_t page_size, const std::string& operation,
                                       const Context& context) const {
  Values values = caller_.values(context);
  values.texts["page_size"] = std::to_string(std::max<std::size_t>(1, page_size));
  if (cursor.since) values.times.emplace("since", *cursor.since - options_.overlap);
  for (const bool again : {false, true}) {
    values.texts["skip"] = std::to_string(cursor.rows);
    values.texts["token"] = cursor.token;
    Exchange answer = ask(read.call, values, operation, context);
    if (!answer.error) return answer;
    // A token that was stored may be forgotten by now, and not every service takes that for the
    // client's mistake: the round begins anew.
    const bool refused = answer.effect == Effect::Refused || answer.fault;
    if (again || !refused || cursor.token.empty()) return *answer.error;
    if (!begin_anew(cursor, context.clock().now())) return *answer.error;
  }
  return Error(ErrorCode::Internal, "a page was asked for more than twice");
}

Result<void> SoapAdapter::end_round(const ReadCall& read, const ObjectRules& rules,
                                    const Node& payload, ReadCursor& cursor, Page& page,
                                    Timestamp now) const {
  if (read.total) {
    const std::string total = text_at(payload, read.total->path);
    const std::string came = std::to_string(cursor.rows);
    if (total != came) {
      if (!begin_anew(cursor, now))
        return Error(ErrorCode::Unavailable, "the list of " + rules.name +
                                                 " has moved each time that it was read: " + came +
                                                 " rows came, and '" + total + "' were announced");
      cursor.high.reset();
      cursor.began.reset();
      return {};
    }
  }
  page.end = true;
  std::optional<Timestamp> since = cursor.since;
  if (read.strategy == Strategy::Time) {
    const auto end = rules.modified && !read.bound ? reached(cursor) : cursor.began;
    if (end && (!since || *since < *end)) since = end;
  }
  cursor = {.since = since, .high = since, .seen = std::move(cursor.seen)};
  forget_older(cursor, options_.overlap);
  cursor.high.reset();
  return {};
}

Result<Page> SoapAdapter::read(const Selection& selection, const adapter::Cursor& cursor,
                               std::size_t page_size, const Context& context) {
  const std::string operation = "read " + selection.object;
  auto asked = wanted(selection);
  if (!asked) return located(asked.error(), operation);
  auto state = parse_read_cursor(cursor);
  if (!state) return located(state.error(), operation);
  const ObjectRules& rules = *asked->rules;
  Page page;
  if (!rules.read) {  // it can be written, and shows nothing
    page.next = to_text(*state);
    page.end = true;
    return page;
  }
  const ReadCall& read = *rules.read;
  auto answer = ask_page(read, *state, page_size, operation, context);
  if (!answer) return located(answer.error(), operation);
  const bool first = state->token.empty() && state->rows == 0;
  if (first) {
    // What could not be read of the list before says nothing any more where all of it comes again.
    if (read.strategy == Strategy::Snapshot) page.renewed.push_back(rules.name);
    state->began = read.bound ? time_of(text_at(*answer->payload, read.bound->path)) : answer->at;
    const bool by_clock = !rules.modified || read.bound;
    if (read.strategy == Strategy::Time && by_clock && !state->began)
      return located(Error(ErrorCode::Protocol,
                           "the answer does not say when it was made ('bound', else its Date "
                           "header): nothing tells up to when everything was read"),
                     operation);
  }
  const Node& payload = *answer->payload;
  const std::vector<const Node*> rows = nodes_at(payload, read.rows.path);
  for (const Node* row : rows) take_row(*asked, *row, *state, page);
  state->rows += rows.size();
  forget_older(*state, options_.overlap);
  const std::string told = read.more ? text_at(payload, read.more->path) : "true";
  const std::optional<bool> yes = says_yes(told);
  if (!yes)
    return located(Error(ErrorCode::Protocol, "'" + shown(told, 40) +
                                                  "' says neither that there "
                                                  "is another page nor that there is none"),
                   operation);
  const bool more = *yes;
  const std::string token = read.next ? text_at(payload, read.next->path) : std::string();
  const bool goes_on = read.next ? more && !token.empty() : read.more.has_value() && more;
  if (goes_on && read.next && token == state->token)
    return located(Error(ErrorCode::Protocol, "a page names itself as the one after it"),
                   operation);
  if (read.next && read.more && more && token.empty())
    return located(Error(ErrorCode::Protocol, "there is another page, and its token is missing"),
                   operation);
  if (goes_on && !read.next && rows.empty())
    return located(Error(ErrorCode::Protocol, "an empty page says that there is another one"),
                   operation);
  if (goes_on) {
    state->token = token;
  } else if (auto ended = end_round(read, rules, payload, *state, page, context.clock().now());
             !ended) {
    return located(ended.error(), operation);
  }
  page.next = to_text(*state);
  return page;
}

Result<Values> SoapAdapter::key_values(const ObjectRules& rules, std::string_view key,
                                       const Context& context) const {
  Values out = caller_.values(context);
  const std::vector<std::string> parts = split_key(key, rules.key.size());
  if (key.empty() || parts.empty())
    return Error(ErrorCode::Invalid, "'" + std::string(key) + "' is no key of " + rules.name +
                                         ": '" + rules.key_text + "'");
  out.texts["key"] = key;
  out.texts["key.short"] = short_id(key);
  for (std::size_t i = 0; i < parts.size(); ++i)
    out.texts["key." + std::to_string(i + 1)] = parts[i];
  return out;
}

Change SoapAdapter::key_only(const ObjectRules& rules, std::string_view key) const {
  document::Tree tree{.kind = document::Tree::Kind::Object, .name = rules.name};
  const std::vector<std::string> parts = split_key(key, rules.key.size());
  for (std::size_t i = 0; i < parts.size(); ++i) document::put(tree, rules.key[i].path, parts[i]);
  std::string text;
  document::append_xml(text, tree);
  return {.key = std::string(key),
          .document = document::Document::of(std::move(text), document::Format::Xml, false)};
}

Result<Node> SoapAdapter::row_of(const ObjectRules& rules, std::string_view key,
                                 const std::string& operation, const Context& context) const {
  auto values = key_values(rules, key, context);
  if (!values) return std::move(values).error();
  Exchange answer = ask(rules.read_by_key->call, *values, operation, context);
  if (answer.error) return of_the_service(answer);
  bool others = false;
  for (const Node* row : nodes_at(*answer.payload, rules.read_by_key->rows.path)) {
    const std::string shown_key = key_at(*row, rules.key);
    if (shown_key == key && hold(rules.only, *row)) return *row;
    others = others || (!shown_key.empty() && shown_key != key);
  }
  // Whoever takes this for "gone" closes a link: an answer about others says nothing of this one.
  if (others)
    return Error(ErrorCode::Protocol,
                 "the service shows other objects than the one that was asked for");
  return Error(ErrorCode::NotFound, "the service shows no object with this key");
}

Result<Change> SoapAdapter::read_by_key(const Selection& selection, std::string_view key,
                                        const Context& context) {
  const std::string operation = "read " + selection.object;
  const auto refused = [&](const Error& error) {
    return located(error, operation).with_key(std::string(key));
  };
  auto asked = wanted(selection);
  if (!asked) return refused(asked.error());
  const ObjectRules& rules = *asked->rules;
  if (!rules.read_by_key) {
    if (auto values = key_values(rules, key, context); !values) return refused(values.error());
    return key_only(rules, key);
  }
  const auto row = row_of(rules, key, operation, context);
  if (!row) return refused(row.error());
  auto change = change_of(*asked, *rules.read_by_key, *row);
  if (!change) return refused(change.error());
  return change;
}

Result<Page> SoapAdapter::read_by_keys(const Selection& selection,
                                       const std::vector<std::string>& keys,
                                       const Context& context) {
  const std::string operation = "read " + selection.object;
  auto asked = wanted(selection);
  if (!asked) return located(asked.error(), operation);
  const ObjectRules& rules = *asked->rules;
  if (!rules.read_by_key) return Adapter::read_by_keys(selection, keys, context);
  Page page{.end = true};
  for (const std::string& key : keys) {
    const auto row = row_of(rules, key, operation, context);
    if (!row && row.error().code() != ErrorCode::NotFound)
      return located(row.error(), operation).with_key(key);
    if (!row) {
      page.changes.push_back({.key = key, .deleted = true});
      continue;
    }
    auto change = change_of(*asked, *rules.read_by_key, *row);
    if (change)
      page.changes.push_back(*std::move(change));
    else
      page.unreadable.push_back(unreadable(rules, *row, key, change.error()));
  }
  return page;
}

Result<std::vector<Change>> SoapAdapter::find(const Selection& selection,
                                              std::string_view correlation,
                                              const Context& context) {
  const std::string operation = "find " + selection.object;
  auto asked = wanted(selection);
  if (!asked) return located(asked.error(), operation);
  const ObjectRules& rules = *asked->rules;
  if (!rules.find)
    return located(Error(ErrorCode::Unsupported, "the manifest says of no operation that finds a " +
                                                     rules.name + " by our record id"),
                   operation);
  // Without it the request would ask for every object there is.
  if (correlation.empty())
    return located(Error(ErrorCode::Invalid, "there is no record id to look for"), operation);
  Values values = caller_.values(context);
  values.texts["record"] = correlation;
  values.texts["record.hex"] = bare_id(correlation);
  values.texts["record.short"] = short_id(correlation);
  const Exchange answer = ask(rules.find->call, values, operation, context);
  std::vector<Change> out;
  if (answer.error && answer.error->code() == ErrorCode::NotFound &&
      answer.effect == Effect::Refused)
    return out;  // the manifest's table says so of what the service answers
  if (answer.error) return *answer.error;
  bool others = false;  // the service looked for more than was asked
  for (const Node* row : nodes_at(*answer.payload, rules.find->rows.path)) {
    if (!hold(rules.only, *row)) continue;
    if (asked->correlation && !same_id(text_at(*row, *asked->correlation), correlation)) {
      others = true;
      continue;
    }
    auto change = change_of(*asked, *rules.find, *row);
    if (!change) return located(change.error(), operation);
    change->correlation = correlation;
    out.push_back(*std::move(change));
  }
  if (!out.empty()) return out;
  // What is not there is made again: an answer about something else does not say that.
  const std::string why = others ? "shows other objects than the one that was looked for"
                                 : why_undecided(*rules.find, rules.read, *answer.payload);
  if (why.empty()) return out;
  return located(Error(ErrorCode::Protocol, "the service " + why +
                                                ": whether ours is there, it "
                                                "does not say"),
                 operation);
}

}  // namespace channelbridge::soap
