#include "refusal_internal.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <pugixml.hpp>

#include "channelbridge/core/shown.hpp"
#include "channelbridge/document/document.hpp"
#include "json_internal.hpp"
#include "text_internal.hpp"

namespace channelbridge::odata {
namespace {

constexpr std::size_t kLongestMessage = 500;

struct Words {
  std::string code{};
  std::string message{};
  std::string transaction{};
  std::string content_id{};
  bool structured{};  ///< an OData error, not a page of some proxy
};

/// The outer message is often the last and least telling one ("exception raised without further
/// error"): the details with severity error say more, without the generic exception class.
void add_details(std::string_view details, Words& words) {
  std::string better;
  for (const std::string_view detail : json::elements(details)) {
    const std::string severity = json::text_of(detail, "severity");
    const std::string numeric = json::text_of(detail, "@SAP__common.numericSeverity");
    if ((!severity.empty() && severity != "error") || (!numeric.empty() && numeric != "4"))
      continue;
    const std::string code = json::text_of(detail, "code");
    if (code == "/IWBEP/CX_MGW_BUSI_EXCEPTION") continue;
    const std::string message = json::text_of(detail, "message");
    if (message.empty() || better.find(message) != std::string::npos) continue;
    better += (better.empty() ? "" : "; ") + message;
    if (words.code.empty() || words.code.find("CX_MGW_BUSI_EXCEPTION") != std::string::npos) {
      words.code = code;
    }
    if (words.content_id.empty()) words.content_id = json::text_of(detail, "ContentID");
  }
  if (!better.empty()) words.message = better;
}

std::optional<Words> read_json(std::string_view body) {
  if (!document::check_json(body)) return std::nullopt;
  const std::string_view error = json::member(body, "error");
  if (!json::is_object(error)) {
    // An API management product before the system:
    // {"fault":{"faultstring":…,"detail":{"errorcode":…}}}
    const std::string_view fault = json::member(body, "fault");
    if (!json::is_object(fault)) return std::nullopt;
    return Words{.code = json::text_of(json::member(fault, "detail"), "errorcode"),
                 .message = json::text_of(fault, "faultstring")};
  }
  Words words{.code = json::text_of(error, "code"), .structured = true};
  const std::string_view message = json::member(error, "message");
  words.message = json::is_object(message) ? json::text_of(message, "value") : json::text(message);
  words.content_id = json::text_of(error, "@Core.ContentID");
  if (words.content_id.empty()) words.content_id = json::text_of(error, "@SAP__core.ContentID");
  const std::string_view inner = json::member(error, "innererror");
  words.transaction = json::text_of(inner, "transactionid");
  add_details(json::member(inner, "errordetails"), words);
  add_details(json::member(error, "details"), words);
  return words;
}

std::optional<Words> read_xml(std::string_view body) {
  if (!document::check_xml(body)) return std::nullopt;
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return std::nullopt;
  const auto all_text = [](const pugi::xml_node& node) {
    std::string out;
    for (const pugi::xml_node& part : node.children()) out += part.value();
    return out;
  };
  Words words;
  for (const pugi::xml_node& node : document.document_element().children()) {
    const std::string_view name = node.name();
    if (name.ends_with("code")) words.code = all_text(node);
    if (name.ends_with("message")) words.message = all_text(node);
  }
  words.structured = std::string_view(document.document_element().name()).ends_with("error");
  if (words.message.empty()) return std::nullopt;
  return words;
}

/// Pages of the ICM, of proxies and of logon handlers: their title is all that is of use.
Words read_page(const http::Response& response) {
  const std::string body = lower(response.body.substr(0, 20'000));
  const std::size_t open = body.find("<title>");
  const std::size_t close = body.find("</title>", open == std::string::npos ? 0 : open);
  if (open != std::string::npos && close != std::string::npos && close > open + 7) {
    return {.message = response.body.substr(open + 7, close - open - 7)};
  }
  if (response.headers.get("content-type").value_or("").starts_with("text/plain")) {
    return {.message = response.body.substr(0, 200)};
  }
  return {};
}

Words read_words(const http::Response& response) {
  const std::size_t start = response.body.find_first_not_of(" \r\n\t");
  if (start != std::string::npos) {
    const std::string_view body = std::string_view(response.body).substr(start);
    if (body.starts_with('{')) {
      if (auto words = read_json(body)) return *words;
    } else if (body.starts_with("<?xml") || body.starts_with("<error")) {
      if (auto words = read_xml(body)) return *words;
    }
  }
  return read_page(response);
}

bool fits(const ErrorRule& rule, int status, const std::string& code, const std::string& message) {
  return (rule.status == 0 || rule.status == status) && code.starts_with(rule.code) &&
         message.find(rule.message) != std::string::npos;
}

/// Letters, digits, '-' and '_' that stand together.
std::vector<std::string_view> words_of(std::string_view message) {
  const auto in_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
  };
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < message.size(); ++at) {
    if (!in_word(message[at])) continue;
    const std::size_t begin = at;
    while (at < message.size() && in_word(message[at])) ++at;
    out.push_back(message.substr(begin, at - begin));
  }
  return out;
}

/// "A_BusinessPartnerType", "LeadCollection" and "Lead" as people write them, without blanks.
std::string plain_name(std::string_view name) {
  name = name.substr(name.rfind('.') + 1);
  if (name.starts_with("A_")) name.remove_prefix(2);
  for (const std::string_view end : {"Collection", "Type"}) {
    if (name.size() > end.size() && name.ends_with(end)) name.remove_suffix(end.size());
  }
  return lower(name);
}

bool fits_key(std::string_view word, const std::string& name, const Property& key) {
  const auto all = [&](std::string_view allowed) {
    return word.find_first_not_of(allowed) == std::string_view::npos;
  };
  constexpr std::string_view kHex = "0123456789abcdefABCDEF-";
  const std::string& edm = key.description.type;
  // Cloud for Customer's keys are UUIDs of 32 hex digits, in a property with room for 70.
  if (name == "ObjectID") return word.size() == 32 && all(kHex);
  if (edm == "Edm.Guid") return (word.size() == 36 || word.size() == 32) && all(kHex);
  if (edm.starts_with("Edm.Int")) return all("0123456789");
  const std::size_t most = key.description.max_length;
  return edm == "Edm.String" && word.size() >= 2 && (most == 0 || word.size() <= most) &&
         word.find_first_of("0123456789") != std::string_view::npos;
}

/// Do the words before `at` name the object: "Business partner", "A_BusinessPartner", "Lead with
/// ID"?
bool named_before(const std::vector<std::string_view>& words, std::size_t at,
                  const std::string& object) {
  constexpr std::string_view kBetween[] = {"number", "no",   "id",   "key", "with",
                                           "the",    "guid", "uuid", "is"};
  const auto between = [&](std::string_view word) {
    return std::find(std::begin(kBetween), std::end(kBetween), lower(word)) != std::end(kBetween);
  };
  while (at > 0 && between(words[at - 1])) --at;
  std::string name;
  while (at > 0 && name.size() < object.size()) name = plain_name(words[--at]) + name;
  return name == object;
}

std::optional<std::chrono::milliseconds> retry_after(const http::Response& response) {
  const auto header = response.headers.get("retry-after");
  if (!header) return std::nullopt;
  std::int64_t seconds = 0;
  const char* last = header->data() + header->size();
  const auto [end, error] = std::from_chars(header->data(), last, seconds);
  if (error == std::errc() && end == last && seconds >= 0 && seconds < 1'000'000) {
    return std::chrono::seconds(seconds);
  }
  const auto until = parse_http_date(*header);
  const auto now = parse_http_date(response.headers.get("date").value_or(""));
  if (!until || !now || *until < *now) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(*until - *now);
}

}  // namespace

std::span<const ErrorRule> standard_errors() {
  using enum ErrorCode;
  static constexpr ErrorRule kRules[] = {
      // Row locks surface as 400 or 409 with an application's own message: only the words tell.
      {0, "", "currently being processed by", Unavailable, false},
      {0, "", "is being processed by", Unavailable, false},
      {0, "", "locked by user", Unavailable, false},
      {423, "", "", Unavailable, false},
      // Concurrency.
      {412, "", "", Conflict, false},
      {428, "", "", Conflict, false},
      {409, "", "already exists", Rejected, true},
      {400, "", "already exists", Rejected, true},
      {409, "", "", Conflict, false},
      // The request itself is wrong.
      {400, "/IWBEP/CM_MGW_RT/021", "", Invalid, false},
      {400, "/IWBEP/CM_MGW_RT/176", "", Invalid, false},
      {405, "", "", Unsupported, false},
      {406, "", "", Unsupported, false},
      {415, "", "", Unsupported, false},
      {501, "", "", Unsupported, false},
      // Who we are and what we may.
      {401, "", "", Unauthenticated, false},
      {0, "/IWFND/CM_MGW/098", "", Unauthenticated, false},
      {403, "", "", Forbidden, false},
      {404, "", "", NotFound, false},
      {410, "", "", NotFound, false},
      // Not now.
      {408, "", "", Timeout, false},
      {429, "", "", RateLimited, false},
      {500, "", "", Unavailable, false},
      {502, "", "", Unavailable, false},
      {503, "", "", Unavailable, false},
      {504, "", "", Unavailable, false},
  };
  return kRules;
}

std::string duplicate_key(std::string_view message, const Type& type) {
  if (type.keys.size() != 1) return {};
  const auto key = type.properties.find(type.keys[0]);
  if (key == type.properties.end()) return {};
  const std::vector<std::string_view> words = words_of(message);
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!fits_key(words[i], type.keys[0], key->second)) continue;
    if (found) return {};
    found = i;
  }
  return found && named_before(words, *found, plain_name(type.name)) ? std::string(words[*found])
                                                                     : std::string();
}

Refusal read_refusal(const http::Response& response, std::span<const ErrorRule> rules) {
  const Words words = read_words(response);
  const std::string message = lower(words.message);
  ErrorRule rule{.meaning = response.status >= 500 ? ErrorCode::Unavailable : ErrorCode::Rejected};
  bool found = false;
  for (const auto table : {rules, standard_errors()}) {
    for (const ErrorRule& candidate : table) {
      if (!found && fits(candidate, response.status, words.code, message)) {
        rule = candidate;
        found = true;
      }
    }
  }
  Refusal out;
  const std::string said = shown(words.message, kLongestMessage);
  out.error = Error(rule.meaning,
                    said.empty() ? "the service answered " + std::to_string(response.status) : said)
                  .with_http_status(response.status)
                  .with_request(response.request)
                  .with_remote(words.code, said)
                  .with_sent(Sent::Answered);
  if (!words.transaction.empty()) out.error = out.error.with_request_id(words.transaction);
  if (const auto wait = retry_after(response)) out.error = out.error.with_retry_after(*wait);
  // A 404 without an OData error comes from a switched-off service or a proxy: no object is gone
  // because of it.
  out.gone =
      rule.meaning == ErrorCode::NotFound && words.structured && !words.code.starts_with("/IWFND/");
  out.lock = rule.meaning == ErrorCode::Unavailable &&
             (response.status == 423 || (response.status >= 400 && response.status < 500));
  out.duplicate = rule.duplicate;
  out.words = words.message;
  out.content_id = words.content_id;
  return out;
}

adapter::WriteStatus write_status(const Refusal& refusal) {
  using adapter::WriteStatus;
  switch (refusal.error.code()) {
    case ErrorCode::Conflict:
      return WriteStatus::Conflict;
    case ErrorCode::RateLimited:
    case ErrorCode::Unauthenticated:
      return WriteStatus::Retry;
    case ErrorCode::Unavailable:
    case ErrorCode::Timeout:
      // A short dump, a gateway's time-out: the server may have written before it failed.
      return refusal.lock || refusal.error.http_status() == 503 ? WriteStatus::Retry
                                                                : WriteStatus::Unknown;
    default:
      return WriteStatus::Rejected;
  }
}

}  // namespace channelbridge::odata
