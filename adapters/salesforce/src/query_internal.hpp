#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "channelbridge/document/document.hpp"
#include "session_internal.hpp"

namespace channelbridge::salesforce {

inline constexpr std::size_t kLongestPage = 2'000;  ///< rows in one answer, at most

/// The rows of one answer.
struct Rows {
  std::shared_ptr<const document::Page> page{};
  document::Records records{};
  bool done{};
  std::size_t total{};
};

/// Sends SOQL statements.
///
/// Threads: any.
class Queries {
 public:
  Queries(Session& session, const Options& options) : session_(session), options_(options) {}

  /// Does an answer show deleted rows? As the settings say, or in any case.
  enum class Deleted : std::uint8_t { AsSet, Shown };
  /// One answer; `wanted` as json_records() takes it. Protocol: it is not what a query's answer
  /// looks like, or says that it is complete and lacks rows.
  Result<Rows> query(const std::vector<std::string>& wanted, const std::string& soql,
                     const std::string& operation, const Context& context,
                     Deleted deleted = Deleted::AsSet);
  /// What a "SELECT COUNT()" says.
  Result<std::uint64_t> count(const std::string& soql, const std::string& operation,
                              const Context& context);

 private:
  Result<std::string> send(const std::string& soql, const std::string& operation, bool all,
                           const Context& context);

  Session& session_;
  const Options& options_;
};

/// The text of a wanted value, "" when it is null or absent.
std::string_view value_at(const document::RecordSpan& record, int at);

}  // namespace channelbridge::salesforce
