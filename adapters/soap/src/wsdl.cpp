#include "channelbridge/soap/wsdl.hpp"

#include "channelbridge/core/nearest.hpp"
#include "wsdl_reader_internal.hpp"

namespace channelbridge::soap {
namespace {

std::string guess(std::string_view name, const std::vector<std::string>& known) {
  const std::string near = nearest_word(name, known);
  return near.empty() ? std::string() : " (did you mean '" + near + "'?)";
}

}  // namespace

Result<std::shared_ptr<const Wsdl>> Wsdl::load(const std::string& file,
                                               const WsdlOptions& options) {
  return WsdlReader(options).read(file, nullptr);
}

Result<std::shared_ptr<const Wsdl>> Wsdl::parse(std::string_view text, const std::string& file,
                                                const WsdlOptions& options) {
  return WsdlReader(options).read(file, &text);
}

Result<const Port*> Wsdl::port(std::string_view name, std::optional<Version> version) const {
  const Port* first = nullptr;
  std::vector<std::string> known;
  for (const Service& service : services_) {
    for (const Port& port : service.ports) {
      if (version && port.version != *version) continue;
      known.push_back(port.name);
      if (port.name == name) return &port;
      const bool better = first == nullptr ||
                          (first->version == Version::Soap12 && port.version == Version::Soap11);
      if (name.empty() && better) first = &port;
    }
  }
  if (first != nullptr) return first;
  return Error(ErrorCode::NotFound,
               name.empty()
                   ? std::string("no port speaks that version of SOAP")
                   : "the service has no port '" + std::string(name) + "'" + guess(name, known));
}

Result<const Operation*> Wsdl::operation(const Port& port, std::string_view name) {
  std::vector<std::string> known;
  for (const Operation& each : port.operations) {
    known.push_back(each.name);
    if (each.name != name) continue;
    if (!each.refused) return &each;
    return Error(ErrorCode::Unsupported, to_string(*each.refused)).with_problems({*each.refused});
  }
  return Error(ErrorCode::NotFound, "the port '" + port.name + "' has no operation '" +
                                        std::string(name) + "'" + guess(name, known));
}

}  // namespace channelbridge::soap
