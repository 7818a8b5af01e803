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
