#include "scripted_service.hpp"

#include <fstream>
#include <iterator>

namespace channelbridge::odata {

std::string fixture(const std::string& name) {
  std::ifstream in(std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/sap/" + name,
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

http::Response json_answer(std::string body, int status) {
  return {
      .status = status,
      .headers = {{"content-type", "application/json"}, {"date", "Thu, 01 Jan 2026 00:00:00 GMT"}},
      .body = std::move(body)};
}

std::string decoded(std::string_view target) {
  const auto hex = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] == '%' && i + 2 < target.size()) {
      out += static_cast<char>(hex(target[i + 1]) * 16 + hex(target[i + 2]));
      i += 2;
    } else {
      out += target[i];
    }
  }
  return out;
}

http::Response multipart(const std::vector<std::string>& places) {
  std::string body;
  for (const std::string& place : places) body += "--b\r\n" + place + "\r\n";
  return {.status = 202,
          .headers = {{"content-type", "multipart/mixed; boundary=b"}},
          .body = body + "--b--\r\n"};
}

std::string part(const std::string& status, const std::string& body, const std::string& extra) {
  return "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 " +
         status + "\r\nContent-Type: application/json\r\n" + extra + "\r\n" + body + "\r\n";
}

std::string group(const std::vector<std::string>& parts) {
  std::string body = "Content-Type: multipart/mixed; boundary=c\r\n\r\n";
  for (const std::string& one : parts) body += "--c\r\n" + one + "\r\n";
  return body + "--c--\r\n";
}

Scripted script(const std::string& edmx, ScriptedTransport::Answer answer, Options options) {
  Scripted out;
  const std::string metadata = fixture(edmx);
  out.transport = std::make_shared<ScriptedTransport>(
      [metadata,
       answer = std::move(answer)](const http::Request& request) -> Result<http::Response> {
        if (request.target.find("$metadata") != std::string::npos) {
          return http::Response{
              .status = 200, .headers = {{"content-type", "application/xml"}}, .body = metadata};
        }
        return answer(request);
      });
  http::PipelineOptions pipeline{.system = "erp", .random = seeded_random(7)};
  out.adapter = *make_adapter(out.transport, std::move(pipeline), std::move(options));
  return out;
}

}  // namespace channelbridge::odata
