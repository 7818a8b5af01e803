// `channelbridge listen`: what systems post to us is on the disk before it is answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "channelbridge/http/encoding.hpp"
#include "channelbridge/http/transport.hpp"
#include "child.hpp"
#include "fault_server_tls.hpp"

namespace channelbridge {
namespace {

namespace fs = std::filesystem;
namespace kit = testing;
using ::testing::HasSubstr;

constexpr const char* kIdoc =
    "<ORDERS05><IDOC BEGIN=\"1\"><EDI_DC40 SEGMENT=\"1\"><TABNAM>EDI_DC40</TABNAM><DOCNUM>"
    "0000000000700001</DOCNUM><DIRECT>1</DIRECT><IDOCTYP>ORDERS05</IDOCTYP><MESTYP>ORDRSP</MESTYP>"
    "<SNDPRT>LS</SNDPRT><SNDPRN>ERPCLNT100</SNDPRN><RCVPRT>LS</RCVPRT><RCVPRN>CHBRIDGE</RCVPRN>"
    "</EDI_DC40><E1EDK01 SEGMENT=\"1\"><CURCY>EUR</CURCY></E1EDK01></IDOC></ORDERS05>";

class Listening : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "channelbridge-listen-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directories(folder_ / "from-sap");
    project("posts: { user: ERP, password: Welcome2 }");
  }
  void TearDown() override {
    std::error_code ignored;  // a leftover folder of a test harms nobody
    fs::remove_all(folder_, ignored);
  }
  void project(const std::string& posts) const {
    std::ofstream(folder_ / "channelbridge.yaml")
        << "systems:\n"
           "  erp: { adapter: idoc, url: 'http://127.0.0.1:9', credential: { kind: none },\n"
           "         received: from-sap, partner: { number: ERPCLNT100 },\n"
           "         self: { number: CHBRIDGE }, "
        << posts << " }\nspokes: {}\n";
  }
  /// Listens until this many requests were answered; then SIGTERM.
  kit::Ended listen(std::vector<std::string> arguments,
                    const std::vector<http::Request>& requests = {},
                    const http::TransportOptions& options = {}) {
    arguments.insert(arguments.begin(), "listen");
    for (const char* more : {"--port", "0", "-o", "json"}) arguments.emplace_back(more);
    return kit::run_child({.program = std::string(CHANNELBRIDGE_BINARY_DIR) + "/bin/channelbridge",
                           .arguments = arguments,
                           .folder = folder_,
                           .signal = SIGTERM,
                           .signal_when = [&](const std::string& out) {
                             const std::size_t end = out.find('\n');
                             const std::string line = out.substr(0, end);
                             if (end == std::string::npos || line.find("listening") == line.npos)
                               return false;
                             post_all(line, requests, options);
                             return true;
                           }});
  }
  static http::Request post(const std::string& body, const std::string& password = "Welcome2") {
    return {.method = "POST",
            .target = "/erp",
            .headers = {{"Authorization", "Basic " + http::base64("ERP:" + password)},
                        {"Content-Type", "text/xml"}},
            .body = body};
  }
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_ / "from-sap"))
      out.push_back(entry.path().filename().string());
    return out;
  }

  fs::path folder_;
  std::vector<int> answers_;

 private:
  void post_all(const std::string& announced, const std::vector<http::Request>& requests,
                const http::TransportOptions& options) {
    const auto json = nlohmann::json::parse(announced, nullptr, false);
    ASSERT_TRUE(json.is_object() && json.contains("listening")) << announced;
    std::string origin = json["listening"];
    EXPECT_EQ(json["systems"]["erp"], origin + "/erp");
    if (origin.starts_with("https")) origin.replace(origin.find("127.0.0.1"), 9, "localhost");
    const auto transport = http::make_poco_transport(origin, options);
    ASSERT_TRUE(transport) << transport.error();
    for (const http::Request& request : requests) {
      const auto answer = (*transport)->send(request, Context());
      answers_.push_back(answer ? answer->status : 0);
      EXPECT_FALSE(answers_.back() == 200 && files().empty()) << "answered too early";
    }
  }
};

TEST_F(Listening, KeepsWhatASystemPostsAndTellsOfEach) {
  const kit::Ended ended =
      listen({}, {post(kIdoc), post(kIdoc), post(kIdoc, "wrong"), post("<html/>")});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(answers_, (std::vector<int>{200, 200, 401, 400}));
  ASSERT_EQ(files().size(), 1U);
  std::ifstream in(folder_ / "from-sap" / files().front(), std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), kIdoc);
  std::vector<int> told;
  std::istringstream lines(ended.out);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["path"], "/erp");
    told.push_back(json["status"]);
  }
  EXPECT_EQ(told, answers_);
  EXPECT_THAT(ended.out, ::testing::Not(HasSubstr("Welcome2")));
}

TEST_F(Listening, SpeaksTls) {
  const kit::TestCertificates made;
  const kit::ServerTls tls = made.server();
  const kit::Ended ended =
      listen({"erp", "--certificate", tls.certificate_file, "--key", tls.key_file}, {post(kIdoc)},
             {.tls = {.ca_file = made.ca_file()}});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(answers_, std::vector<int>{200});
}

TEST_F(Listening, BeginsOnlyWhereItIsSafeAndOfUse) {
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& why) {
    const kit::Ended ended = listen(arguments);
    EXPECT_EQ(ended.code, 3) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr(why));
  };
  refused({"--address", "0.0.0.0"}, "--certificate");
  refused({"crm"}, "there is no system 'crm'");
  refused({"--key", "channelbridge.yaml"}, "--certificate");
  project("settle: 1s");
  refused({"erp"}, "posts.user");
  refused({}, "no system of this project posts to us");
}

}  // namespace
}  // namespace channelbridge
