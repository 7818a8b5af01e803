#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine_internal.hpp"

/// Which invoices the books have taken accruals of. They are looked at in the order of their
/// changes, after a run has read what systems say; the store keeps up to where.
namespace channelbridge::hub {

/// Does the project have invoices accrue, and carry any?
bool makes_accruals(const HubConfig& config);

struct AccruedUpTo {
  std::string terms{};    ///< fingerprint of what all of them accrue by now
  std::int64_t change{};  ///< the last invoice that was looked at with these terms; 0 = none
  bool known{};           ///< the store says so
};
Result<AccruedUpTo> accrued_up_to(const HubConfig& config, store::Store& store);

/// The next invoices to look at, and the change of the last one.
struct InvoiceStep {
  std::vector<std::string> ids{};
  std::int64_t change{};
};
/// `until`: the last change that counts.
Result<InvoiceStep> next_invoices(store::Store& store, std::int64_t after,
                                  std::optional<std::int64_t> until = {});

/// Brings the books to what invoices say that are new, or accrue by other terms than before.
Result<void> settle_accruals(Engine& engine);

/// Does a record that changes so move what other records accrue?
bool moves_accruals(const std::string& entity, const model::Fields& before,
                    const model::Fields& after);
/// The next settle_accruals() looks at all of them.
void look_at_invoices_anew(store::Changes& changes, Timestamp now);

}  // namespace channelbridge::hub
