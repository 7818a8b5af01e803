#include "evidence_internal.hpp"

#include <algorithm>
#include <cstdlib>

#include "errors_internal.hpp"
#include "member_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using adapter::NodeOutcome;
using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteStatus;
using document::Tree;

constexpr std::string_view kVersion = "ContentDocument.LatestPublishedVersion";
constexpr std::size_t kVersionsLooked = 200;

NodeOutcome outcome_of(WriteStatus status, std::string key) {
  return {.status = status, .key = std::move(key)};
}

/// Nothing of it was done.
NodeOutcome not_done(const Error& error, const std::string& key) {
  NodeOutcome out{.status = WriteStatus::Rejected, .key = key, .error = error};
  switch (error.code()) {
    case ErrorCode::Unauthenticated:
    case ErrorCode::RateLimited:
    case ErrorCode::Unavailable:
    case ErrorCode::Timeout:
    case ErrorCode::Cancelled:
    case ErrorCode::Protocol:
      out.status = WriteStatus::Retry;
      break;
    case ErrorCode::Conflict:
      out.status = WriteStatus::Conflict;
      break;
    default:
      break;
  }
  return out;
}

NodeOutcome unknown(const Error& error, const std::string& key) {
  return {.status = WriteStatus::Unknown, .key = key, .error = error};
}

bool may_be_there(const Error& error) {
  return error.sent() == Sent::NoAnswer ||
         (error.sent() == Sent::Answered && !proves_no_effect(error));
}

std::string json_of(const Tree& tree) {
  std::string out;
  document::append_json(out, tree);
  return out;
}

/// A line that stands nowhere in the bytes.
std::string boundary_for(const std::string& bytes) {
  std::string line = "channelbridge-file";
  while (bytes.find(line) != std::string::npos) line += "-0";
  return line;
}

}  // namespace

bool Evidence::writes(const WriteNode& node) {
  return node.object == kFileLink && node.operation != Operation::Delete;
}

std::string Evidence::version_path(std::string_view field) const {
  return std::string(kVersion) + "." + std::string(field);
}

Result<Evidence::File> Evidence::file_of(const WriteNode& node, const Context& context) {
  const Error invalid(ErrorCode::Rejected,
                      "a file is written with the members of its "
                      "ContentDocument.LatestPublishedVersion, and no others");
  auto body = document::parse_tree(node.body.empty() ? "{}" : node.body, document::Format::Json);
  const Tree* document =
      body && body->children.size() == 1 ? body->find("ContentDocument") : nullptr;
  const Tree* version = document != nullptr && document->children.size() == 1
                            ? document->find("LatestPublishedVersion")
                            : nullptr;
  if (version == nullptr || version->kind != Tree::Kind::Object) return invalid.with_sent(Sent::No);
  File file{.hash = member_text(*version, options_.funds.hash_field),
            .title = member_text(*version, "Title"),
            .version = *version};
  file.version.name.clear();
  if (auto told = tell_kind(file, context); !told) return std::move(told).error();
  return file;
}

Result<void> Evidence::tell_kind(File& file, const Context& context) {
  const FundOptions& funds = options_.funds;
  const std::string kind = member_text(file.version, funds.kind_field);
  if (funds.kind_words.empty() || kind.empty()) return {};
  auto described = describes_.get("ContentVersion", context);
  if (!described) return std::move(described).error();
  if ((*described)->has(funds.kind_field)) return {};
  if (kind_in(file.title) != kind)
    return Error(ErrorCode::Rejected, "ContentVersion has no field '" + funds.kind_field +
                                          "', and the title '" + file.title +
                                          "' does not say that the file is of the kind '" + kind +
                                          "' (setting funds.kind_words)")
        .with_sent(Sent::No);
  std::erase_if(file.version.children,
                [&funds](const Tree& member) { return member.name == funds.kind_field; });
  return {};
}

NodeOutcome Evidence::write(const WriteNode& node, const std::string& record,
                            const Context& context) {
  auto file = file_of(node, context);
  if (!file) return not_done(session_.located(file.error(), "write " + node.object), node.key);
  return node.operation == Operation::Update ? change(node, *file, context)
                                             : create(*file, record, context);
}

NodeOutcome Evidence::create(const File& file, const std::string& record, const Context& context) {
  if (file.hash.empty())
    return not_done(session_.located(Error(ErrorCode::Rejected, "a file without a hash (" +
                                                                    options_.funds.hash_field +
                                                                    ") is no known one")
                                         .with_sent(Sent::No),
                                     "upload a file"),
                    "");
  auto linked = link_with(record, file.hash, context);
  if (!linked) return not_done(linked.error(), "");
  if (!linked->empty()) return outcome_of(WriteStatus::Unchanged, *linked);
  const auto added = add(file, record, context);
  // Somebody was faster with the same link.
  const bool doubled = !added && added.error().remote_code() == "DUPLICATE_VALUE";
  if (!added && !doubled && !may_be_there(added.error())) return not_done(added.error(), "");
  if (!added) return look_for(file, record, added.error(), context);
  linked = link_with(record, file.hash, context);
  if (!linked) return unknown(linked.error(), "");
  if (!linked->empty()) return outcome_of(WriteStatus::Created, *linked);
  return unknown(session_.located(Error(ErrorCode::Protocol,
                                        "a file was uploaded, and no link to its record is shown"),
                                  "upload a file"),
                 "");
}

/// Did it land? Asked now, and once more when "not there" is final.
NodeOutcome Evidence::look_for(const File& file, const std::string& record, const Error& lost,
                               const Context& context) {
  for (const bool last : {false, true}) {
    if (last) {
      if (auto waited = context.sleep(options_.settle); !waited) return unknown(lost, "");
    }
    const auto linked = link_with(record, file.hash, context);
    if (!linked) return unknown(lost, "");
    if (!linked->empty()) return outcome_of(WriteStatus::Created, *linked);
  }
  return not_done(session_.located(Error(ErrorCode::Unavailable,
                                         "the answer was lost, and the org shows no such file")
                                       .with_sent(Sent::No),
                                   lost.operation()),
                  "");
}

Result<std::vector<Evidence::Linked>> Evidence::links(const std::string& condition,
                                                      const Context& context) {
  const std::string operation = "read files";
  const std::vector<std::string> columns = {"Id", version_path("Id"),
                                            version_path(options_.funds.hash_field),
                                            version_path("ContentSize")};
  std::string soql = "SELECT ";
  for (const std::string& column : columns) soql += (&column == &columns[0] ? "" : ",") + column;
  soql += " FROM ContentDocumentLink WHERE " + condition + " AND IsDeleted = false ORDER BY Id";
  auto rows = queries_.query(columns, soql, operation, context);
  if (!rows) return std::move(rows).error();
  if (!rows->done)
    return session_.located(Error(ErrorCode::Protocol, "a query's answer that stops early"),
                            operation);
  std::vector<Linked> out;
  for (const document::RecordSpan& row : rows->records.records) {
    Linked each{.id = full_id(value_at(row, 0)).value_or(""),
                .version = full_id(value_at(row, 1)).value_or(""),
                .hash = std::string(value_at(row, 2))};
    if (each.hash.empty() && !each.version.empty()) {
      const std::string size(value_at(row, 3));
      auto hash = hash_of(each.version, std::strtoull(size.c_str(), nullptr, 10), context);
      if (!hash) return std::move(hash).error();
      each.hash = *std::move(hash);
    }
    out.push_back(std::move(each));
  }
  return out;
}

Result<std::string> Evidence::link_with(const std::string& record, const std::string& hash,
                                        const Context& context) {
  auto found = links("LinkedEntityId = " + soql_text(record), context);
  if (!found) return std::move(found).error();
  const auto same = std::find_if(found->begin(), found->end(),
                                 [&hash](const Linked& each) { return each.hash == hash; });
  return same == found->end() ? std::string() : same->id;
}

Result<std::string> Evidence::document_with(const File& file, const Context& context) {
  std::vector<std::string> columns = {"Id", "ContentDocumentId"};
  for (const Tree& member : file.version.children) columns.push_back(member.name);
  std::string soql = "SELECT ";
  for (const std::string& column : columns) soql += (&column == &columns[0] ? "" : ",") + column;
  soql += " FROM ContentVersion WHERE " + options_.funds.hash_field + " = " + soql_text(file.hash);
  soql += " AND IsLatest = true AND IsDeleted = false ORDER BY Id LIMIT " +
          std::to_string(kVersionsLooked);
  auto rows = queries_.query(columns, soql, "look for a file", context);
  if (!rows) return std::move(rows).error();
  for (const document::RecordSpan& row : rows->records.records) {
    bool same = true;
    for (std::size_t i = 0; i < file.version.children.size() && same; ++i)
      same = value_at(row, static_cast<int>(i) + 2) == file.version.children[i].text;
    if (same) return full_id(value_at(row, 1)).value_or("");
  }
  return std::string();
}

Result<void> Evidence::add(const File& file, const std::string& record, const Context& context) {
  auto document = document_with(file, context);
  if (!document) return std::move(document).error();
  if (document->empty()) {
    auto bytes = folder_.read(file.hash);
    if (!bytes) return session_.located(bytes.error(), "upload a file");
    return upload(file, record, *bytes, context);
  }
  const Tree body{
      .kind = Tree::Kind::Object,
      .children = {text_member("ContentDocumentId", *document),
                   text_member("LinkedEntityId", record), text_member("ShareType", "V")}};
  auto sent = session_.call({.method = "POST",
                             .target = session_.path("/sobjects/ContentDocumentLink"),
                             .body = json_of(body),
                             .operation = "link a file"},
                            context);
  return sent ? Result<void>() : std::move(sent).error();
}

Result<void> Evidence::upload(const File& file, const std::string& record, const std::string& bytes,
                              const Context& context) {
  Tree version = file.version;
  const std::string title = file.title.empty() ? file.hash : file.title;
  if (file.title.empty()) version.children.push_back(text_member("Title", title));
  version.children.push_back(text_member("PathOnClient", title));
  version.children.push_back(text_member("FirstPublishLocationId", record));
  const std::string line = boundary_for(bytes);
  http::Request request{.method = "POST",
                        .target = session_.path("/sobjects/ContentVersion"),
                        .operation = "upload a file"};
  request.headers.set("Content-Type", "multipart/form-data; boundary=\"" + line + "\"");
  request.body = "--" + line +
                 "\r\nContent-Disposition: form-data; name=\"entity_content\"\r\n"
                 "Content-Type: application/json\r\n\r\n" +
                 json_of(version) + "\r\n--" + line +
                 "\r\nContent-Disposition: form-data; name=\"VersionData\"; filename=\"" +
                 file.hash + "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + bytes +
                 "\r\n--" + line + "--\r\n";
  auto sent = session_.call(std::move(request), context);
  return sent ? Result<void>() : std::move(sent).error();
}

NodeOutcome Evidence::change(const WriteNode& node, const File& file, const Context& context) {
  const std::string operation = "change a file";
  const auto refuse = [&](ErrorCode code, const std::string& message) {
    return not_done(
        session_.located(Error(code, message).with_key(node.key).with_sent(Sent::No), operation),
        node.key);
  };
  auto found = links("Id = " + soql_text(node.key), context);
  if (!found) return not_done(found.error(), node.key);
  if (found->empty())
    return refuse(ErrorCode::Conflict, "the file is linked to the record no more");
  const Linked& there = found->front();
  if (!file.hash.empty() && file.hash != there.hash)
    return refuse(ErrorCode::Rejected, "a file with the hash " + file.hash +
                                           " is another one than " + there.hash +
                                           ": remove that and add this");
  Tree members = file.version;
  std::erase_if(members.children,
                [this](const Tree& member) { return member.name == options_.funds.hash_field; });
  if (members.children.empty()) return outcome_of(WriteStatus::Unchanged, node.key);
  auto sent = session_.call({.method = "PATCH",
                             .target = session_.path("/sobjects/ContentVersion/" + there.version),
                             .body = json_of(members),
                             .repeatable = http::Repeatable::Yes,
                             .operation = operation},
                            context);
  if (sent) return outcome_of(WriteStatus::Updated, node.key);
  return may_be_there(sent.error()) ? unknown(sent.error(), node.key)
                                    : not_done(sent.error(), node.key);
}

}  // namespace channelbridge::salesforce
