#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine_internal.hpp"

/// Which invoices, reports and commissions the books have taken accruals of. They are looked at in
/// the order of their changes, after a run has read what systems say; the store keeps up to where.
namespace channelbridge::hub {

/// Does the project have something accrue to funds, and carry both?
bool makes_accruals(const HubConfig& config);
/// Entities whose records are looked at: those that accrue, and those that did by another setting.
std::vector<std::string_view> accruing_entities(const HubConfig& config);

struct AccruedUpTo {
  std::string terms{};  ///< fingerprint of what all of them accrue by now
  /// By entity: the last record that was looked at with these terms; none = 0.
  std::map<std::string, std::int64_t, std::less<>> changes{};
  bool known{};  ///< the store says so

  std::int64_t change_of(std::string_view entity) const {
    const auto found = changes.find(entity);
    return found == changes.end() ? 0 : found->second;
  }
};
/// `now`: periods are over by then, or not.
Result<AccruedUpTo> accrued_up_to(const HubConfig& config, store::Store& store, Timestamp now);

/// The next records to look at, and the change of the last one.
struct AccrualStep {
  std::vector<std::string> ids{};
  std::int64_t change{};
};
/// `until`: the last change that counts.
Result<AccrualStep> next_accruing(store::Store& store, std::string_view entity, std::int64_t after,
                                  std::optional<std::int64_t> until = {});

/// Brings the books to what those records say that are new, or accrue by other terms than before.
Result<void> settle_accruals(Engine& engine);

/// Does a record that changes so move what other records accrue?
bool moves_accruals(const std::string& entity, const model::Fields& before,
                    const model::Fields& after);
/// The next settle_accruals() looks at all of them.
void look_at_accruals_anew(store::Changes& changes, Timestamp now);

}  // namespace channelbridge::hub
