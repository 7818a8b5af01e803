#include <gtest/gtest.h>

#include "channelbridge/soap/reply.hpp"
#include "fuzz.hpp"
#include "manifest_internal.hpp"

namespace channelbridge::fuzz {
namespace {

TEST(Fuzz, AManifestIsBoundOrRefusedWithItsProblems) {
  const std::string file =
      std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/soap/claims.yaml";
  Language language{
      .seeds = {fixture("soap/claims.yaml")},
      .words = {"{",        "}",          "[",           "]",           ": ",         "- ",
                "\n  ",     "\"",         "&a ",         "*a",          "~",          "{record}",
                "{since}",  "{number",    "{{",          "operation: ", "request: ",  "rows: ",
                "key: ",    "A,B",        "Log/Item",    "Line[No=1]",  "@currency",  "answer: ",
                "each: ",   "match: ",    "done: ",      "refused: ",   "any",        "none",
                "not: ",    "batch: 9",   "commit: ",    "services: ",  "wsdl: ",     "port: ",
                "session:", "ClaimQuery", "ClaimSubmit", "ClaimNotify", "next: More", "''"},
      .openers = {"[", "{a: ", "- ", "{", "? ", "&a [", "a: {b: ", "\n "},
      .most_bytes = 20'000};
  run({.name = "manifest",
       .language = std::move(language),
       .parse =
           [&](const std::string& text) {
             const auto manifest = soap::load_manifest({.file = file, .text = text});
             if (!manifest) {
               EXPECT_EQ(manifest.error().code(), ErrorCode::Invalid) << manifest.error();
               EXPECT_FALSE(manifest.error().problems().empty()) << manifest.error();
               return Taken::Refused;
             }
             // What is taken can be called.
             soap::Manifest copy = **manifest;
             for (const auto& [path, call] : soap::calls_of(copy))
               EXPECT_TRUE(call->use != nullptr && call->bound != nullptr) << path;
             return Taken::Yes;
           },
       .cases = 600});
}

TEST(Fuzz, ASoapAnswerIsReadOrRefused) {
  const std::string open =
      "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" "
      "xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><e:Body>";
  const std::string close = "</e:Body></e:Envelope>";
  run({.name = "soap answer",
       .language =
           {.seeds =
                {open + "<a:R xmlns:a=\"urn:a\"><B i:nil=\"true\"/><C x=\"1\">t</C></a:R>" + close,
                 open +
                     "<e:Fault><faultcode>e:Client.Authentication</faultcode><faultstring>no"
                     "</faultstring><detail><d>x</d></detail></e:Fault>" +
                     close,
                 "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
                 "xmlns:w=\"http://www.w3.org/2005/08/addressing\"><s:Header><w:RelatesTo>urn:1"
                 "</w:RelatesTo></s:Header><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value>"
                 "<s:Subcode><s:Value>w:InvalidAddressingHeader</s:Value></s:Subcode></s:Code>"
                 "<s:Reason><s:Text xml:lang=\"en\">no</s:Text></s:Reason></s:Fault></s:Body>"
                 "</s:Envelope>"},
            .words = {"<e:Body>",
                      "</e:Body>",
                      "<e:Header>",
                      "xmlns=\"\"",
                      "xmlns:e=\"\"",
                      "i:nil=\"true\"",
                      "i:type=\"a:T\"",
                      "mustUnderstand=\"1\"",
                      "<e:Fault>",
                      "&amp;",
                      "<!DOCTYPE a>",
                      "<![CDATA[",
                      "]]>",
                      "<",
                      ">",
                      "/>",
                      "<xop:Include/>",
                      "&#0;",
                      "i:2=\"t\"",
                      "<e:3/>"},
            .openers = {"<a>", "<e:Body>", "<x xmlns=\"urn:b\">"},
            .most_bytes = 20'000},
       .parse =
           [](const std::string& text) {
             const auto reply = soap::read_envelope(text, "text/xml");
             if (!reply) {
               const ErrorCode code = reply.error().code();
               EXPECT_TRUE(code == ErrorCode::Protocol || code == ErrorCode::Unsupported)
                   << reply.error();
               return Taken::Refused;
             }
             EXPECT_FALSE(reply->payload && reply->fault);
             if (reply->fault) static_cast<void>(soap::to_error(*reply->fault, 500));
             // A document that is made of an answer is one that mappings read.
             if (reply->payload) {
               if (const auto document = soap::to_document(*reply->payload)) {
                 EXPECT_TRUE(document::check_xml(document->text())) << document->text();
               }
             }
             return Taken::Yes;
           },
       .cases = 2000});
}

}  // namespace
}  // namespace channelbridge::fuzz
