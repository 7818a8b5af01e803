#include <functional>
#include <pugixml.hpp>

#include <sstream>

#include "sandbox/salesforce/conversion.hpp"
#include "sandbox/salesforce/errors.hpp"
#include "sandbox/salesforce/service.hpp"
#include "sandbox/salesforce/tokens.hpp"

/// The partner API. Source: partner WSDL of API 27.0 (LeadConvert, LeadConvertResult, Error,
/// ApiFault); session and limits as in the SOAP API Developer Guide.
namespace channelbridge::sandbox::salesforce {
namespace {

constexpr std::size_t kMostLeads = 100;
constexpr const char* kPartner = "urn:partner.soap.sforce.com";

std::string_view local(const char* name) {
  const std::string_view text = name;
  const std::size_t colon = text.find(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

pugi::xml_node child(pugi::xml_node parent, std::string_view name) {
  for (const pugi::xml_node each : parent.children())
    if (each.type() == pugi::node_element && local(each.name()) == name) return each;
  return {};
}

std::string text(pugi::xml_node parent, std::string_view name) {
  return child(parent, name).text().get();
}

/// An envelope with one element below its body.
Response envelope(int status, const std::function<void(pugi::xml_node)>& fill) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node root = document.append_child("soapenv:Envelope");
  root.append_attribute("xmlns:soapenv") = "http://schemas.xmlsoap.org/soap/envelope/";
  root.append_attribute("xmlns") = kPartner;
  root.append_attribute("xmlns:xsi") = "http://www.w3.org/2001/XMLSchema-instance";
  fill(root.append_child("soapenv:Body"));
  std::ostringstream out;
  document.save(out, "", pugi::format_raw);
  return text_response(status, "text/xml;charset=UTF-8", out.str());
}

Response fault(const std::string& code, const std::string& message) {
  return envelope(500, [&](pugi::xml_node body) {
    pugi::xml_node out = body.append_child("soapenv:Fault");
    out.append_attribute("xmlns:sf") = "urn:fault.partner.soap.sforce.com";
    out.append_child("faultcode").text() = ("sf:" + code).c_str();
    out.append_child("faultstring").text() = (code + ": " + message).c_str();
    pugi::xml_node detail = out.append_child("detail").append_child("sf:ApiFault");
    detail.append_child("sf:exceptionCode").text() = code.c_str();
    detail.append_child("sf:exceptionMessage").text() = message.c_str();
  });
}

void put(pugi::xml_node parent, const char* name, const std::string& value) {
  pugi::xml_node out = parent.append_child(name);
  if (value.empty())
    out.append_attribute("xsi:nil") = "true";
  else
    out.text() = value.c_str();
}

/// LeadConvertResult, members in the order of the WSDL.
void put_result(pugi::xml_node parent, const std::string& lead,
                const Result<ConvertedLead>& converted) {
  pugi::xml_node out = parent.append_child("result");
  const ConvertedLead made = converted ? *converted : ConvertedLead{};
  put(out, "accountId", made.account_id);
  put(out, "contactId", made.contact_id);
  if (!converted) {
    pugi::xml_node errors = out.append_child("errors");
    for (const Problem& problem : converted.error().problems())
      errors.append_child("fields").text() = problem.path.c_str();
    errors.append_child("message").text() = converted.error().message().c_str();
    errors.append_child("statusCode").text() = converted.error().remote_code().c_str();
  }
  put(out, "leadId", lead);
  put(out, "opportunityId", made.opportunity_id);
  out.append_child("success").text() = static_cast<bool>(converted);
}

LeadConversion read_conversion(pugi::xml_node convert) {
  return {.account_id = text(convert, "accountId"),
          .contact_id = text(convert, "contactId"),
          .opportunity = text(convert, "doNotCreateOpportunity") != "true",
          .opportunity_name = text(convert, "opportunityName"),
          .status = text(convert, "convertedStatus"),
          .owner_id = text(convert, "ownerId"),
          .overwrite_source = text(convert, "overwriteLeadSource") == "true"};
}

/// Each lead by itself: one that is refused leaves the others.
Response convert_leads(State& state, const Session& session, const Request& request,
                       pugi::xml_node call) {
  std::vector<pugi::xml_node> leads;
  for (const pugi::xml_node each : call.children())
    if (each.type() == pugi::node_element && local(each.name()) == "leadConverts")
      leads.push_back(each);
  if (leads.size() > kMostLeads)
    return fault("EXCEEDED_LEAD_CONVERT_LIMIT", "at most 100 leads in one call");
  Transaction transaction = state.begin(session.actor, 0, {});
  return envelope(200, [&](pugi::xml_node body) {
    pugi::xml_node response = body.append_child("convertLeadResponse");
    for (const pugi::xml_node each : leads) {
      const std::string id = text(each, "leadId");
      const auto mark = transaction.mark();
      const Result<ConvertedLead> converted =
          convert(state.options, transaction, id, read_conversion(each));
      if (!converted) transaction.roll_back(mark);
      put_result(response, id, converted);
    }
    for (const Effect& effect : transaction.effects()) state.desk->journal.record(request, effect);
  });
}

}  // namespace

Response answer_soap(State& state, const Request& request) {
  const std::vector<std::string> path = request.segments();
  if (path.size() < 4 || path[0] != "services" || path[1] != "Soap" || path[2] != "u")
    return Response{.status = 0};
  if (version_of("v" + path[3]) == 0)
    return fault("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL");
  pugi::xml_document document;
  if (request.method != "POST" ||
      !document.load_buffer(request.body.data(), request.body.size(), pugi::parse_default))
    return fault("XML_PARSER_ERROR", "the request holds no SOAP envelope");
  const pugi::xml_node root = document.document_element();
  const std::string token = text(child(child(root, "Header"), "SessionHeader"), "sessionId");
  const Session* session = find_session(state, token, request.headers.get("Host"));
  if (session == nullptr)
    return fault("INVALID_SESSION_ID",
                 "Invalid Session ID found in SessionHeader: Illegal Session");
  if (state.calls >= state.options.daily_calls)
    return fault("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
  ++state.calls;
  const pugi::xml_node call = child(child(root, "Body"), "convertLead");
  if (!call)
    return fault("INVALID_OPERATION",
                 "No operation available for request: only convertLead is served");
  return convert_leads(state, *session, request, call);
}

}  // namespace channelbridge::sandbox::salesforce
