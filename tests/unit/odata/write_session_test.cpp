#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "written_partners.hpp"

namespace channelbridge::odata {
namespace {

using adapter::WriteStatus;

/// A credential whose first token is taken for none.
class RenewedCredential final : public http::Credential {
 public:
  Result<http::Authorization> authorize(const Context&) override {
    return http::Authorization{.header = Secret("Bearer " + std::to_string(token_))};
  }
  void invalidate(const http::Authorization&) override { ++token_; }

 private:
  int token_{1};
};

TEST(ODataWrite, AWriteWhoseTokenCouldNotBeFetchedHasNotLeft) {
  const std::string metadata = fixture(kPartners);
  for (const bool batch : {true, false}) {
    for (const bool renewed : {true, false}) {
      const auto transport = std::make_shared<ScriptedTransport>(
          [&](const http::Request& request) -> Result<http::Response> {
            if (request.target.find("$metadata") != std::string::npos)
              return http::Response{.status = 200,
                                    .headers = {{"content-type", "application/xml"}},
                                    .body = metadata};
            if (request.method != "GET" && !batch) return http::Response{.status = 204};
            if (request.method != "GET") return multipart({group({part("204 No Content")})});
            if (renewed && request.headers.get("authorization") == "Bearer 2")
              return http::Response{.status = 200, .headers = {{"x-csrf-token", "T"}}};
            return http::Response{.status = 200,
                                  .headers = {{"content-type", "text/html"}},
                                  .body = "<html>log on</html>"};
          });
      Options options;
      options.csrf = true;
      options.batch = batch;
      const auto adapter = *make_adapter(transport,
                                         {.system = "erp",
                                          .credential = std::make_shared<RenewedCredential>(),
                                          .random = seeded_random(7)},
                                         options);
      const Context context(std::make_shared<testing::ManualClock>(), {});
      const auto outcomes = adapter->write(partners(), {update("1", "A")}, context);
      std::size_t writes = 0;
      for (const http::Request& sent : transport->requests()) writes += sent.method != "GET";
      EXPECT_EQ(writes, renewed ? 1U : 0U);
      if (renewed) {
        ASSERT_TRUE(outcomes) << to_string(outcomes.error());
        EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Updated);
      } else if (outcomes) {
        EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Retry);
      } else {
        EXPECT_EQ(outcomes.error().code(), ErrorCode::Unauthenticated);
      }
    }
  }
}

TEST(ODataWrite, AWriteThatIsLedElsewhereIsUnknownOnlyWhereItMayHaveBeenDone) {
  for (const int status : {303, 307}) {
    Options options;
    options.batch = false;
    Scripted service = script(
        kPartners,
        [status](const http::Request&) {
          return http::Response{
              .status = status,
              .headers = {{"content-type", "text/html"}, {"location", "https://other.example/"}},
              .body = "<html>moved</html>"};
        },
        options);
    const auto outcomes = service.adapter->write(partners(), {update("1", "A")}, service.context());
    if (status == 307) {
      ASSERT_FALSE(outcomes);
      EXPECT_EQ(outcomes.error().sent(), Sent::No) << "the same request is wanted elsewhere";
      continue;
    }
    ASSERT_TRUE(outcomes);
    EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Unknown);
    EXPECT_EQ(outcomes->at(0).nodes[0].error->code(), ErrorCode::Unavailable);
  }
}

}  // namespace
}  // namespace channelbridge::odata
