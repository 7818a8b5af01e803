#include "sandbox/idoc/idoc_server.hpp"

#include <Poco/Base64Decoder.h>

#include <algorithm>
#include <sstream>

#include "sandbox/idoc/http_port.hpp"

namespace channelbridge::sandbox {
namespace {

using idoc::compact;
using idoc::field_of;

Response page(int status, const std::string& title, const std::string& text) {
  return text_response(status, "text/html;charset=utf-8",
                       "<html><head><title>" + title + "</title></head><body><h1>" + title +
                           "</h1><p>" + text + "</p></body></html>");
}

std::string decoded(const std::string& text) {
  std::istringstream in(text);
  Poco::Base64Decoder decoder(in);
  return {std::istreambuf_iterator<char>(decoder), {}};
}

/// "20260301" and "101500" of a moment, as the system's clock shows it (UTC).
std::string day_of(Timestamp at) {
  std::string text = to_iso8601(at).substr(0, 10);
  std::erase(text, '-');
  return text;
}
std::string time_of(Timestamp at) {
  std::string text = to_iso8601(at).substr(11, 8);
  std::erase(text, ':');
  return text;
}

}  // namespace

Result<void> change_setting(IdocOptions& options, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string name = assignment.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : assignment.substr(equals + 1);
  for (const auto& [flag, target] :
       {std::pair{"statuses", &options.statuses}, std::pair{"audit", &options.audit},
        std::pair{"confirms", &options.confirms},
        std::pair{"confirms_changes", &options.confirms_changes},
        std::pair{"refuse_again", &options.refuse_again}}) {
    if (name != flag) continue;
    if (value != "true" && value != "false")
      return Error(ErrorCode::Invalid, "'" + assignment + "' wants true or false");
    *target = value == "true";
    return {};
  }
  if (name == "currencies") {
    options.currencies.clear();
    std::istringstream words(value);
    for (std::string word; std::getline(words, word, ',');) options.currencies.insert(word);
    return {};
  }
  for (const auto& [text, target] : {std::pair{"partner_url", &options.partner_url},
                                     std::pair{"partner_user", &options.partner_user},
                                     std::pair{"partner_password", &options.partner_password}}) {
    if (name != text) continue;
    *target = value;
    return {};
  }
  if (name == "process_after") {
    std::istringstream in(value);
    std::int64_t seconds = -1;
    std::string unit;
    const bool counts = static_cast<bool>(in >> seconds);
    in >> unit;
    if (counts && seconds >= 0 && (unit == "s" || unit.empty())) {
      options.process_after = std::chrono::seconds(seconds);
      return {};
    }
    return Error(ErrorCode::Invalid, "'" + assignment + "' wants seconds: 5s");
  }
  return Error(ErrorCode::Invalid, "'" + name + "' is no setting of the IDoc server");
}

IdocService::IdocService(IdocOptions options, std::map<std::string, idoc::TypeRules> types,
                         std::shared_ptr<Desk> desk)
    : options_(std::move(options)), types_(std::move(types)), desk_(std::move(desk)) {}

bool IdocService::logged_on(const Request& request) const {
  const std::string header = request.headers.get("Authorization");
  if (!header.starts_with("Basic ")) return false;
  const std::string pair = decoded(header.substr(6));
  const std::size_t colon = pair.find(':');
  const auto user = options_.users.find(pair.substr(0, colon));
  return colon != std::string::npos && user != options_.users.end() &&
         user->second == pair.substr(colon + 1);
}

Response IdocService::handle(const Request& request) {
  const std::string client = request.parameter("sap-client").value_or(options_.client);
  if (!logged_on(request) || client != options_.client) {
    Response response = page(401, "Logon Error Message", "Logon failed");
    response.headers.set("WWW-Authenticate", "Basic realm=\"SAP NetWeaver Application Server [" +
                                                 options_.system_id + "/" + options_.client +
                                                 "]\"");
    return response;
  }
  if (request.path == IdocServer::kPort) {
    if (request.method != "POST") return page(405, "Method Not Allowed", "POST an IDoc");
    return receive(request);
  }
  const std::string outbox = IdocServer::kOutbox;
  if (request.path.starts_with(outbox) && request.method == "GET") {
    if (request.path == outbox) return list();
    const std::string name = percent_decode(request.path.substr(outbox.size()));
    const std::map<std::string, std::string> files = this->outbox();
    const auto file = files.find(name);
    if (file != files.end()) return text_response(200, "application/xml", file->second);
  }
  return page(404, "Not Found", "404 Resource not found");
}

Response IdocService::list() {
  const std::lock_guard lock(mutex_);
  work();
  Json out = Json::array();
  for (const Sent& sent : sent_)
    out.push_back({{"name", sent.name},
                   {"type", "file"},
                   {"mtime", to_http_date(sent.at)},
                   {"size", sent.text.size()}});
  return json_response(200, out);
}

std::map<std::string, std::string> IdocService::outbox() {
  const std::lock_guard lock(mutex_);
  work();
  std::map<std::string, std::string> out;
  for (const Sent& sent : sent_) out.emplace(sent.name, sent.text);
  return out;
}

std::optional<std::pair<std::string, std::string>> IdocService::next_to_post() {
  const std::lock_guard lock(mutex_);
  work();
  const auto next =
      std::find_if(sent_.begin(), sent_.end(), [](const Sent& sent) { return !sent.taken(); });
  if (next == sent_.end()) return std::nullopt;
  return std::pair(next->name, next->text);
}

void IdocService::posted(const std::string& name, int status) {
  const std::lock_guard lock(mutex_);
  for (Sent& sent : sent_)
    if (sent.name == name) sent.answers.push_back(status);
}

Response IdocService::receive(const Request& request) {
  const std::string kind = request.headers.get("Content-Type");
  if (!kind.starts_with("application/xml") && !kind.starts_with("text/xml"))
    return page(415, "Unsupported Media Type", "XML is expected");
  pugi::xml_document document;
  const auto parsed = document.load_buffer(request.body.data(), request.body.size(),
                                           pugi::parse_default | pugi::parse_doctype);
  const bool typed = std::any_of(document.begin(), document.end(), [](const pugi::xml_node& node) {
    return node.type() == pugi::node_doctype;
  });
  if (!parsed || typed) return page(500, "Internal Server Error", "XML parsing error");
  const pugi::xml_node root = document.document_element();
  std::vector<Stored> arrived;
  for (const pugi::xml_node idoc : root.children()) {
    if (std::string_view(idoc.name()) != "IDOC" ||
        std::string_view(idoc.attribute("BEGIN").value()) != "1")
      return page(500, "Internal Server Error", "No IDoc in the data");
    const pugi::xml_node control = idoc.first_child();
    if (std::string_view(control.name()) != "EDI_DC40")
      return page(500, "Internal Server Error", "No control record");
    if (const std::string wrong = idoc::check_control(control, root.name()); !wrong.empty())
      return page(500, "Internal Server Error", "EDI_DC40: " + wrong);
    arrived.push_back(
        {.sender = std::string(control.child_value("SNDPRT")) + "/" + control.child_value("SNDPRN"),
         .sender_number = control.child_value("DOCNUM"),
         .archive_key = control.child_value("ARCKEY"),
         .type = root.name(),
         .message = control.child_value("MESTYP"),
         .text = compact(idoc),
         .request = request});
  }
  if (arrived.empty()) return page(500, "Internal Server Error", "No IDoc in the data");
  const std::lock_guard lock(mutex_);
  for (Stored& stored : arrived) {
    stored.number = next_number(idoc_range_, 16);
    stored.stored = desk_->clock->now();
    stored.again = std::any_of(idocs_.begin(), idocs_.end(), [&](const Stored& other) {
      const bool number =
          !stored.sender_number.empty() && stored.sender_number == other.sender_number;
      const bool key = !stored.archive_key.empty() && stored.archive_key == other.archive_key;
      return stored.sender == other.sender && (number || key);
    });
    stored.history.emplace_back("50", "IDoc added");
    stored.request.body.clear();
    idocs_.push_back(std::move(stored));
  }
  work();
  return page(200, "IDoc-XML-inbound ok", "IDoc-XML-inbound ok");
}

void IdocService::work() {
  for (Stored& stored : idocs_) {
    const bool waits = stored.history.back().first == "50";
    if (waits && stored.stored + options_.process_after <= desk_->clock->now()) post(stored);
  }
}

void IdocService::post(Stored& stored) {
  pugi::xml_document document;
  document.load_string(stored.text.c_str());
  const pugi::xml_node idoc = document.document_element();
  const pugi::xml_node control = idoc.child("EDI_DC40");
  const auto type = types_.find(stored.type);
  Posting posting;
  const auto profile = [&] {
    return stored.sender == "LS/" + options_.partner &&
           control.child_value("RCVPRN") == options_.number &&
           control.child_value("RCVPOR") == options_.port &&
           options_.messages.contains(stored.message);
  };
  const auto syntax = [&]() -> std::optional<idoc::SyntaxError> {
    const auto& messages = type->second.messages;
    if (std::find(messages.begin(), messages.end(), stored.message) == messages.end())
      return idoc::SyntaxError{"EDI_DC40", "MESTYP", "Message type is not of this IDoc type"};
    return idoc::check_syntax(type->second, idoc);
  };
  if (type == types_.end()) {
    posting = {.status = "60", .text = "Basic type & does not exist", .variables = {stored.type}};
  } else if (!profile()) {
    posting = {.status = "56",
               .text = "EDI: Partner profile not available",
               .area = "E0",
               .number = "332"};
  } else if (const auto error = syntax()) {
    posting = {.status = "60", .text = error->text, .variables = {error->field}};
  } else {
    stored.history.emplace_back("64", "IDoc ready to be transferred to application");
    stored.history.emplace_back("62", "IDoc passed to application");
    posting = stored.again && options_.refuse_again
                  ? Posting{.status = "51", .text = "The IDoc was received before"}
                  : apply(stored, idoc);
  }
  stored.history.emplace_back(posting.status, posting.text);
  report(stored, posting);
}

void IdocService::report(const Stored& stored, const Posting& posting) {
  if (!options_.statuses) return;
  std::string state;
  const auto add = [&state](const char* name, const std::string& value) {
    if (value.empty()) return;
    pugi::xml_document text;
    text.append_child(name).text().set(value.c_str());
    state += compact(text.document_element());
  };
  const auto words = [&] {
    add("STATXT", posting.text);
    for (std::size_t i = 0; i < posting.variables.size(); ++i)
      add(("STAPA" + std::to_string(i + 1)).c_str(), posting.variables[i]);
    add("STAMID", posting.area);
    add("STAMNO", posting.number);
  };
  if (options_.audit) {
    add("DOCNUM", stored.sender_number);
    add("STATUS", posting.status);
    words();
    send("ALEAUD01", "ALEAUD",
         "<E1ADHDR SEGMENT=\"1\"><MESTYP>" + stored.message + "</MESTYP><E1STATE SEGMENT=\"1\">" +
             state + "</E1STATE></E1ADHDR>");
    return;
  }
  const Timestamp now = desk_->clock->now();
  add("DOCNUM", stored.sender_number);
  add("LOGDAT", day_of(now));
  add("LOGTIM", time_of(now));
  add("STATUS", posting.status);
  words();
  add("ARCKEY", stored.archive_key);
  send("SYSTAT01", "STATUS", "<E1STATS SEGMENT=\"1\">" + state + "</E1STATS>");
}

void IdocService::send(const std::string& type, const std::string& message,
                       const std::string& segments) {
  const Timestamp now = desk_->clock->now();
  const std::string number = next_number(sent_range_, 16);
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + type +
                     "><IDOC BEGIN=\"1\"><EDI_DC40 SEGMENT=\"1\">";
  for (const auto& [field, value] : {std::pair<const char*, std::string>("TABNAM", "EDI_DC40"),
                                     {"MANDT", options_.client},
                                     {"DOCNUM", number},
                                     {"DIRECT", "1"},
                                     {"IDOCTYP", type},
                                     {"MESTYP", message},
                                     {"SNDPOR", options_.port},
                                     {"SNDPRT", "LS"},
                                     {"SNDPRN", options_.number},
                                     {"RCVPOR", options_.partner},
                                     {"RCVPRT", "LS"},
                                     {"RCVPRN", options_.partner},
                                     {"CREDAT", day_of(now)},
                                     {"CRETIM", time_of(now)}})
    text += "<" + std::string(field) + ">" + value + "</" + field + ">";
  text += "</EDI_DC40>" + segments + "</IDOC></" + type + ">";
  sent_.push_back({.name = message + "_" + number + ".xml", .text = std::move(text), .at = now});
}

std::string IdocService::next_number(std::uint64_t& range, std::size_t digits) const {
  const std::string text = std::to_string(++range);
  return std::string(digits - text.size(), '0') + text;
}

void IdocService::journal(const Stored& stored, const std::string& object, const std::string& key,
                          EffectKind kind) {
  desk_->journal.record(stored.request, {.object = object,
                                         .key = key,
                                         .kind = kind,
                                         .fields = Json{{"idoc", stored.number}},
                                         .user = stored.sender,
                                         .correlation = stored.archive_key});
}

std::optional<Response> IdocService::administer(const Request& request) {
  if (request.path != "/__sandbox/idocs" || request.method != "POST") return std::nullopt;
  const Result<Json> body = parse_json(request.body);
  if (!body) return json_response(400, Json{{"error", body.error().message()}});
  const std::lock_guard lock(mutex_);
  const auto stored = std::find_if(idocs_.begin(), idocs_.end(), [&](const Stored& each) {
    return each.number == text_of(*body, "number");
  });
  if (stored == idocs_.end()) return json_response(404, Json{{"error", "no such IDoc"}});
  const std::string status = stored->history.back().first;
  if (status == "53" || status == "68")
    return json_response(409, Json{{"error", "the IDoc has status " + status}});
  const std::string action = text_of(*body, "action");
  if (action == "process") {
    post(*stored);
  } else if (action == "end") {
    const Posting ended{.status = "68", .text = "Error - no further processing"};
    stored->history.emplace_back(ended.status, ended.text);
    report(*stored, ended);
  } else {
    return json_response(400, Json{{"error", "action: process or end"}});
  }
  return json_response(200, Json{{"status", stored->history.back().first}});
}

Json IdocService::state() {
  const std::lock_guard lock(mutex_);
  work();
  Json idocs = Json::array();
  for (const Stored& stored : idocs_) {
    Json history = Json::array();
    for (const auto& [status, text] : stored.history)
      history.push_back({{"status", status}, {"text", text}});
    idocs.push_back({{"number", stored.number},
                     {"message", stored.message},
                     {"sender", stored.sender},
                     {"arckey", stored.archive_key},
                     {"history", history}});
  }
  Json orders = Json::array();
  for (const Order& order : orders_) {
    Json items = Json::object();
    for (const auto& [key, item] : order.items)
      items[key] = {{"material", item.material}, {"ordered_thousandths", item.ordered}};
    orders.push_back({{"number", order.number},
                      {"customer", order.customer},
                      {"purchase_order", order.purchase_order},
                      {"items", items}});
  }
  Json sent = Json::array();
  for (const Sent& each : sent_) sent.push_back({{"name", each.name}, {"answers", each.answers}});
  return Json{{"idocs", idocs},
              {"sent", sent},
              {"orders", orders},
              {"purchases", purchases()},
              {"customers", customers_}};
}

std::size_t IdocService::orders() const {
  const std::lock_guard lock(mutex_);
  return orders_.size();
}

Result<std::unique_ptr<IdocServer>> IdocServer::start(const IdocServerOptions& options) {
  auto types = idoc::read_definitions();
  if (!types) return std::move(types).error();
  auto server = std::unique_ptr<IdocServer>(new IdocServer);
  server->desk_ = std::make_shared<Desk>(options.clock);
  server->service_ = std::make_shared<IdocService>(options.idoc, *std::move(types), server->desk_);
  auto http = Server::start(server->service_, server->desk_, options.server);
  if (!http) return std::move(http).error();
  server->server_ = *std::move(http);
  const IdocOptions& idoc = options.idoc;
  if (!idoc.partner_url.empty())
    server->port_ =
        std::make_unique<HttpPort>(idoc.partner_url, idoc.partner_user, idoc.partner_password,
                                   idoc.post_again, *server->service_, *server->desk_);
  return server;
}

IdocServer::IdocServer() = default;
IdocServer::~IdocServer() = default;

}  // namespace channelbridge::sandbox
