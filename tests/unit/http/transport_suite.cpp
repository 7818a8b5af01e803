#include "transport_suite.hpp"

namespace channelbridge::http {
namespace {

std::string transport_name(const ::testing::TestParamInfo<std::string>& test) { return test.param; }

}  // namespace

INSTANTIATE_TEST_SUITE_P(Both, TransportFaults, ::testing::Values("poco"), transport_name);

}  // namespace channelbridge::http
