#include "raw_rows.hpp"

#include <sqlite3.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace channelbridge::bench {
namespace {

struct Value {
  bool text{};
  std::int64_t number{};
  std::string bytes{};
};

struct Rows {
  std::string insert{};
  std::size_t columns{};
  std::vector<Value> values{};
};

class Database {
 public:
  explicit Database(const std::string& file) { check(::sqlite3_open(file.c_str(), &handle_)); }
  ~Database() { ::sqlite3_close(handle_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void check(int code) const {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
    std::fprintf(stderr, "SQLite: %s\n", ::sqlite3_errmsg(handle_));
    std::exit(2);
  }
  void run(const std::string& sql) const {
    check(::sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr));
  }
  using Statement = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;
  Statement prepare(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    check(::sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr));
    return {statement, &::sqlite3_finalize};
  }

 private:
  sqlite3* handle_{};
};

std::string text_at(sqlite3_stmt* statement, int column) {
  const auto* bytes = reinterpret_cast<const char*>(::sqlite3_column_text(statement, column));
  return {bytes, static_cast<std::size_t>(::sqlite3_column_bytes(statement, column))};
}

Rows rows_of(const Database& from, const std::string& table) {
  const auto select = from.prepare("SELECT * FROM " + table);
  Rows out{.columns = static_cast<std::size_t>(::sqlite3_column_count(select.get()))};
  out.insert = "INSERT OR REPLACE INTO " + table + " VALUES (";
  for (std::size_t i = 0; i < out.columns; ++i) out.insert += i == 0 ? "?" : ", ?";
  out.insert += ")";
  for (int code = 0; (code = ::sqlite3_step(select.get())) == SQLITE_ROW;) {
    for (int i = 0; i < static_cast<int>(out.columns); ++i) {
      if (::sqlite3_column_type(select.get(), i) == SQLITE_INTEGER) {
        out.values.push_back({.number = ::sqlite3_column_int64(select.get(), i)});
      } else {
        out.values.push_back({.text = true, .bytes = text_at(select.get(), i)});
      }
    }
  }
  return out;
}

}  // namespace

double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

RawRows write_again(const std::string& from, const std::string& to, std::size_t per_commit) {
  const Database source(from);
  const Database target(to);
  target.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  std::vector<Rows> tables;
  {
    const auto schema = source.prepare(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC");
    for (int code = 0; (code = ::sqlite3_step(schema.get())) == SQLITE_ROW;) {
      target.run(text_at(schema.get(), 2));
      if (text_at(schema.get(), 0) == "table")
        tables.push_back(rows_of(source, text_at(schema.get(), 1)));
    }
  }
  RawRows out;
  const double begun = processor_seconds();
  target.run("BEGIN IMMEDIATE");
  for (const Rows& rows : tables) {
    const auto insert = target.prepare(rows.insert);
    for (std::size_t at = 0; at < rows.values.size(); at += rows.columns) {
      for (std::size_t i = 0; i < rows.columns; ++i) {
        const Value& value = rows.values[at + i];
        const int position = static_cast<int>(i) + 1;
        target.check(value.text
                         ? ::sqlite3_bind_text(insert.get(), position, value.bytes.data(),
                                               static_cast<int>(value.bytes.size()), SQLITE_STATIC)
                         : ::sqlite3_bind_int64(insert.get(), position, value.number));
      }
      target.check(::sqlite3_step(insert.get()));
      target.check(::sqlite3_reset(insert.get()));
      if (++out.rows % per_commit == 0) target.run("COMMIT; BEGIN IMMEDIATE");
    }
  }
  target.run("COMMIT");
  out.processor = processor_seconds() - begun;
  return out;
}

}  // namespace channelbridge::bench
