#include "channelbridge/core/shown.hpp"

#include <gtest/gtest.h>

namespace channelbridge {
namespace {

TEST(Shown, KeepsATextThatFits) { EXPECT_EQ(shown("Köln, 北京 😀", 100), "Köln, 北京 😀"); }

TEST(Shown, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(shown("ääää", 8), "ääää");
  EXPECT_EQ(shown("ääää", 7), "äää…");
  EXPECT_EQ(shown("a😀", 4), "a…");
}

TEST(Shown, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(shown("a\xFFz", 100), "a\xEF\xBF\xBDz");
  EXPECT_EQ(shown("\xC3", 100), "\xEF\xBF\xBD");
  for (const char* bytes : {"\xC0\x80", "\xED\xA0", "\xF4\x90", "\xE0\x9F"})
    EXPECT_EQ(shown(bytes, 100), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Shown, LetsNobodyDrawOnTheTerminal) {
  EXPECT_EQ(shown("a\x1b[31mb\r\nc\x7f", 100), "a [31mb  c ");
}

}  // namespace
}  // namespace channelbridge
