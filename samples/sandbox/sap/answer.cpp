#include <algorithm>

#include "sandbox/sap/engine.hpp"
#include "sandbox/sap/messages.hpp"

namespace channelbridge::sandbox::odata {
namespace {

/// YYYYMMDDhhmmss.fffffff
std::string sap_timestamp(std::int64_t ticks) {
  std::string text;
  for (const char c : iso(ticks, 7)) {
    if ((c >= '0' && c <= '9') || c == '.') text += c;
  }
  return text;
}

/// Texts exist in English and German.
std::string language_of(const Request& request) {
  std::string language =
      request.parameter("sap-language").value_or(request.headers.get("Accept-Language", "en"));
  language = language.substr(0, 2);
  std::transform(language.begin(), language.end(), language.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return language == "de" ? language : "en";
}

Json detail_v2(const std::string& code, const std::string& message, const std::string& target) {
  return Json{{"ContentID", ""},       {"code", code},        {"message", message},
              {"propertyref", target}, {"severity", "error"}, {"transition", false},
              {"target", target}};
}

}  // namespace

Response Engine::error(Refusal refusal, const Request& request) {
  const std::string language = language_of(request);
  refusal.message = in_language(refusal.message, language);
  for (auto& detail : refusal.details) detail.message = in_language(detail.message, language);
  const std::string code = refusal.code.empty() ? kBusiness : refusal.code;
  const std::string timestamp = sap_timestamp(now());
  const std::string transaction = ids_.hex(32);
  const std::string service = model_.namespace_name;
  if (model_.version == Version::V4) {
    Json error{{"code", code}, {"message", refusal.message}};
    if (!refusal.target.empty())
      error["target"] = refusal.target.substr(refusal.target.rfind('/') + 1);
    Json details = Json::array();
    for (const auto& detail : refusal.details) {
      details.push_back(Json{{"code", detail.code},
                             {"message", detail.message},
                             {"target", detail.target},
                             {"@SAP__common.numericSeverity", 4}});
    }
    if (!details.empty()) error["details"] = std::move(details);
    error["innererror"] = Json{{"@SAP__common.Application",
                                Json{{"ComponentId", settings_.component}, {"ServiceId", service}}},
                               {"@SAP__common.TransactionId", transaction},
                               {"@SAP__common.Timestamp", timestamp}};
    return answer(refusal.status, json_type(), dump_json(Json{{"error", std::move(error)}}));
  }
  Json details = Json::array();
  details.push_back(detail_v2(code, refusal.message, refusal.target));
  for (const auto& detail : refusal.details)
    details.push_back(detail_v2(detail.code, detail.message, detail.target));
  if (code != kBusiness) {
    details.push_back(detail_v2("/IWBEP/CX_MGW_BUSI_EXCEPTION", "An exception was raised", ""));
  }
  Response response;
  if (wants_json(request)) {
    Json error{{"code", code}, {"message", Json{{"lang", language}, {"value", refusal.message}}}};
    // C4C mostly says no more than this.
    if (!settings_.component.empty()) {
      error["innererror"] =
          Json{{"application", Json{{"component_id", settings_.component},
                                    {"service_namespace", "/SAP/"},
                                    {"service_id", service},
                                    {"service_version", "0001"}}},
               {"transactionid", transaction},
               {"timestamp", timestamp},
               {"Error_Resolution",
                Json{{"SAP_Transaction",
                      "Run transaction /IWFND/ERROR_LOG on SAP Gateway hub system and search for "
                      "entries with the timestamp above for more details"},
                     {"SAP_Note",
                      "See SAP Note 1797736 for error analysis "
                      "(https://service.sap.com/sap/support/notes/1797736)"},
                     {"Batch_SAP_Note",
                      "See SAP Note 1869434 for details about working with $batch "
                      "(https://service.sap.com/sap/support/notes/1869434)"}}},
               {"errordetails", std::move(details)}};
    }
    response =
        answer(refusal.status, "application/json", dump_json(Json{{"error", std::move(error)}}));
  } else {
    std::string body =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><error "
        "xmlns=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\"><code>" +
        xml_text(code) + "</code><message xml:lang=\"" + language + "\">" +
        xml_text(refusal.message) + "</message><innererror><transactionid>" + transaction +
        "</transactionid><timestamp>" + timestamp + "</timestamp><errordetails>";
    for (const Json& detail : details) {
      body += "<errordetail><code>" + xml_text(text_of(detail, "code")) + "</code><message>" +
              xml_text(text_of(detail, "message")) + "</message><propertyref>" +
              xml_text(text_of(detail, "propertyref")) +
              "</propertyref><severity>error</severity></errordetail>";
    }
    response = answer(refusal.status, "application/xml;charset=utf-8",
                      body + "</errordetails></innererror></error>");
  }
  response.headers.set("dataserviceversion", "1.0");
  return response;
}

/// V2 has one object with the further ones inside, V4 a list. A header takes ASCII only.
void Engine::warn(Response& response, const std::vector<Refusal::Detail>& warnings,
                  const Request& request) const {
  if (warnings.empty()) return;
  const bool v4 = model_.version == Version::V4;
  Json list = Json::array();
  for (const auto& warning : warnings) {
    Json one{{"code", warning.code},
             {"message", in_language(warning.message, language_of(request))},
             {"target", warning.target}};
    if (v4)
      one["numericSeverity"] = 3;
    else
      one["severity"] = "warning";
    list.push_back(std::move(one));
  }
  if (!v4) {
    Json first = list.front();
    list.erase(0);
    first["details"] = std::move(list);
    list = std::move(first);
  }
  response.headers.set(v4 ? "sap-messages" : "sap-message", list.dump(-1, ' ', true));
}

Response Engine::answer(int status, std::string type, std::string body) const {
  Response response{.status = status};
  if (!type.empty()) response.headers.set("Content-Type", std::move(type));
  response.headers.set(model_.version == Version::V4 ? "OData-Version" : "dataserviceversion",
                       model_.version == Version::V4 ? "4.0" : "2.0");
  response.headers.set("cache-control", "no-store, no-cache");
  response.headers.set("sap-server", "true");
  response.body = std::move(body);
  return response;
}

Response Engine::no_content() const { return answer(204, {}, {}); }

bool Engine::wants_json(const Request& request) const {
  if (model_.version == Version::V4) return true;
  if (const auto format = request.parameter("$format"))
    return *format == "json" || format->starts_with("application/json");
  const std::string accept = request.headers.get("Accept");
  if (accept.find("json") != std::string::npos) return true;
  // Without a wish the answer has the format of the request; a GET has none, and Atom is the
  // default of V2.
  const bool open = accept.empty() || accept.find("*/*") != std::string::npos;
  return open && request.headers.get("Content-Type").find("json") != std::string::npos;
}

std::string Engine::json_type() const {
  return model_.version == Version::V4 ? "application/json;odata.metadata=minimal;charset=utf-8"
                                       : "application/json;charset=utf-8";
}

Renderer Engine::renderer(const Call& call) const {
  const auto compatible = [&](const char* header) {
    return call.request.headers.get(header).find("IEEE754Compatible=true") != std::string::npos;
  };
  return Renderer(store_, settings_, call.root, compatible("Accept") || compatible("Content-Type"));
}

std::string Engine::now_text() const { return iso(now(), 0) + "Z"; }

}  // namespace channelbridge::sandbox::odata
