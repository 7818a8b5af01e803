#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "channelbridge/core/sha256.hpp"
#include "evidence_internal.hpp"

namespace channelbridge::salesforce {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FileFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "channelbridge-files-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    std::error_code ignored;  // a leftover folder of a test harms nobody
    fs::remove_all(folder_, ignored);
  }
  static std::string refusal(const Result<std::string>& read) {
    EXPECT_FALSE(read);
    if (read) return {};
    EXPECT_EQ(read.error().code(), ErrorCode::Rejected);
    EXPECT_EQ(read.error().sent(), Sent::No);
    return read.error().message();
  }

  fs::path folder_{};
};

TEST_F(FileFolderTest, GivesBackWhatWasKeptUnderItsHash) {
  FileFolder files((folder_ / "below").string(), 100);
  const std::string bytes("a\0b\r\n", 5);
  const std::string hash = sha256_hex(bytes);
  ASSERT_TRUE(files.keep(hash, bytes));
  ASSERT_TRUE(files.keep(hash, bytes)) << "what is there stays";
  const auto read = files.read(hash);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, bytes);
  ASSERT_TRUE(files.keep(sha256_hex(""), ""));
  EXPECT_EQ(*files.read(sha256_hex("")), "");
}

TEST_F(FileFolderTest, AFileThatHasChangedIsNoEvidence) {
  const FileFolder files(folder_.string(), 100);
  const std::string hash = sha256_hex("invoice of 100.00");
  std::ofstream(folder_ / hash) << "invoice of 900.00";
  const std::string message = refusal(files.read(hash));
  EXPECT_THAT(message, HasSubstr("has changed"));
  EXPECT_THAT(message, HasSubstr(sha256_hex("invoice of 900.00")));
}

TEST_F(FileFolderTest, SaysWhatIsMissingAndWhatIsTooLarge) {
  const FileFolder files(folder_.string(), 5);
  const std::string hash = sha256_hex("123456");
  EXPECT_THAT(refusal(files.read(hash)), HasSubstr("there is no file"));
  std::ofstream(folder_ / hash) << "123456";
  EXPECT_THAT(refusal(files.read(hash)), HasSubstr("6 bytes, more than the 5"));
  EXPECT_THAT(refusal(FileFolder("", 5).read(hash)), HasSubstr("funds.files"));
}

TEST_F(FileFolderTest, NoNameLeadsOutOfIt) {
  std::ofstream(folder_ / "secret") << "x";
  fs::create_directory(folder_ / "files");
  const FileFolder files((folder_ / "files").string(), 100);
  for (const char* name : {"../secret", "", "A", "g"})
    EXPECT_THAT(refusal(files.read(name)), HasSubstr("is no SHA-256")) << name;
}

}  // namespace
}  // namespace channelbridge::salesforce
