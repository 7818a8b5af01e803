#include <algorithm>

#include "bulk_internal.hpp"
#include "bulk_read_internal.hpp"

namespace channelbridge::salesforce {
namespace {

constexpr std::uint64_t kRowsPerSecond = 200;
constexpr std::uint64_t kCallsOfIngest = 6;     // create, upload, close, three results
constexpr std::uint64_t kBytesOfResult = 60;    // one element of a collections answer
constexpr std::uint64_t kBytesOfEnvelope = 40;  // "attributes", braces and commas of one element

std::uint64_t parts(std::uint64_t whole, std::uint64_t part) {
  return part == 0 ? whole : (whole + part - 1) / part;
}

}  // namespace

std::uint64_t polls_of(std::uint64_t records, const BulkOptions& bulk) {
  const std::chrono::milliseconds runs(records * 1'000 / kRowsPerSecond);
  std::chrono::milliseconds waited{0};
  std::chrono::milliseconds wait = std::max(bulk.poll, std::chrono::milliseconds(1));
  std::uint64_t polls = 0;
  do {
    waited += wait;
    wait = std::min(wait * 2, std::max(bulk.longest_poll, wait));
    ++polls;
  } while (waited < runs);
  return polls;
}

bool write_by_job(std::uint64_t records, std::uint64_t bytes, const Options& options) {
  if (!options.bulk.use || records == 0) return false;
  if (options.bulk.from_records > 0) return records >= options.bulk.from_records;
  const BulkCost collections{
      .calls = std::max(parts(records, options.batch_records), parts(bytes, options.batch_bytes)),
      .bytes = bytes + records * (kBytesOfResult + kBytesOfEnvelope)};
  const std::uint64_t jobs = parts(bytes, options.bulk.bytes);
  // The results show every row again.
  const BulkCost job{
      .calls = std::max<std::uint64_t>(1, jobs) * kCallsOfIngest + polls_of(records, options.bulk),
      .bytes = 2 * bytes};
  return job < collections;
}

bool read_by_job(std::uint64_t rows, std::size_t page_size, const Options& options) {
  if (!options.bulk.use) return false;
  if (options.bulk.from_records > 0) return rows >= options.bulk.from_records;
  // Both ways deliver the same rows: the calls tell.
  const std::uint64_t pages = parts(rows, page_size);
  return 1 + polls_of(rows, options.bulk) + parts(rows, kRowsOfResult) < pages;
}

std::size_t bulk_from(const Options& options) {
  if (!options.bulk.use) return 0;
  if (options.bulk.from_records > 0) return options.bulk.from_records;
  for (std::size_t records = 1; records <= options.bulk.records; ++records)
    if (write_by_job(records, records, options)) return records;
  return 0;
}

}  // namespace channelbridge::salesforce
