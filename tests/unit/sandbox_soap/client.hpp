#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <pugixml.hpp>
#include <string>
#include <vector>

#include "sandbox/soap/contract.hpp"
#include "sandbox/soap/sap_crm_server.hpp"
#include "sandbox/soap/sap_fi_server.hpp"

namespace channelbridge::sandbox::test {

/// An answer, and the element in its SOAP body.
struct Answer {
  int status{};
  Headers headers{};
  std::string text{};
  std::shared_ptr<pugi::xml_document> document{};
  pugi::xml_node content{};  ///< what the body holds; a fault, too

  /// Text at a path of element names below the content, "Return/item/Number".
  std::string at(const std::string& path) const;
  std::vector<std::string> all(const std::string& path) const;
  /// faultstring and detail, or Reason and Detail.
  std::string fault() const;
};

/// Everything about one request that a test may want to change.
struct Post {
  std::string path{};
  std::string body{};  ///< the element in the SOAP body
  std::string header{};
  std::string content_type{"text/xml; charset=utf-8"};
  std::string action{};
  std::string authorization{"Basic Q0hBTk5FTDpXZWxjb21lMQ=="};
  std::string cookie{};
};

std::string envelope(const std::string& body, const std::string& header = {}, bool newer = false);

/// Hands a request to the service, whole as over the wire.
Answer send(Service& service, const Request& request);
Answer send(Service& service, const Post& post);
/// The envelope as it is, in place of one around `post.body`.
Answer send_text(Service& service, const Post& post, const std::string& text);
Response get(Service& service, const std::string& target);
/// POST /__sandbox/<what>
Response administer(Service& service, const std::string& what, const std::string& json);

/// "" = the answer's content fits the schema of the WSDL with this name.
std::string complaint(const std::string& wsdl, const Answer& answer);

std::string replaced(std::string text, const std::string& from, const std::string& to);

}  // namespace channelbridge::sandbox::test
