#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "channelbridge/idoc/idoc.hpp"
#include "channelbridge/testing/fakes.hpp"

namespace channelbridge::idoc::test {

namespace fs = std::filesystem;

inline std::string fixture(const std::string& name) {
  std::ifstream in(std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/sap/idoc/" + name,
                   std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_TRUE(in.good()) << name;
  return text.str();
}

/// A port that answers what the test wrote down, else that it has stored the IDoc.
class Port final : public http::Transport {
 public:
  Result<http::Response> send(const http::Request& request, const Context&) override {
    requests.push_back(request);
    if (!answers.empty()) {
      Result<http::Response> next = std::move(answers.front());
      answers.pop_front();
      return next;
    }
    return http::Response{.status = 200,
                          .headers = {{"content-type", "text/html"}},
                          .body = "<html><body>IDoc-XML-inbound ok</body></html>"};
  }
  const std::string& origin() const override { return origin_; }

  std::vector<http::Request> requests;
  std::deque<Result<http::Response>> answers;

 private:
  std::string origin_{"http://erp.example"};
};

/// A system that leaves its IDocs in a folder, gone with the test.
struct SapSystem {
  explicit SapSystem(Options with = {}) : options(std::move(with)) {
    std::string name = (fs::temp_directory_path() / "channelbridge-idoc-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    options.received = folder.string();
    options.client = "100";
    options.partner = {.number = "ERPCLNT100", .port = "SAPERP"};
    options.self = {.number = "CHBRIDGE", .port = "CHBRIDGE"};
    options.time_zone = "Europe/Berlin";
    open();
  }
  ~SapSystem() {
    std::error_code ignored;  // a leftover folder of a test harms nobody
    fs::remove_all(folder, ignored);
  }
  SapSystem(const SapSystem&) = delete;
  SapSystem& operator=(const SapSystem&) = delete;

  /// Another process.
  void open() {
    auto made = make_adapter(port, {.system = "erp"}, options);
    ASSERT_TRUE(made) << to_string(made.error());
    adapter = *made;
  }

  /// The system leaves a file; each one is a minute younger than the one before.
  void leaves(const std::string& name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
    saved += std::chrono::minutes(1);
    fs::last_write_time(folder / name, fs::file_time_type::clock::from_sys(saved));
  }
  static std::string control(const std::string& type, const std::string& message,
                             const std::string& number, const std::string& day = "20260301") {
    return "<EDI_DC40 SEGMENT=\"1\"><TABNAM>EDI_DC40</TABNAM><MANDT>100</MANDT><DOCNUM>" + number +
           "</DOCNUM><DIRECT>1</DIRECT><IDOCTYP>" + type + "</IDOCTYP><MESTYP>" + message +
           "</MESTYP><SNDPRT>LS</SNDPRT><SNDPRN>ERPCLNT100</SNDPRN><RCVPRT>LS</RCVPRT><RCVPRN>"
           "CHBRIDGE</RCVPRN><CREDAT>" +
           day + "</CREDAT><CRETIM>101500</CRETIM></EDI_DC40>";
  }
  static std::string idoc(const std::string& type, const std::string& message,
                          const std::string& number, const std::string& segments,
                          const std::string& day = "20260301") {
    return "<" + type + "><IDOC BEGIN=\"1\">" + control(type, message, number, day) + segments +
           "</IDOC></" + type + ">";
  }
  static std::string confirmation(const std::string& number, const std::string& po,
                                  const std::string& items, const std::string& day = "20260301") {
    return idoc("ORDERS05", "ORDRSP", number,
                "<E1EDKA1 SEGMENT=\"1\"><PARVW>AG</PARVW><PARTN>0000301800</PARTN></E1EDKA1>"
                "<E1EDK02 SEGMENT=\"1\"><QUALF>001</QUALF><BELNR>" +
                    po + "</BELNR></E1EDK02>" + items,
                day);
  }
  static std::string status_of(const std::string& archive_key, const std::string& status,
                               const std::string& text = {}, const std::string& time = "101500") {
    return idoc("SYSTAT01", "STATUS", "0000000000009" + status + time.substr(0, 1),
                "<E1STATS SEGMENT=\"1\"><LOGDAT>20260301</LOGDAT><LOGTIM>" + time +
                    "</LOGTIM><STATUS>" + status + "</STATUS><STATXT>" + text +
                    "</STATXT><STAPA1>99999</STAPA1><ARCKEY>" + archive_key +
                    "</ARCKEY></E1STATS>");
  }

  adapter::Page read(const adapter::Selection& selection, const adapter::Cursor& cursor = {},
                     std::size_t size = 100) {
    auto page = adapter->read(selection, cursor, size, context);
    EXPECT_TRUE(page) << (page ? "" : to_string(page.error()));
    return page ? *page : adapter::Page{};
  }
  static adapter::WriteRequest order(const std::string& body = kOrder,
                                     const std::string& number = kNumber) {
    return {.nodes = {{.operation = adapter::Operation::Create, .object = "ORDERS", .body = body}},
            .correlation = kRecord,
            .number = number,
            .decided = kDecided};
  }
  adapter::NodeOutcome write(const adapter::WriteRequest& request) {
    auto outcomes = adapter->write(orders, {request}, context);
    EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
    return outcomes ? outcomes->front().nodes.front() : adapter::NodeOutcome{};
  }
  adapter::NodeOutcome ask(const adapter::WriteRequest& request, bool repeatable = false) {
    auto outcomes = adapter->settled(
        orders, {{.request = request, .sent = clock->now(), .repeatable = repeatable}}, context);
    EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
    return outcomes ? outcomes->front().nodes.front() : adapter::NodeOutcome{};
  }

  static constexpr const char* kRecord = "018f2b6a-5c1e-7d3a-9b1f-1c2d3e4f5a6b";
  static constexpr const char* kNumber = "018f2b6a-5c1e-7d3a-9b1f-aaaaaaaaaaaa";
  static constexpr const char* kArchiveKey =
      "018f2b6a5c1e7d3a9b1faaaaaaaaaaaa-018f2b6a5c1e7d3a9b1f1c2d3e4f5a6b";
  static constexpr const char* kOrder =
      "<ORDERS><E1EDP01><MENGE>5</MENGE><POSEX>000010</POSEX></E1EDP01>"
      "<E1EDKA1><PARTN>0000301800</PARTN><PARVW>AG</PARVW></E1EDKA1>"
      "<E1EDK02><QUALF>001</QUALF><BELNR>PO &amp; 1</BELNR></E1EDK02>"
      "<E1EDK01><CURCY>EUR</CURCY></E1EDK01></ORDERS>";

  static constexpr Timestamp kDecided{std::chrono::sys_days(std::chrono::year(2026) / 3 / 2)};

  fs::path folder;
  Options options;
  std::shared_ptr<Port> port = std::make_shared<Port>();
  std::shared_ptr<adapter::Adapter> adapter;
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>(kDecided);
  Context context{clock, {}};
  std::chrono::sys_seconds saved{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
  adapter::Selection orders{.object = "ORDERS",
                            .id = "E1EDKA1[PARVW=AG]/PARTN,E1EDK02[QUALF=001]/BELNR"};
  adapter::Selection confirmations{.object = "ORDRSP", .id = orders.id};
};

}  // namespace channelbridge::idoc::test
