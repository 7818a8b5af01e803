#include <gtest/gtest.h>

#include "channelbridge/http/encoding.hpp"
#include "gzip.hpp"
#include "http/wire_internal.hpp"

namespace channelbridge::http {
namespace {

Result<std::string> decode(const std::string& bytes, std::size_t limit, std::size_t step) {
  BodyDecoder decoder(limit);
  Response response{.status = 200, .headers = {{"Content-Encoding", "gzip"}}};
  if (auto started = decoder.start(response, true); !started) return started.error();
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    if (auto kept = decoder.append(std::string_view(bytes).substr(i, step)); !kept)
      return kept.error();
  }
  if (auto finished = decoder.finish(response); !finished) return finished.error();
  return response.body;
}

TEST(Encoding, EncodesAllButUnreservedCharacters) {
  EXPECT_EQ(encode_component("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(encode_component("a b+c/ä?&=%"), "a%20b%2Bc%2F%C3%A4%3F%26%3D%25");
  EXPECT_EQ(encode_form({{"a", "x y"}, {"b", "1&2"}}), "a=x+y&b=1%262");
}

TEST(Encoding, Base64MatchesRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url("\xff\xef\xfe"), "_-_-");
  EXPECT_EQ(base64url("f"), "Zg");
}

TEST(Encoding, HeaderValuesHaveNoControlCharacters) {
  EXPECT_TRUE(is_header_value("a b; c=\"d\""));
  EXPECT_TRUE(is_header_value(""));
  for (const char* bad : {"a\r\nb", "a\n", "\ta", " a", "a ", "a\x7f"})
    EXPECT_FALSE(is_header_value(bad)) << bad;
  EXPECT_FALSE(is_header_value(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_header_name("X-Api-Key"));
  for (const char* bad : {"", "a b", "a:", "a\r\n", "ä"}) EXPECT_FALSE(is_header_name(bad)) << bad;
}

TEST(Wire, ReadsOrigins) {
  EXPECT_EQ(parse_origin("https://Erp.Example:44300")->text(), "https://erp.example:44300");
  EXPECT_EQ(parse_origin("https://erp.example:443/")->text(), "https://erp.example");
  EXPECT_EQ(parse_origin("HTTP://erp.example")->port, 80);
  EXPECT_EQ(parse_origin("http://[::1]:8080")->text(), "http://[::1]:8080");
  EXPECT_EQ(parse_origin("http://[::1]:8080")->host, "::1");
  for (const char* bad :
       {"erp.example", "ftp://erp.example", "https://", "https://erp.example/path",
        "https://erp.example:0", "https://erp.example:65536", "https://erp.example:x",
        "https://erp.example:", "https://a b", "https://[::1", "https://x?y", "https://a\r\nb"})
    EXPECT_FALSE(parse_origin(bad)) << bad;
}

TEST(Wire, NeverRepeatsAPasswordWrittenIntoAnOrigin) {
  const auto origin = parse_origin("https://user:s3cret@erp.example");
  ASSERT_FALSE(origin);
  EXPECT_EQ(to_string(origin.error()).find("s3cret"), std::string::npos);
}

TEST(Wire, DecodesGzipHoweverItIsCut) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + ",";
  const std::string bytes = testing::gzip(text);
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, bytes.size()}) {
    const auto decoded = decode(bytes, 1U << 20U, step);
    ASSERT_TRUE(decoded) << decoded.error();
    EXPECT_EQ(*decoded, text);
  }
  EXPECT_EQ(*decode(bytes + testing::gzip("more"), 1U << 20U, 5), text + "more");
  EXPECT_EQ(*decode("", 10, 1), "");
}

TEST(Wire, BoundsAGzipBomb) {
  const std::string bomb = testing::gzip(std::string(50U << 20U, 'a'));
  ASSERT_LT(bomb.size(), 100'000U);
  const auto decoded = decode(bomb, 1U << 20U, 4096);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code(), ErrorCode::Protocol);
}

TEST(Wire, RefusesBrokenGzip) {
  const std::string bytes = testing::gzip("hello world, hello world");
  EXPECT_FALSE(decode(bytes.substr(0, bytes.size() - 3), 1000, 5));
  EXPECT_FALSE(decode("plain text", 1000, 5));
  EXPECT_FALSE(decode(bytes + "garbage", 1000, 5));
  std::string damaged = bytes;
  damaged[bytes.size() - 6] ^= 1;  // its checksum
  EXPECT_FALSE(decode(damaged, 1000, 5));
}

TEST(Wire, BoundsTheBodyBeforeDecoding) {
  BodyDecoder decoder(10);
  Response response{.status = 200};
  ASSERT_TRUE(decoder.start(response, true));
  EXPECT_TRUE(decoder.append("12345"));
  EXPECT_TRUE(decoder.append("67890"));
  EXPECT_FALSE(decoder.append("1"));
}

TEST(Wire, RefusesEncodingsNobodyAskedFor) {
  Response brotli{.status = 200, .headers = {{"Content-Encoding", "br"}}};
  EXPECT_FALSE(BodyDecoder(10).start(brotli, true));
  Response plain{.status = 200, .headers = {{"content-encoding", "Identity"}}};
  EXPECT_TRUE(BodyDecoder(10).start(plain, true));
}

TEST(Headers, CompareWithoutCaseAndKeepRepeats) {
  Headers headers{{"Set-Cookie", "a"}, {"X", "1"}, {"set-cookie", "b"}};
  EXPECT_EQ(headers.get("SET-COOKIE"), "a");
  EXPECT_EQ(headers.all("Set-Cookie"), (std::vector<std::string>{"a", "b"}));
  headers.set("x", "2");
  EXPECT_EQ(headers.all("X"), std::vector<std::string>{"2"});
  headers.erase("set-cookie");
  EXPECT_EQ(headers.items().size(), 1U);
  EXPECT_EQ(headers.get("none"), std::nullopt);
}

}  // namespace
}  // namespace channelbridge::http
