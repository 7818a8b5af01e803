#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "channelbridge/core/random.hpp"
#include "sandbox/salesforce/approvals.hpp"
#include "sandbox/salesforce/bulk.hpp"
#include "sandbox/salesforce/org.hpp"
#include "sandbox/salesforce/query.hpp"
#include "sandbox/salesforce/writes.hpp"

namespace channelbridge::sandbox::salesforce {

struct Session {
  Actor actor{};
  std::string client_id{};
  Timestamp expires{};
  std::string host{};  ///< set = good only there, as after a move to another instance
};

struct RefreshGrant {
  Actor actor{};
  std::string client_id{};
};

/// Everything behind one mutex; held for the whole of a request.
struct State {
  explicit State(OrgOptions given, std::shared_ptr<Desk> its_desk)
      : options(std::move(given)), desk(std::move(its_desk)) {}

  OrgOptions options;
  std::shared_ptr<Desk> desk;
  mutable std::mutex mutex{};
  Database database{};
  std::string org_id{};
  std::map<std::string, Actor> actors{};  ///< by username
  std::map<std::string, Session> sessions{};
  std::map<std::string, RefreshGrant> refresh_grants{};
  std::map<std::string, Cursor> cursors{};
  std::uint64_t last_cursor{};
  BulkJobs bulk{};
  std::int64_t calls{};
  std::vector<DuplicateRule> duplicate_rules{};
  ApprovalState approvals{};
  std::shared_ptr<Random> random = system_random();

  Timestamp now() const { return desk->clock->now(); }
  std::string open_session(const Actor& actor, const std::string& client_id);
  std::string random_text(std::size_t length);
  Transaction begin(const Actor& actor, std::int64_t lock_every, const DuplicateHeader& duplicates);
};

/// Every field of a row in wire form with "attributes" first.
Json full_record(const Database& database, const Table& table, const Row& row,
                 const std::string& base);

}  // namespace channelbridge::sandbox::salesforce
