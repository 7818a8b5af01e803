#pragma once

#include <string>
#include <utility>
#include <vector>

namespace channelbridge::sandbox::odata {

/// A request that the system does not carry out. Thrown inside the engine, from the place that
/// knows why; the service turns it into the version's error body and rolls the change set back.
struct Refusal {
  struct Detail {
    std::string code{}, message{}, target{};
  };

  int status = 400;
  std::string code{};
  std::string message{};
  std::string target{};
  std::vector<Detail> details{};
};

// Codes of the Gateway runtime: sap.com/help "OData error codes", seen in published error bodies.
inline constexpr const char* kBadRequest = "/IWBEP/CM_MGW_RT/021";
inline constexpr const char* kBusiness = "/IWBEP/CM_MGW_RT/022";
inline constexpr const char* kNotFound = "/IWBEP/CM_MGW_RT/020";
inline constexpr const char* kStale = "/IWBEP/CM_MGW_RT/190";
inline constexpr const char* kMalformed = "CX_SXML_PARSE_ERROR";

[[noreturn]] inline void refuse(int status, const std::string& code, const std::string& message,
                                const std::string& target = {}) {
  throw Refusal{status, code, message, target, {}};
}

}  // namespace channelbridge::sandbox::odata
