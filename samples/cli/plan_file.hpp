#pragma once

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "channelbridge/hub/hub.hpp"
#include "program.hpp"

namespace cli {

/// One planned write as JSON, for the file and for programs.
std::string to_json(const cb::hub::PlannedAction& action);

/// A plan in a file: a line that says whose it is, then one planned write a line, all JSON.
class PlanWriter {
 public:
  /// `store`: id of the store that the plan was made on.
  cb::Result<void> open(const std::string& file, const std::string& project,
                        const std::string& store);
  bool is_open() const { return out_.is_open(); }
  void add(const cb::hub::PlannedAction& action) { out_ << to_json(action) << '\n'; }
  cb::Result<void> close();

 private:
  std::string file_;
  std::ofstream out_;
};

/// A saved plan while a run carries it out.
///
/// Threads: one at a time.
class SavedPlan {
 public:
  /// Errors: Invalid for a file that is no plan, is of another version, or was made on another
  /// store.
  static cb::Result<SavedPlan> load(const std::string& file, const std::string& store);

  /// Is this write in the plan?
  bool approves(const cb::hub::PlannedAction& action);
  /// Writes that the run decided and the plan does not have.
  const std::vector<cb::hub::PlannedAction>& moved() const { return moved_; }
  /// Planned writes that the run had no need of.
  std::size_t unused() const;
  std::size_t size() const { return planned_.size(); }

 private:
  std::map<std::string, bool> planned_;  ///< digest -> asked for
  std::vector<cb::hub::PlannedAction> moved_;
};

}  // namespace cli
