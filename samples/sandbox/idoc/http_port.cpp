#include "sandbox/idoc/http_port.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPBasicCredentials.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/NullStream.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

namespace channelbridge::sandbox {

namespace net = Poco::Net;

HttpPort::HttpPort(std::string partner, std::string user, std::string password,
                   std::chrono::milliseconds again, IdocService& service, Desk& desk)
    : partner_(std::move(partner)),
      user_(std::move(user)),
      password_(std::move(password)),
      again_(again),
      service_(service),
      desk_(desk),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

void HttpPort::work(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds kLook{20};
  const auto clock = system_clock();
  while (!stop.stop_requested()) {
    const auto next = service_.next_to_post();
    int status = 0;
    if (next) {
      status = post(next->second);
      if (desk_.faults.take("duplicate_delivery", "POST " + Poco::URI(partner_).getPath()))
        status = post(next->second);
      service_.posted(next->first, status);
    }
    const auto pause = !next ? kLook : status == 200 ? std::chrono::milliseconds(0) : again_;
    if (pause.count() > 0) clock->sleep_until(clock->steady_now() + pause, stop);
  }
}

int HttpPort::post(const std::string& text) const {
  constexpr int kSeconds = 10;
  try {
    const Poco::URI target(partner_);
    net::HTTPClientSession session(target.getHost(), target.getPort());
    session.setTimeout(Poco::Timespan(kSeconds, 0));
    net::HTTPRequest request(net::HTTPRequest::HTTP_POST, target.getPathEtc(),
                             net::HTTPMessage::HTTP_1_1);
    request.setContentType("text/xml; charset=utf-8");
    request.setContentLength64(static_cast<Poco::Int64>(text.size()));
    if (!user_.empty()) net::HTTPBasicCredentials(user_, password_).authenticate(request);
    session.sendRequest(request).write(text.data(), static_cast<std::streamsize>(text.size()));
    net::HTTPResponse response;
    Poco::NullOutputStream nowhere;
    Poco::StreamCopier::copyStream(session.receiveResponse(response), nowhere);
    return response.getStatus();
  } catch (const Poco::Exception&) {  // nobody listens there yet, or the connection broke
    return 0;
  }
}

}  // namespace channelbridge::sandbox
