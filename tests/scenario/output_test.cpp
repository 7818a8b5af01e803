#include "output.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

TEST(ProgressLine, FitsTheTerminalAndSaysWhatItLeavesOut) {
  const std::vector<std::string> entries{"erp-partners pull 200", "crm-partners push 30",
                                         "crm-leads pull 2000"};
  EXPECT_EQ(progress_line(entries, 79),
            "erp-partners pull 200  crm-partners push 30  crm-leads pull 2000");
  EXPECT_EQ(progress_line(entries, 60), "erp-partners pull 200  crm-partners push 30  +1 more");
  EXPECT_EQ(progress_line(entries, 40), "erp-partners pull 200  +2 more");
  EXPECT_EQ(progress_line(entries, 12), "erp-partners");
  EXPECT_EQ(progress_line({}, 12), "");
}

TEST(ProgressLine, IsCutBetweenCharactersByTheColumnsThatTheyTake) {
  EXPECT_EQ(progress_line({"händler pull 1"}, 3), "hän");
  EXPECT_EQ(progress_line({"顧客 pull 1"}, 3), "顧") << "each takes two columns";
  EXPECT_EQ(display_width(progress_line({"顧客 pull 1"}, 4)), 4U);
  EXPECT_EQ(fitting("\xE9\xA1", 5), "\xE9\xA1") << "a broken end is the end";
}

}  // namespace
}  // namespace cli
