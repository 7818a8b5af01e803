#pragma once

#include <string>
#include <vector>

#include "org_script.hpp"

namespace channelbridge::salesforce::test {

using adapter::Operation;
using adapter::WriteRequest;
using adapter::WriteStatus;
using nlohmann::json;

inline constexpr const char* kJob = "750R0000000zlh9IAA";

inline WriteRequest bulk_create(const std::string& record, const std::string& body) {
  return {.nodes = {{.operation = Operation::Create, .object = "Lead", .body = body}},
          .correlation_path = "ChannelbridgeId__c",
          .correlation = record};
}
inline WriteRequest bulk_update(const std::string& key, const std::string& body) {
  return {.nodes = {{.operation = Operation::Update, .object = "Lead", .key = key, .body = body}}};
}

inline std::string told(const char* state, std::uint64_t processed = 0, const char* error = "") {
  json body = {{"id", kJob}, {"state", state}, {"object", "Lead"}};
  body["numberRecordsProcessed"] = processed;
  if (*error != '\0') body["errorMessage"] = error;
  return body.dump();
}

/// A page with these jobs, and no other behind it.
inline std::string listed(const std::vector<json>& jobs) {
  return json{{"done", true}, {"nextRecordsUrl", nullptr}, {"records", jobs}}.dump();
}

inline const Error kLost = Error(ErrorCode::Unavailable, "no answer").with_sent(Sent::NoAnswer);
inline const std::string kNoJobs = R"({"done":true,"records":[],"nextRecordsUrl":null})";

inline const std::string kDone = "\"sf__Id\",\"sf__Created\",\"ChannelbridgeId__c\",\"LastName\"\n";
inline const std::string kFailed = "\"sf__Id\",\"sf__Error\",\"ChannelbridgeId__c\",\"LastName\"\n";
inline const std::string kUntried = "\"ChannelbridgeId__c\",\"LastName\"\n";
inline const std::vector<WriteRequest> kThree = {bulk_create("r1", R"({"LastName":"A"})"),
                                                 bulk_create("r2", R"({"LastName":"B"})"),
                                                 bulk_create("r3", R"({"LastName":"C"})")};

/// An org whose jobs take any number of records from two on.
struct BulkOrg : Org {
  BulkOrg() : BulkOrg(from_two()) {}
  explicit BulkOrg(Options options) : Org(std::move(options)) { script->jobs_are_listed = true; }
  static Options with_updates() {
    Options options = from_two();
    options.bulk.updates = true;
    return options;
  }
  static Options from_two() {
    Options options = with_overlay();
    options.bulk.use = true;
    options.bulk.from_records = 2;
    return options;
  }
  /// A job that is made, filled and closed.
  void begins() {
    script->say(200, told("Open"));
    script->say(201, "");
    script->say(200, told("UploadComplete"));
  }
  /// The same, and asked for once.
  void runs(const char* state, std::uint64_t processed = 0, const char* error = "") {
    begins();
    script->say(200, told(state, processed, error));
  }
  /// The results of a job that has created kThree.
  void has_created_three() {
    script->say(200, kDone +
                         "\"00QR00000064wc7\",\"true\",\"r1\",\"A\"\n"
                         "\"00QR00000064wc8\",\"true\",\"r2\",\"B\"\n"
                         "\"00QR00000064wc9\",\"true\",\"r3\",\"C\"\n");
    script->say(200, kFailed);
  }
  std::vector<adapter::NodeOutcome> write(const std::vector<WriteRequest>& requests) {
    auto outcomes = adapter->write(leads(), requests, context);
    EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
    std::vector<adapter::NodeOutcome> nodes;
    if (!outcomes) return nodes;
    for (const auto& outcome : *outcomes) nodes.push_back(outcome.nodes.at(0));
    return nodes;
  }
  const http::Request& sent(std::size_t at) { return script->requests.at(at); }
  std::size_t aborts() {
    std::size_t count = 0;
    for (const auto& request : script->requests)
      count += request.body == R"({"state":"Aborted"})" ? 1U : 0U;
    return count;
  }
};

}  // namespace channelbridge::salesforce::test
