#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "channelbridge/salesforce/salesforce.hpp"
#include "channelbridge/testing/fakes.hpp"

namespace channelbridge::salesforce::test {

inline constexpr const char* kA = "00QR00000064wc7AAA";
inline constexpr const char* kT1 = "2026-03-01T09:00:00.000+0000";

inline std::string fixture(const std::string& name) {
  const std::string path =
      std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/salesforce/" + name;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_TRUE(in.good()) << path;
  return text.str();
}

inline http::Response answer(int status, std::string body, http::Headers headers = {}) {
  headers.add("Content-Type", "application/json;charset=UTF-8");
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

/// An org that answers what the test wrote down. The server's clock, the describes of the fixtures
/// and, unless the test says otherwise, the (empty) list of jobs answer by themselves; everything
/// else comes from `say`, in order.
class OrgScript final : public http::Transport {
 public:
  ~OrgScript() override { EXPECT_TRUE(answers_.empty()) << answers_.size() << " answers unused"; }

  void say(Result<http::Response> next) { answers_.push_back(std::move(next)); }
  void forget() { answers_.clear(); }
  void say(int status, std::string body) { say(answer(status, std::move(body))); }

  Result<http::Response> send(const http::Request& request, const Context&) override {
    if (meanwhile) meanwhile(request);
    const std::lock_guard lock(mutex_);
    if (request.target == "/services/data") {
      return answer(200, "[]", {{"Date", to_http_date(server_time)}});
    }
    static constexpr std::string_view kDescribe = "/services/data/v60.0/sobjects/";
    if (request.target.starts_with(kDescribe) && request.target.ends_with("/describe")) {
      ++describes;
      const std::string object = request.target.substr(
          kDescribe.size(), request.target.find('/', kDescribe.size()) - kDescribe.size());
      return answer(200, fixture("describe_" + object + ".json"));
    }
    const bool lists_jobs =
        request.method == "GET" &&
        request.target.substr(0, request.target.find('?')) == "/services/data/v60.0/jobs/ingest";
    if (lists_jobs && !jobs_are_listed)
      return answer(200, R"({"done":true,"records":[],"nextRecordsUrl":null})");
    requests.push_back(request);
    if (answers_.empty() && otherwise) return *otherwise;
    if (answers_.empty()) {
      ADD_FAILURE() << "unexpected " << request.method << " " << request.target;
      return Error(ErrorCode::Internal, "the script has ended").with_sent(Sent::No);
    }
    Result<http::Response> next = std::move(answers_.front());
    answers_.pop_front();
    if (next && request.sink && next->status < 300) {
      if (auto begun = request.sink->begin(*next); !begun) return std::move(begun).error();
      if (auto taken = request.sink->take(next->body); !taken) return std::move(taken).error();
      next->body.clear();
    }
    return next;
  }
  const std::string& origin() const override { return origin_; }

  std::vector<http::Request> requests{};                  ///< those of the script
  bool jobs_are_listed{};                                 ///< by the script
  std::optional<Result<http::Response>> otherwise{};      ///< where nothing more was said
  std::function<void(const http::Request&)> meanwhile{};  ///< what happens before an answer
  int describes{};
  Timestamp server_time{*parse_iso8601("2026-03-01T10:00:00Z")};

 private:
  std::mutex mutex_;
  std::deque<Result<http::Response>> answers_;
  std::string origin_{"https://login.example"};
};

/// Unescapes a query target back to its SOQL.
inline std::string soql_of(const http::Request& request) {
  std::string out;
  const std::string text = request.target.substr(request.target.find("q=") + 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

struct Org {
  explicit Org(Options options = with_overlay()) {
    auto made = make_salesforce(script, {.system = "crm", .log = log, .random = seeded_random(7)},
                                std::move(options));
    EXPECT_TRUE(made) << (made ? "" : to_string(made.error()));
    adapter = *made;
  }
  static Options with_overlay() {
    Options options;
    options.bulk.use = false;  // those tests say so that mean jobs
    options.overlay =
        std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/salesforce/overlay.json";
    return options;
  }

  std::shared_ptr<OrgScript> script = std::make_shared<OrgScript>();
  std::shared_ptr<testing::MemoryLog> log = std::make_shared<testing::MemoryLog>();
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  Context context{clock, {}};
  std::shared_ptr<adapter::Adapter> adapter;
};

inline adapter::Selection leads() {
  return {.object = "Lead",
          .id = "Id",
          .version = "SystemModstamp",
          .modified = "LastModifiedDate",
          .correlation = "ChannelbridgeId__c",
          .paths = {"LastName", "Company", "Status"}};
}

/// One row of a query's answer.
inline nlohmann::json lead_row(const std::string& id, const std::string& stamp,
                               nlohmann::json more = nlohmann::json::object()) {
  nlohmann::json row = {{"attributes", {{"type", "Lead"}}},
                        {"Id", id},
                        {"SystemModstamp", stamp},
                        {"LastModifiedDate", stamp},
                        {"ChannelbridgeId__c", nullptr},
                        {"LastName", "Smith"},
                        {"Company", "Acme"},
                        {"Status", "Open"},
                        {"IsDeleted", false},
                        {"MasterRecordId", nullptr},
                        {"IsConverted", false}};
  row.update(more);
  return row;
}

inline std::string rows(const std::vector<nlohmann::json>& records, bool done = true) {
  nlohmann::json body = {
      {"totalSize", records.size() + (done ? 0 : 1)}, {"done", done}, {"records", records}};
  if (!done) body["nextRecordsUrl"] = "/services/data/v60.0/query/01gRO0000016PIAYA2-500";
  return body.dump();
}

}  // namespace channelbridge::salesforce::test
