#include "channelbridge/core/durable_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace channelbridge {
namespace {

namespace fs = std::filesystem;

class DurableFileTest : public ::testing::Test {
 protected:
  DurableFileTest() {
    std::string name = (fs::temp_directory_path() / "channelbridge-durable-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~DurableFileTest() override {
    std::error_code ignored;  // a leftover folder of a test harms nobody
    fs::remove_all(folder_, ignored);
  }

  std::string path() const { return (folder_ / "prices.csv").string(); }
  std::string text() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_))
      out.push_back(entry.path().filename().string());
    return out;
  }

  fs::path folder_;
};

TEST_F(DurableFileTest, ReplacesTheOldFileOnlyWhenItIsWhole) {
  std::ofstream(path()) << "old";
  const std::string large(200'000, 'x');  // more than is buffered
  {
    DurableFile file(path());
    ASSERT_TRUE(file.write("new "));
    ASSERT_TRUE(file.write(large));
    EXPECT_EQ(text(), "old");
    ASSERT_TRUE(file.finish());
  }
  EXPECT_EQ(text(), "new " + large);
  EXPECT_EQ(names(), std::vector<std::string>{"prices.csv"});
}

TEST_F(DurableFileTest, LeavesNothingWhenItIsGivenUp) {
  {
    DurableFile file(path());
    ASSERT_TRUE(file.write(std::string(200'000, 'x')));
  }
  EXPECT_TRUE(names().empty());
}

TEST_F(DurableFileTest, SaysWhyItCannotBeMade) {
  DurableFile file((folder_ / "no-such-folder" / "prices.csv").string());
  for (const Result<void>& result : {file.write("new"), file.finish()}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::Internal);
    EXPECT_EQ(result.error().sent(), Sent::No);
    EXPECT_NE(result.error().message().find("No such file"), std::string::npos) << result.error();
  }
}

}  // namespace
}  // namespace channelbridge
