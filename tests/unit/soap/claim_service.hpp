#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "../http/scripted_transport.hpp"
#include "channelbridge/soap/soap.hpp"
#include "channelbridge/testing/fakes.hpp"
#include "soap_service.hpp"

namespace channelbridge::soap::test {

namespace fs = std::filesystem;

using Replacements = std::vector<std::pair<std::string, std::string>>;

inline std::string file_text(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  EXPECT_TRUE(in.good()) << file;
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A text with each first occurrence replaced; every one must be there.
inline std::string altered(std::string text, const Replacements& replacements) {
  for (const auto& [from, to] : replacements) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
  }
  return text;
}

inline std::string envelope(const std::string& body) {
  return "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>" + body +
         "</e:Body></e:Envelope>";
}
inline http::Response answer(const std::string& body, int status = 200) {
  return {.status = status,
          .headers = {{"content-type", "text/xml; charset=utf-8"},
                      {"date", "Mon, 02 Mar 2026 10:00:00 GMT"}},
          .body = envelope(body)};
}
inline http::Response fault(const std::string& code, const std::string& words, int status = 500) {
  return answer("<e:Fault><faultcode>" + code + "</faultcode><faultstring>" + words +
                    "</faultstring></e:Fault>",
                status);
}

/// A claim as the service shows it.
inline std::string claim(const std::string& id, const std::string& changed,
                         const std::string& more = "<c:Status>open</c:Status>") {
  return "<c:Claim><c:Partner>P1</c:Partner><c:Amount "
         "currency=\"EUR\">100.00</c:Amount><c:ClaimID>" +
         id + "</c:ClaimID>" + more +
         (changed.empty() ? "" : "<c:ChangedOn>" + changed + "</c:ChangedOn>") + "<c:Version>" +
         id + "-v1</c:Version></c:Claim>";
}
inline http::Response page(const std::string& inside) {
  return answer("<c:ClaimQueryResponse xmlns:c=\"urn:claims\">" + inside +
                "</c:ClaimQueryResponse>");
}
inline std::string log_item(const std::string& code, const std::string& severity,
                            const std::string& note, const std::string& field = {}) {
  return "<c:Log><c:Severity>" + severity + "</c:Severity><c:Item><c:TypeID>" + code +
         "</c:TypeID><c:SeverityCode>" + severity + "</c:SeverityCode>" +
         (field.empty() ? "" : "<c:Field>" + field + "</c:Field>") + "<c:Note>" + note +
         "</c:Note></c:Item></c:Log>";
}

/// The service of claims.wsdl, described by claims.yaml or by what a test makes of it.
struct ClaimService {
  explicit ClaimService(const Replacements& changes = {}) { open(changes); }
  ~ClaimService() {
    std::error_code ignored;  // a leftover folder of a test harms nobody
    if (!folder.empty()) fs::remove_all(folder, ignored);
  }
  ClaimService(const ClaimService&) = delete;
  ClaimService& operator=(const ClaimService&) = delete;

  void open(const Replacements& changes) {
    options.manifest = fixture("claims.yaml");
    if (!changes.empty()) {
      std::string name = (fs::temp_directory_path() / "channelbridge-soap-XXXXXX").string();
      ASSERT_NE(::mkdtemp(name.data()), nullptr);
      folder = name;
      fs::copy_file(fixture("claims.wsdl"), folder / "claims.wsdl");
      options.manifest = (folder / "claims.yaml").string();
      std::ofstream(options.manifest, std::ios::binary)
          << altered(file_text(fixture("claims.yaml")), changes);
    }
    options.parameters["organisation"] = "1010";
    remake();
  }
  /// Another process.
  void remake() {
    auto made = make_adapter(transport, {.system = "crm", .random = seeded_random(7)}, options);
    ASSERT_TRUE(made) << to_string(made.error());
    adapter = *made;
  }

  adapter::Page read(const adapter::Cursor& cursor = {}) {
    auto out = adapter->read(claims, cursor, 50, context);
    EXPECT_TRUE(out) << (out ? "" : to_string(out.error()));
    return out ? *std::move(out) : adapter::Page{};
  }
  static adapter::WriteRequest create(const std::string& number,
                                      const std::string& partner = "P1") {
    return {.nodes = {{.operation = adapter::Operation::Create,
                       .object = "Claim",
                       .body = "<Claim><Amount currency=\"EUR\">100.00</Amount><Partner>" +
                               partner + "</Partner></Claim>"}},
            .correlation = kRecord,
            .number = number,
            .decided = kDecided};
  }
  static adapter::WriteRequest update(const std::string& key, const std::string& version) {
    return {
        .nodes = {{.operation = adapter::Operation::Update,
                   .object = "Claim",
                   .key = key,
                   .body =
                       "<Claim><Partner>P1</Partner><Amount currency=\"EUR\">5</Amount></Claim>",
                   .expected_version = version}},
        .number = kNumber,
        .decided = kDecided};
  }
  /// One outcome for each request.
  std::vector<adapter::NodeOutcome> write(const std::vector<adapter::WriteRequest>& requests) {
    auto outcomes = adapter->write(claims, requests, context);
    EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
    std::vector<adapter::NodeOutcome> out;
    if (!outcomes) return std::vector<adapter::NodeOutcome>(requests.size());
    for (adapter::WriteOutcome& each : *outcomes) out.push_back(std::move(each.nodes.front()));
    return out;
  }
  std::string sent(std::size_t index) const {
    const auto seen = transport->seen();
    EXPECT_LT(index, seen.size());
    return index < seen.size() ? seen[index].body : std::string();
  }

  static constexpr const char* kRecord = "018f2b6a-5c1e-7d3a-9b1f-1c2d3e4f5a6b";
  static constexpr const char* kRecordHex = "018f2b6a5c1e7d3a9b1f1c2d3e4f5a6b";
  static constexpr const char* kNumber = "018f2b6a-5c1e-7d3a-9b1f-aaaaaaaaaaaa";
  static constexpr const char* kOther = "018f2b6a-5c1e-7d3a-9b1f-bbbbbbbbbbbb";
  static constexpr const char* kThird = "018f2b6a-5c1e-7d3a-9b1f-cccccccccccc";
  static constexpr Timestamp kDecided{std::chrono::sys_days(std::chrono::year(2026) / 3 / 2)};

  fs::path folder{};
  Options options{};
  std::shared_ptr<http::ScriptedTransport> transport =
      std::make_shared<http::ScriptedTransport>("https://crm.example");
  std::shared_ptr<adapter::Adapter> adapter{};
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>(kDecided);
  Context context{clock, {}};
  adapter::Selection claims{.object = "Claim", .id = "ClaimID"};
};

}  // namespace channelbridge::soap::test
