#include "row_reader_internal.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <set>

#include "csv_internal.hpp"

namespace channelbridge::file {
namespace {

constexpr std::size_t kChunk = 64U << 10U;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Error problem(const std::string& message) { return Error(ErrorCode::Protocol, message); }

std::string_view without_line_break(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Timestamp time_of(std::int64_t nanoseconds) {
  return Timestamp(
      std::chrono::floor<std::chrono::microseconds>(std::chrono::nanoseconds(nanoseconds)));
}

std::int64_t nanoseconds_of(const struct timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

Error cannot_read(const std::string& path) {
  return Error(ErrorCode::Unavailable, "cannot read " + path);
}

}  // namespace

Error not_ours(const std::string& path, std::uint64_t line) {
  return Error(ErrorCode::Invalid, path + ", line " + std::to_string(line) +
                                       ": not written with these settings; take them back, or "
                                       "move the file away");
}

Timestamp FileStamp::modified() const { return time_of(modified_ns); }
Timestamp FileStamp::arrived() const { return time_of(arrived_ns); }

std::optional<FileStamp> stamp_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return FileStamp{.size = static_cast<std::uint64_t>(info.st_size),
                   .modified_ns = nanoseconds_of(info.st_mtim),
                   .inode = info.st_ino,
                   // Copying programs and unpackers set st_mtim to the time of the original.
                   .arrived_ns = nanoseconds_of(info.st_ctim)};
}

void ContentHash::add(std::string_view bytes) {
  for (const char c : bytes) {
    value ^= static_cast<unsigned char>(c);
    value *= 0x100000001b3U;
  }
}

std::optional<std::uint64_t> hash_of(const std::string& path, std::uint64_t length) {
  std::ifstream in(path, std::ios::binary);
  std::array<char, kChunk> chunk{};
  ContentHash hash;
  while (length > 0) {
    in.read(chunk.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(length, kChunk)));
    const auto count = static_cast<std::size_t>(in.gcount());
    if (count == 0) return std::nullopt;
    hash.add({chunk.data(), count});
    length -= count;
  }
  return hash.value;
}

bool is_ndjson(std::string_view path) { return path.ends_with(".ndjson"); }

RowReader::RowReader(const std::string& path, Options options, Reading reading)
    : path_(path),
      options_(std::move(options)),
      reading_(reading),
      ndjson_(is_ndjson(path)),
      in_(path, std::ios::binary) {}

Result<RowReader> RowReader::open(const std::string& path, const Options& options, Reading reading,
                                  std::uint64_t offset, std::uint64_t line, ContentHash before) {
  RowReader reader(path, options, reading);
  if (!reader.in_) return Error(ErrorCode::Unavailable, "cannot open " + path);
  if (auto header = reader.read_header(); !header) return std::move(header).error();
  if (reader.failed()) return cannot_read(path);
  if (offset <= reader.offset_) return reader;
  reader.in_.clear();
  reader.in_.seekg(static_cast<std::streamoff>(offset));
  reader.buffer_.clear();
  reader.at_ = 0;
  reader.at_end_ = false;
  reader.offset_ = offset;
  reader.line_ = line;
  reader.hash_ = before;
  return reader;
}

bool RowReader::fill() {
  if (at_end_) return false;
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kChunk);
  in_.read(buffer_.data() + before, kChunk);
  buffer_.resize(before + static_cast<std::size_t>(in_.gcount()));
  at_end_ = buffer_.size() < before + kChunk;
  return buffer_.size() > before;
}

std::string RowReader::consume(std::size_t length) {
  std::string bytes = buffer_.substr(at_, length);
  at_ += length;
  offset_ += length;
  hash_.add(bytes);
  if (!bytes.empty()) last_byte_ = bytes.back();
  return bytes;
}

/// Takes the rest of the line, of which only the first `max_row_bytes` are kept.
std::string RowReader::drop_line() {
  std::string kept;
  while (true) {
    const std::size_t end = rest().find('\n');
    const std::string bytes = consume(end == std::string_view::npos ? rest().size() : end + 1);
    kept += bytes.substr(0, options_.max_row_bytes - std::min(kept.size(), options_.max_row_bytes));
    if (end != std::string_view::npos) {
      ++line_;
      return kept;
    }
    if (!fill()) return kept;
  }
}

Result<void> RowReader::read_header() {
  fill();
  if (rest().starts_with(kByteOrderMark)) consume(kByteOrderMark.size());
  last_byte_ = '\n';  // what follows begins a line
  if (ndjson_ || rest().empty()) return {};
  while (true) {
    CsvRecord record = read_csv_record(rest(), options_.separator, ends_here());
    if (record.state == CsvRecord::State::Incomplete && rest().size() <= options_.max_row_bytes) {
      header_grows_ = at_end_;
      if (header_grows_) return {};
      fill();
      continue;
    }
    if (record.state != CsvRecord::State::Complete)
      return problem("the header cannot be read: " +
                     std::string(record.reason ? record.reason : "it is too long"));
    consume(record.length);
    line_ += record.lines;
    std::set<std::string> names;
    for (const std::string& value : record.values) {
      auto name = decode(value, options_.encoding);
      if (!name) return problem("the header is not in the configured encoding");
      if (name->empty() || !names.insert(*name).second)
        return problem("the header has an empty or repeated name: '" + *name + "'");
      header_.push_back(std::move(*name));
    }
    if (reading_ == Reading::Ours &&
        std::find(header_.begin(), header_.end(), options_.changed_column) == header_.end())
      return not_ours(path_, 1);
    return {};
  }
}

std::optional<FileRow> RowReader::next() { return ndjson_ ? next_json() : next_csv(); }

std::optional<FileRow> RowReader::next_csv() {
  while (true) {
    if (rest().empty() && !fill()) return std::nullopt;
    FileRow row{.offset = offset_, .line = line_};
    CsvRecord record = read_csv_record(rest(), options_.separator, ends_here());
    const bool too_long = record.state == CsvRecord::State::Incomplete
                              ? rest().size() > options_.max_row_bytes
                              : record.length > options_.max_row_bytes;
    if (too_long || record.state == CsvRecord::State::Bad) {
      // The quotes cannot be trusted any more: go on behind the first line of the row.
      row.bytes = drop_line();
      row.problem = problem(too_long ? "the row is too long" : record.reason);
      return row;
    }
    if (record.state == CsvRecord::State::Incomplete) {
      if (at_end_) return std::nullopt;
      fill();
      continue;
    }
    row.bytes = consume(record.length);
    line_ += record.lines;
    if (blank(row.bytes)) continue;
    if (record.values.size() != header_.size()) {
      row.problem = problem("the row has " + std::to_string(record.values.size()) +
                            " values, the header " + std::to_string(header_.size()));
      return row;
    }
    row.row.kind = Row::Kind::Object;
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (reading_ == Reading::Ours && record.values[i].empty() && !record.quoted[i]) continue;
      auto value = decode(record.values[i], options_.encoding);
      if (!value) {
        row.problem =
            problem("the value of '" + header_[i] + "' is not in the configured encoding");
        return row;
      }
      row.row.children.push_back(text_value(header_[i], std::move(*value)));
    }
    return row;
  }
}

std::optional<FileRow> RowReader::next_json() {
  while (true) {
    if (rest().empty() && !fill()) return std::nullopt;
    const std::size_t end = rest().find('\n');
    if (end == std::string_view::npos && !ends_here() && rest().size() <= options_.max_row_bytes) {
      if (at_end_) return std::nullopt;
      fill();
      continue;
    }
    FileRow row{.offset = offset_, .line = line_};
    const bool too_long = std::min(end, rest().size()) > options_.max_row_bytes;
    row.bytes = drop_line();
    if (blank(row.bytes)) continue;
    if (too_long) {
      row.problem = problem("the line is too long");
      return row;
    }
    auto parsed = parse_row(without_line_break(row.bytes));
    if (parsed)
      row.row = std::move(*parsed);
    else
      row.problem = std::move(parsed).error();
    return row;
  }
}

Result<KeyIndex> KeyIndex::build(const std::string& path, const Options& options, Reading reading,
                                 const std::string& key_column) {
  KeyIndex index;
  index.reading_ = reading;
  const auto stamp = stamp_of(path);
  if (!stamp) return Error(ErrorCode::NotFound, "there is no file " + path);
  index.stamp_ = *stamp;
  auto reader = RowReader::open(path, options, reading);
  if (!reader) return std::move(reader).error();
  while (auto row = reader->next()) {
    if (row->problem && reading == Reading::Ours) return not_ours(path, row->line);
    if (row->problem) continue;
    ContentHash hash;
    hash.add(text_of(row->row, key_column));
    index.places_.push_back({.hash = hash.value, .offset = row->offset, .line = row->line});
  }
  if (reader->failed()) return cannot_read(path);
  std::stable_sort(index.places_.begin(), index.places_.end(),
                   [](const Place& a, const Place& b) { return a.hash < b.hash; });
  return index;
}

Result<std::vector<FileRow>> KeyIndex::rows(const std::string& path, const Options& options,
                                            const std::string& key_column,
                                            std::string_view key) const {
  ContentHash hash;
  hash.add(key);
  std::vector<FileRow> rows;
  auto place = std::lower_bound(places_.begin(), places_.end(), hash.value,
                                [](const Place& a, std::uint64_t b) { return a.hash < b; });
  for (; place != places_.end() && place->hash == hash.value; ++place) {
    auto reader = RowReader::open(path, options, reading_, place->offset, place->line);
    if (!reader) return std::move(reader).error();
    auto row = reader->next();
    if (reader->failed()) return cannot_read(path);
    if (row && !row->problem && text_of(row->row, key_column) == key)
      rows.push_back(*std::move(row));
  }
  return rows;
}

}  // namespace channelbridge::file
