#include "sandbox/salesforce/files.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "sandbox/salesforce/base64.hpp"
#include "sandbox/salesforce/record_id.hpp"
#include "sandbox/salesforce/sales_internal.hpp"

/// Files: versions with their bytes, documents that they are versions of, links to records.
///
/// Sources: Object Reference (ContentVersion, ContentDocument, ContentDocumentLink), REST API
/// Developer Guide ("Insert or Update Blob Data", "sObject Blob Retrieve").
namespace channelbridge::sandbox::salesforce {
namespace {

/// What stands behind `name="` in a header's value.
std::string header_parameter(const std::string& value, const std::string& name) {
  std::size_t at = value.find(name + "=");
  if (at == std::string::npos) return {};
  at += name.size() + 1;
  if (at < value.size() && value[at] == '"') {
    const std::size_t end = value.find('"', at + 1);
    return end == std::string::npos ? std::string() : value.substr(at + 1, end - at - 1);
  }
  return value.substr(at, value.find_first_of("; \r", at) - at);
}

struct FormPart {
  std::string name{};
  std::string body{};
};

/// The parts of a multipart body; none = it is not well formed.
std::vector<FormPart> form_parts(const std::string& body, const std::string& boundary) {
  const std::string line = "--" + boundary;
  std::vector<FormPart> parts;
  std::size_t at = body.find(line);
  while (at != std::string::npos) {
    at += line.size();
    if (body.compare(at, 2, "--") == 0) return parts;
    const std::size_t head = body.find("\r\n\r\n", at);
    const std::size_t end = body.find("\r\n" + line, head);
    if (head == std::string::npos || end == std::string::npos) return {};
    const std::string headers = body.substr(at, head - at);
    // Names are told by the disposition alone: "filename" has a "name" in it, too.
    parts.push_back({.name = header_parameter(headers, " name"),
                     .body = body.substr(head + 4, std::max(end, head + 4) - head - 4)});
    at = end + 2;
  }
  return {};
}

bool is_bytes(const Table& table, std::string_view field) {
  const auto number = table.object().find(field);
  return number && table.object().fields()[*number].type == FieldType::Base64;
}

Error too_large(const FileRules& rules, std::size_t bytes, std::size_t most) {
  return refusal(400, rules.refusal,
                 "The file has " + std::to_string(bytes) + " bytes, and at most " +
                     std::to_string(most) + " are taken this way");
}

Result<Json> fields_of_parts(const Call& call, const Table& table, const std::string& type) {
  const std::vector<FormPart> parts =
      form_parts(call.request.body, header_parameter(type, "boundary"));
  if (parts.empty()) return malformed_json("Multipart message is not well formed");
  Result<Json> fields = parse_json(parts.front().body);
  if (!fields || !fields->is_object())
    return malformed_json("The first part of a multipart message is the record");
  const FileRules& rules = call.transaction.files();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (!is_bytes(table, parts[i].name))
      return refusal(
          400, "INVALID_FIELD",
          "No such column '" + parts[i].name + "' on sobject of type " + table.object().name());
    if (parts[i].body.size() > rules.most_bytes)
      return too_large(rules, parts[i].body.size(), rules.most_bytes);
    (*fields)[parts[i].name] = base64_text(parts[i].body);
  }
  return fields;
}

}  // namespace

Result<Json> fields_of_body(const Call& call, const Table& table) {
  const std::string type = call.request.headers.get("Content-Type");
  if (type.starts_with("multipart/form-data")) return fields_of_parts(call, table, type);
  Result<Json> fields = object_body(call.request);
  if (!fields) return fields;
  const FileRules& rules = call.transaction.files();
  for (const auto& [name, value] : fields->items()) {
    if (!value.is_string() || !is_bytes(table, name)) continue;
    const std::size_t bytes = value.get_ref<const std::string&>().size();
    if (bytes > rules.most_base64_bytes) return too_large(rules, bytes, rules.most_base64_bytes);
  }
  return fields;
}

bool names_bytes(const std::vector<std::string>& path, const Table& table) {
  return path.size() == 4 && well_formed_id(path[2]) && is_bytes(table, path[3]);
}

Response answer_bytes(Call& call, const Table& table) {
  if (!call.is("GET")) return method_not_allowed("GET,HEAD");
  const auto number = table.find(call.path[2]);
  const Row* row = number ? table.visible(*number, call.transaction.now()) : nullptr;
  if (row == nullptr || table.deleted(*number)) return error_response(not_found());
  return text_response(200, "application/octetstream",
                       std::string(row->view(*table.object().find(call.path[3]))));
}

namespace sales {
namespace {

std::string md5_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_md5(), nullptr);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < length; ++i) {
    out += kHex[digest[i] >> 4];
    out += kHex[digest[i] & 15];
  }
  return out;
}

/// "folder/invoice.pdf" -> "invoice.pdf"
std::string file_name(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

/// Versions of a document that are there, the oldest first.
std::vector<Found> versions_of(Database& database, std::string_view document) {
  return children(database, "ContentVersion", "ContentDocumentId", document);
}

Result<void> complete_version(const Save& save) {
  if (save.before != nullptr) return {};
  const Named row = named(save);
  std::vector<std::string> missing;
  for (const char* field : {"PathOnClient", "VersionData"})
    if (row.text(field).empty()) missing.emplace_back(field);
  if (!missing.empty())
    return refusal(400, "REQUIRED_FIELD_MISSING",
                   "Required fields are missing: [" + missing[0] + "]", missing);
  const std::string bytes(row.text("VersionData"));
  const std::string name = file_name(row.text("PathOnClient"));
  const std::size_t dot = name.rfind('.');
  const bool extended = dot != std::string::npos && dot > 0;
  if (row.text("Title").empty()) put(save, "Title", Stored(extended ? name.substr(0, dot) : name));
  std::string kind = extended ? name.substr(dot + 1) : "";
  put(save, "FileExtension", kind.empty() ? Stored() : Stored(kind));
  std::transform(kind.begin(), kind.end(), kind.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  put(save, "FileType", Stored(kind.empty() ? "UNKNOWN" : kind));
  put(save, "ContentSize", Stored(std::to_string(bytes.size())));
  put(save, "Checksum", Stored(md5_hex(bytes)));
  put(save, "IsLatest", Stored("true"));
  const std::string document(named(save).text("ContentDocumentId"));
  const std::size_t before =
      document.empty() ? 0 : versions_of(save.transaction.database(), document).size();
  put(save, "VersionNumber", Stored(std::to_string(before + 1)));
  return {};
}

/// What a document shows of its latest version.
std::vector<std::pair<std::string, Stored>> shown_of(const Named& version) {
  const auto value = [&version](const char* field) {
    const std::string_view text = version.text(field);
    return text.empty() ? Stored() : Stored(std::string(text));
  };
  return {{"Title", value("Title")},
          {"OwnerId", value("OwnerId")},
          {"LatestPublishedVersionId", Stored(std::string(version.id()))},
          {"ContentSize", value("ContentSize")},
          {"FileType", value("FileType")},
          {"FileExtension", value("FileExtension")}};
}

/// The first version makes its document, and links it to where it is published first.
void publish(Transaction& transaction, Table& versions, RowNumber number) {
  Database& database = transaction.database();
  Table& documents = *database.table("ContentDocument");
  const RowNumber made =
      transaction.add_computed(documents, shown_of(Named(versions, versions.row(number))));
  const std::string document(Named(documents, documents.row(made)).id());
  transaction.set_computed(versions, number, {{"ContentDocumentId", Stored(document)}});
  const std::string place(Named(versions, versions.row(number)).text("FirstPublishLocationId"));
  if (place.empty()) return;
  transaction.add_computed(*database.table("ContentDocumentLink"),
                           {{"LinkedEntityId", Stored(place)},
                            {"ContentDocumentId", Stored(document)},
                            {"ShareType", Stored("V")},
                            {"Visibility", Stored("AllUsers")}});
}

void settle_version(Transaction& transaction, Table& versions, RowNumber number,
                    const Row* before) {
  const Named version(versions, versions.row(number));
  const std::string id(version.id());
  const std::string document(version.text("ContentDocumentId"));
  if (document.empty()) return publish(transaction, versions, number);
  if (!version.flag("IsLatest")) return;
  const auto found = find(transaction.database(), document);
  if (!found) return;
  transaction.set_computed(*found->table, found->number, shown_of(version));
  if (before != nullptr) return;
  for (const Found& other : versions_of(transaction.database(), document))
    if (other.named().id() != id)
      transaction.set_computed(*other.table, other.number, {{"IsLatest", Stored("false")}});
}

/// A document is linked to a record once.
Result<void> judge_link(const Save& save) {
  if (save.before != nullptr) return {};
  const Named link = named(save);
  for (const Found& other : children(save.transaction.database(), "ContentDocumentLink",
                                     "LinkedEntityId", link.text("LinkedEntityId"))) {
    if (other.named().text("ContentDocumentId") == link.text("ContentDocumentId"))
      return refusal(400, "DUPLICATE_VALUE",
                     "duplicate value found: <unknown> duplicates value on record with id: "
                     "<unknown>");
  }
  return {};
}

}  // namespace

Result<void> complete_file(const Save& save) {
  return is(save.table, "ContentVersion") ? complete_version(save) : Result<void>();
}

Result<void> judge_file(const Save& save) {
  return is(save.table, "ContentDocumentLink") ? judge_link(save) : Result<void>();
}

void settle_file(Transaction& transaction, Table& table, RowNumber number, const Row* before) {
  if (is(table, "ContentVersion") && !table.deleted(number))
    settle_version(transaction, table, number, before);
}

}  // namespace sales
}  // namespace channelbridge::sandbox::salesforce
