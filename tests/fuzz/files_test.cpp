#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "channelbridge/file/file.hpp"
#include "csv_internal.hpp"
#include "fuzz.hpp"
#include "row_reader_internal.hpp"

namespace channelbridge::fuzz {
namespace {

/// A file that is written anew for every mutant.
class Scratch {
 public:
  explicit Scratch(const std::string& name)
      : path_(std::filesystem::temp_directory_path() /
              ("cb-fuzz-" + std::to_string(::getpid()) + "-" + name)) {}
  ~Scratch() {
    std::error_code ignored;  // a file left behind in /tmp is no failure of the test
    std::filesystem::remove(path_, ignored);
  }
  std::string with(const std::string& text) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
    return path_.string();
  }

 private:
  std::filesystem::path path_;
};

/// Every byte of a file belongs to exactly one row, whatever stands in it.
Taken read_rows(const std::string& path, const std::string& text, const file::Options& options) {
  auto reader = file::RowReader::open(path, options);
  if (!reader) return Taken::Refused;
  std::uint64_t offset = reader->offset();
  std::uint64_t line = 0;
  bool good = true;
  while (const auto row = reader->next()) {
    EXPECT_GE(row->offset, offset);
    EXPECT_GT(row->line, line);
    EXPECT_EQ(text.substr(row->offset, row->bytes.size()), row->bytes);
    EXPECT_FALSE(row->bytes.empty());
    if (row->bytes.empty()) break;
    offset = row->offset + row->bytes.size();
    line = row->line;
    good = good && !row->problem;
  }
  EXPECT_EQ(reader->offset(), text.size());
  return good ? Taken::Yes : Taken::Refused;
}

TEST(Fuzz, ACsvFileIsCutIntoRowsThatHoldAllOfIt) {
  const Scratch scratch("rows.csv");
  run({.name = "csv",
       .language =
           {.seeds = {"lead_id;topic;company;value\n1;Pumps;\"A; \"\"B\"\"\";100.50\n2;\"two\r\n"
                      "lines\";C;\n3;;;\n",
                      "\xEF\xBB\xBFlead_id;topic\r\n7;\xC3\xBC\r\n"},
            .words = {";", "\"", "\"\"", "\r\n", "\n", "\r", ";;", "\";\"", "lead_id"},
            .openers = {"\"", "\"\"", ";", "\n", "a;"},
            .most_bytes = 50'000},
       .parse =
           [&](const std::string& text) {
             for (const char separator : {';', ','}) {
               const file::CsvRecord record = file::read_csv_record(text, separator, true);
               EXPECT_LE(record.length, text.size());
               if (!text.empty()) {
                 EXPECT_NE(record.state, file::CsvRecord::State::Incomplete);
               }
             }
             file::Options options;
             options.separator = ';';
             options.max_row_bytes = 10'000;
             return read_rows(scratch.with(text), text, options);
           },
       .cases = 500});
}

TEST(Fuzz, AnNdjsonFileIsCutIntoRowsThatHoldAllOfIt) {
  const Scratch scratch("rows.ndjson");
  run({.name = "ndjson",
       .language = {.seeds = {"{\"lead_id\":\"1\",\"topic\":\"Pumps\"}\n{\"lead_id\":\"2\","
                              "\"value\":100.50,\"more\":{\"a\":[1,null,true]}}\n"},
                    .words = {"{", "}", "[", "]", "\"", ",", ":", "\n", "\r\n", "null", "\\"},
                    .openers = {"[", "{\"a\":", "\n", "{}\n"},
                    .most_bytes = 50'000},
       .parse =
           [&](const std::string& text) {
             file::Options options;
             options.max_row_bytes = 10'000;
             return read_rows(scratch.with(text), text, options);
           },
       .cases = 500});
}

}  // namespace
}  // namespace channelbridge::fuzz
