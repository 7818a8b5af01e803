// A server of the classes that gSOAP's wsdl2h and soapcpp2 make of published WSDLs, with gSOAP's
// own plugins for WS-Addressing and WS-Security. Every service at every path, in the SOAP version
// that it is asked in; /secured wants a UsernameToken of user CHANNEL. Arguments: the folder of the
// sandboxes' WSDLs, limits.wsdl. Writes "READY http://127.0.0.1:port" and serves until it is
// stopped; GET /__stored is what is stored, as JSON.
#include <arpa/inet.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

#include "peer.hpp"
// gSOAP's table of namespaces and its plugins
#include "binding.nsmap"
#include "wsaapi.h"
#include "wsseapi-lite.h"

// The import of WS-Addressing declares faults that arrive as messages of their own; nobody sends us
// one.
int SOAP_ENV__Fault(soap* c, char* /*faultcode*/, char* /*faultstring*/, char* /*faultactor*/,
                    SOAP_ENV__Detail* /*detail*/, SOAP_ENV__Code* /*code*/,
                    SOAP_ENV__Reason* /*reason*/, char* /*node*/, char* /*role*/,
                    SOAP_ENV__Detail* /*detail12*/) {
  return soap_sender_fault(c, "a fault is no request", nullptr);
}

namespace peer {

Server& server() {
  static Server all;
  return all;
}

int enter(soap* c, const char* operation) {
  if (std::string(c->path).starts_with("/secured")) {
    const char* user = soap_wsse_get_Username(c);
    if (user == nullptr) return c->error;
    if (std::string(user) != "CHANNEL")
      return soap_wsse_fault(c, wsse__FailedAuthentication, nullptr);
    if (soap_wsse_verify_Password(c, "Welcome1") != SOAP_OK) return c->error;
    soap_wsse_delete_Security(c);
  }
  if (c->header == nullptr || c->header->wsa5__MessageID == nullptr) return SOAP_OK;
  if (soap_wsa_check(c) != SOAP_OK) return c->error;
  return soap_wsa_reply(c, nullptr,
                        soap_strdup(c, (std::string("urn:answer:") + operation).c_str()));
}
std::string message_id(const soap* c) {
  const bool there = c->header != nullptr && c->header->wsa5__RelatesTo != nullptr &&
                     c->header->wsa5__RelatesTo->__item != nullptr;
  return there ? std::string(c->header->wsa5__RelatesTo->__item) : std::string();
}

}  // namespace peer

namespace {

using peer::server;

std::string file_text(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
/// GET: the description behind "?wsdl", and what is stored.
int get(soap* c) {
  const std::string path = c->path;
  std::string body;
  if (path == "/__stored") {
    const peer::Books& books = server().books;
    body = "{\"reservations\":" + std::to_string(books.reservations.size()) +
           ",\"claims\":" + std::to_string(books.claims.size()) +
           ",\"entries\":" + std::to_string(books.entries.size()) +
           ",\"limits\":" + std::to_string(books.limits.size()) + "}";
    c->http_content = "application/json";
  } else if (path.ends_with("?wsdl")) {
    if (path.starts_with("/limits")) body = file_text(server().limits_wsdl);
    if (path.starts_with("/funds")) body = file_text(server().wsdls + "/channel_funds.wsdl");
    if (path.starts_with("/entries")) body = file_text(server().wsdls + "/journal_entry.wsdl");
    c->http_content = "text/xml; charset=utf-8";
  }
  if (body.empty()) return 404;
  if (soap_response(c, SOAP_FILE) != SOAP_OK ||
      soap_send_raw(c, body.data(), body.size()) != SOAP_OK)
    return c->error;
  return soap_end_send(c);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  peer::server().wsdls = argv[1];
  peer::server().limits_wsdl = argv[2];
  soap context(SOAP_XML_STRICT | SOAP_C_UTFSTRING);
  context.fget = get;
  soap_register_plugin(&context, soap_wsa);
  if (!soap_valid_socket(soap_bind(&context, "127.0.0.1", 0, 100))) {
    soap_stream_fault(&context, std::cerr);
    return 1;
  }
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  if (getsockname(context.master, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 1;
  std::cout << "READY http://127.0.0.1:" << ntohs(bound.sin_port) << std::endl;
  while (soap_valid_socket(soap_accept(&context))) {
    soap_serve(&context);
    soap_force_closesock(&context);  // also after what was to end without an answer
    soap_destroy(&context);
    soap_end(&context);
  }
  return 1;
}
