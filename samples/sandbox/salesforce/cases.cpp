#include "sandbox/salesforce/sales_internal.hpp"

/// Cases: whether one is closed follows from its status, and its account from its contact.
///
/// Source: Object Reference, "Case" (IsClosed, IsClosedOnCreate, ClosedDate, Status, "Separating
/// Accounts from Contacts in Cases").
namespace channelbridge::sandbox::salesforce::sales {
namespace {

void follow_status(const Save& save) {
  const bool closed = save.transaction.cases().closed_statuses.contains(named(save).text("Status"));
  const bool was = save.before != nullptr && Named(save.table, *save.before).flag("IsClosed");
  const char* word = closed ? "true" : "false";
  put(save, "IsClosed", Stored(word));
  if (save.before == nullptr) put(save, "IsClosedOnCreate", Stored(word));
  if (!closed) put(save, "ClosedDate", Stored());
  if (closed && !was) put(save, "ClosedDate", Stored(datetime_text(save.transaction.now())));
}

/// The account that the contact works for, where the case has none.
void take_account(const Save& save) {
  const std::string contact(named(save).text("ContactId"));
  const bool is_new =
      save.before == nullptr || Named(save.table, *save.before).text("ContactId") != contact;
  if (!is_new || !named(save).text("AccountId").empty()) return;
  const auto person = find(save.transaction.database(), contact);
  if (!person) return;  // none, or one that is refused where references are checked
  const std::string account(person->named().text("AccountId"));
  if (!account.empty()) put(save, "AccountId", Stored(account));
}

}  // namespace

void complete_case(const Save& save) {
  if (!is(save.table, "Case")) return;
  follow_status(save);
  take_account(save);
}

}  // namespace channelbridge::sandbox::salesforce::sales
