#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/document/tree.hpp"
#include "channelbridge/soap/wsdl.hpp"

namespace channelbridge::soap {

inline std::string fixture(const std::string& name) {
  return std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/soap/" + name;
}

/// A service description that is expected to be good.
inline std::shared_ptr<const Wsdl> loaded(const std::string& name,
                                          const WsdlOptions& options = {}) {
  auto wsdl = Wsdl::load(fixture(name), options);
  EXPECT_TRUE(wsdl) << to_string(wsdl.error());
  return wsdl ? *wsdl : std::make_shared<Wsdl>();
}

/// A WSDL of one document/literal operation "Send" whose input is tns:Send; `schema` is what stands
/// in its schema, of the namespace urn:t (prefix tns).
inline std::string wsdl_text(const std::string& schema, const std::string& form = "qualified") {
  return R"(<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:tns="urn:t" xmlns:o="urn:other" targetNamespace="urn:t">
<types>
<xs:schema targetNamespace="urn:t" elementFormDefault=")" +
         form + "\">" + schema + R"(</xs:schema>
<xs:schema targetNamespace="urn:other" elementFormDefault="qualified">
  <xs:element name="Code" type="xs:string"/>
  <xs:element name="Note" type="xs:string"/>
</xs:schema>
</types>
<message name="In"><part name="p" element="tns:Send"/></message>
<portType name="P"><operation name="Send"><input message="tns:In"/></operation></portType>
<binding name="B" type="tns:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  <operation name="Send"><soap:operation soapAction="urn:send"/><input><soap:body use="literal"/></input></operation>
</binding>
<service name="S"><port name="Port" binding="tns:B"><soap:address location="https://s.example/"/></port></service>
</definitions>)";
}

inline std::shared_ptr<const Wsdl> wsdl_of(const std::string& schema,
                                           const std::string& form = "qualified") {
  auto wsdl = Wsdl::parse(wsdl_text(schema, form), "test.wsdl");
  EXPECT_TRUE(wsdl) << to_string(wsdl.error());
  return wsdl ? *wsdl : std::make_shared<Wsdl>();
}

inline document::Tree tree_of(std::string_view xml) {
  auto tree = document::parse_tree(xml, document::Format::Xml);
  EXPECT_TRUE(tree) << to_string(tree.error());
  return tree ? *tree : document::Tree{};
}

/// "path rule" of each problem, in order.
inline std::vector<std::string> rules_of(const Error& error) {
  std::vector<std::string> out;
  for (const Problem& problem : error.problems()) out.push_back(problem.path + ' ' + problem.rule);
  return out;
}

}  // namespace channelbridge::soap
