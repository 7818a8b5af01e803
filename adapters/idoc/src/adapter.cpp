#include "adapter_internal.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "channelbridge/core/nearest.hpp"
#include "refusal_internal.hpp"

namespace channelbridge::idoc {

using adapter::Change;
using adapter::Selection;
using Json = nlohmann::json;

namespace {

Result<std::set<std::string>> read_cursor(const adapter::Cursor& cursor) {
  if (cursor.empty()) return std::set<std::string>();
  try {
    return Json::parse(cursor).at("idoc1").get<std::set<std::string>>();
  } catch (const Json::exception&) {  // its text would quote the cursor
    return Error(ErrorCode::Invalid, "the stored cursor is not one of this adapter");
  }
}

bool is_record_id(std::string_view text) {
  constexpr std::size_t kHex = 32;
  return text.size() == kHex && std::all_of(text.begin(), text.end(),
                                            [](unsigned char c) { return std::isxdigit(c) != 0; });
}

/// A record id that lost its hyphens, because the field is too short for them, has them again.
std::string correlation_of(std::string text) {
  if (!is_record_id(text)) return text;
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

}  // namespace

adapter::Capabilities IdocAdapter::capabilities(const Selection&) const {
  adapter::Capabilities out;
  out.versions = adapter::Versions::Messages;
  out.idempotency = adapter::Idempotency::Find;
  out.atomic_group = true;  // an IDoc
  out.answers_later = true;
  out.concurrency = 1;
  out.settle = options_.settle;
  return out;
}

std::string IdocAdapter::preferred(std::string_view message) const {
  std::size_t begin = 0;
  while (begin < options_.basic_types.size()) {
    const std::size_t end =
        std::min(options_.basic_types.find_first_of(" ,", begin), options_.basic_types.size());
    std::string name = options_.basic_types.substr(begin, end - begin);
    const Type* type = types_.find(name);
    if (type != nullptr && type->message(message) != nullptr) return name;
    begin = end + 1;
  }
  return {};
}

Result<Wanted> IdocAdapter::wanted(const Selection& selection) const {
  for (const auto& [word, used] :
       {std::pair{"where", !selection.where.empty()}, std::pair{"touch", !selection.touch.empty()}})
    if (used)
      return Error(ErrorCode::Unsupported,
                   "messages are not queried: there is no '" + std::string(word) + "' here");
  for (const Selection::Child& child : selection.children)
    if (!child.object.empty())
      return Error(ErrorCode::Unsupported, "the items of an IDoc are segments of it: give '" +
                                               child.navigation + "' a path in place of an object");
  Wanted out;
  out.type = types_.of_message(selection.object, preferred(selection.object));
  if (out.type == nullptr) {
    const std::string near = nearest_word(selection.object, types_.messages());
    return Error(ErrorCode::Invalid,
                 "no IDoc type here carries the message '" + selection.object + "'" +
                     (near.empty() ? std::string() : " (did you mean '" + near + "'?)"));
  }
  out.rules = out.type->message(selection.object);
  auto paths = key_paths(selection.id);
  if (!paths) return std::move(paths).error();
  out.id = {.text = selection.id, .paths = *std::move(paths)};
  for (const document::Path& path : out.id.paths) {
    const Field* field = out.type->field(path);
    out.id.padded.push_back(field != nullptr && field->padded);
  }
  if (!selection.correlation.empty()) {
    auto path = document::parse_path(selection.correlation);
    if (!path) return std::move(path).error();
    out.correlation = *std::move(path);
  }
  return out;
}

Result<void> IdocAdapter::check(const Selection& selection) const {
  auto found = wanted(selection);
  if (!found) return std::move(found).error();
  return {};
}

Result<adapter::ObjectMetadata> IdocAdapter::describe(std::string_view object, const Context&) {
  auto out = types_.describe(object, preferred(object));
  if (!out) return located(out.error(), "describe " + std::string(object));
  return out;
}

Result<std::string> IdocAdapter::probe(const Context& context) {
  auto items = inbox_.look(context);
  if (!items) return located(items.error(), "probe");
  // The port takes POST only: what answers a GET tells whether it is there and knows us.
  http::Request request;
  request.target = options_.path;
  if (!options_.client.empty()) request.target += "?sap-client=" + options_.client;
  request.operation = "probe";
  auto response = pipeline_->send(std::move(request), context);
  if (!response) return located(response.error(), "probe");
  if (response->status == 401 || response->status == 403 || response->status == 404)
    return located(refusal(*response, "probe"), "probe");
  return options_.path + " answers; " + std::to_string(items->size()) + " files in " +
         inbox_.label();
}

Result<std::shared_ptr<adapter::Receiver>> IdocAdapter::receiver() {
  if (receiver_ != nullptr) return receiver_;
  return located(Error(ErrorCode::Invalid,
                       "set posts.user and posts.password, which the system logs on with to post "
                       "its IDocs, and 'received', the folder that they are laid down in"),
                 "listen");
}

Change IdocAdapter::change_of(const Wanted& wanted, const Message& message) const {
  Change out{.key = key_at(message.tree, wanted.id.paths),
             .version = message.version(),
             .modified = message.made(zone_)};
  if (wanted.correlation)
    out.correlation = correlation_of(document::text_at(message.tree, *wanted.correlation));
  bool full = wanted.rules->full;
  if (!wanted.rules->full_when.empty()) {
    const auto path = document::parse_path(wanted.rules->full_when);
    const std::string said = path ? document::text_at(message.tree, *path) : std::string();
    const auto& values = wanted.rules->full_values;
    full = std::find(values.begin(), values.end(), said) != values.end();
  }
  out.document = document::Document::of(message.xml(), document::Format::Xml, full);
  return out;
}

Result<Change> IdocAdapter::key_only(const Wanted& wanted, std::string_view key) const {
  document::Tree tree{.kind = document::Tree::Kind::Object, .name = "IDOC"};
  if (auto done = put_key(tree, wanted.id.paths, key); !done) return std::move(done).error();
  std::string text;
  document::append_xml(text, tree);
  return Change{.key = std::string(key),
                .document = document::Document::of(std::move(text), document::Format::Xml, false)};
}

Result<adapter::Page> IdocAdapter::read(const Selection& selection, const adapter::Cursor& cursor,
                                        std::size_t page_size, const Context& context) {
  const std::string operation = "read " + selection.object;
  auto asked = wanted(selection);
  if (!asked) return located(asked.error(), operation);
  auto done = read_cursor(cursor);
  if (!done) return located(done.error(), operation);
  auto items = inbox_.look(context);
  if (!items) return located(items.error(), operation);

  adapter::Page page{.end = true};
  std::set<std::string> next;
  for (const auto& item : *items)
    if (done->contains(item->stamp)) next.insert(item->stamp);
  for (const auto& item : *items) {
    if (done->contains(item->stamp)) continue;
    if (page.changes.size() + page.unreadable.size() >= page_size) {
      page.end = false;
      break;
    }
    const auto set_aside = [&](std::size_t place, const std::string& key, std::string text,
                               const Error& why) {
      std::string position = item->entry.name;
      if (place > 0) position += ":" + std::to_string(place);
      page.unreadable.push_back({.key = key,
                                 .position = position,
                                 .text = std::move(text),
                                 .error = located(why, "read " + position)});
    };
    page.renewed.push_back(
        item->entry.name);  // what an earlier state of the file was set aside for
    if (item->unreadable) {
      auto text = inbox_.bytes(*item, context);
      set_aside(0, "", text ? *std::move(text) : std::string(), *item->unreadable);
      next.insert(item->stamp);
      continue;
    }
    const auto concerns = [&](const Summary& each) {
      return each.message.empty() || each.message == selection.object;
    };
    if (std::any_of(item->messages.begin(), item->messages.end(), concerns)) {
      auto envelope = inbox_.open(*item, context);
      if (!envelope && envelope.error().code() == ErrorCode::NotFound) continue;  // gone meanwhile
      if (!envelope) return located(envelope.error(), operation);
      for (const BrokenMessage& broken : (*envelope)->broken)
        set_aside(broken.place, "", broken.text, broken.error);
      for (const auto& [place, message] : (*envelope)->messages) {
        if (message.message() != selection.object) continue;
        const auto summary =
            std::find_if(item->messages.begin(), item->messages.end(),
                         [at = place](const Summary& each) { return each.place == at; });
        if (summary != item->messages.end() && !summary->fault.empty()) {
          set_aside(place, "", message.xml(), Error(ErrorCode::Protocol, summary->fault));
          continue;
        }
        Change change = change_of(*asked, message);
        if (change.key.empty()) {
          set_aside(place, "", message.xml(),
                    Error(ErrorCode::Protocol,
                          "the IDoc shows no document number at '" + selection.id + "'"));
          continue;
        }
        page.changes.push_back(std::move(change));
      }
    }
    next.insert(item->stamp);
  }
  page.next = Json{{"idoc1", next}}.dump();
  return page;
}

Result<Change> IdocAdapter::read_by_key(const Selection& selection, std::string_view key,
                                        const Context& context) {
  const std::string operation = "read " + selection.object;
  auto asked = wanted(selection);
  if (!asked) return located(asked.error(), operation);
  auto messages = inbox_.about(selection.object, asked->id, key, context);
  if (!messages) return located(messages.error(), operation);
  auto change = messages->empty() ? key_only(*asked, key)
                                  : Result<Change>(change_of(*asked, *messages->back()));
  if (!change) return located(change.error(), operation).with_key(std::string(key));
  change->key = key;
  return change;
}

Result<std::vector<Change>> IdocAdapter::find(const Selection& selection,
                                              std::string_view correlation,
                                              const Context& context) {
  const std::string operation = "find " + selection.object;
  auto asked = wanted(selection);
  if (!asked) return located(asked.error(), operation);
  std::vector<Change> out;
  if (!asked->correlation) return out;  // settled() knows of what we have sent
  auto items = inbox_.look(context);
  if (!items) return located(items.error(), operation);
  for (const auto& item : *items) {
    const bool may =
        std::any_of(item->messages.begin(), item->messages.end(), [&](const Summary& each) {
          return each.fault.empty() && each.message == selection.object;
        });
    if (!may) continue;
    auto envelope = inbox_.open(*item, context);
    if (!envelope) return located(envelope.error(), operation);
    for (const auto& [place, message] : (*envelope)->messages) {
      if (message.message() != selection.object) continue;
      Change change = change_of(*asked, message);
      if (change.correlation != correlation || change.key.empty()) continue;
      std::erase_if(out, [&](const Change& other) { return other.key == change.key; });
      out.push_back(std::move(change));
    }
  }
  return out;
}

}  // namespace channelbridge::idoc
