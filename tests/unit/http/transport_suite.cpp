#include "transport_suite.hpp"

namespace channelbridge::http {
namespace {

std::string transport_name(const ::testing::TestParamInfo<std::string>& test) { return test.param; }

TEST(CpprestThreads, AreSizedOnceBeforeTheFirstUse) {
  EXPECT_FALSE(set_cpprest_threads(0));
  EXPECT_TRUE(set_cpprest_threads(4));
  EXPECT_FALSE(set_cpprest_threads(4));
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Both, TransportFaults, ::testing::Values("poco", "cpprest"),
                         transport_name);

}  // namespace channelbridge::http
