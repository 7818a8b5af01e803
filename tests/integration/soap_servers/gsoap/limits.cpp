// Limits: null, empty and absent, and what is of another namespace.
#include <algorithm>

#include "peer.hpp"

namespace {

using peer::fits;
using peer::optional_text;
using peer::server;
using peer::text_or_null;

limits__KeptLimit* node_of(soap* c, const peer::Limit& row) {
  limits__KeptLimit* out = soap_new_limits__KeptLimit(c);
  out->LimitID = row.id;
  out->Reference = row.reference;
  out->Partner = row.partner;
  out->Amount = text_or_null(c, row.amount);
  out->Until = text_or_null(c, row.until);
  if (row.counter) {
    out->Counter = soap_new_LONG64(c);
    *out->Counter = *row.counter;
  }
  out->Comment = text_or_null(c, row.comment);
  if (!row.note) return out;
  out->Note = soap_new_notes__Note(c);
  out->Note->Text = *row.note;
  out->Note->By = text_or_null(c, row.note_by);
  return out;
}

}  // namespace

int __limits__KeepLimit(soap* c, _limits__KeepLimit* asked, _limits__KeepLimitResponse& out) {
  if (peer::enter(c, "KeepLimit") != SOAP_OK) return c->error;
  const limits__Limit& said = *asked->Limit;
  auto& all = server().books.limits;
  peer::Limit row{.id = "L" + std::to_string(all.size() + 1),
                  .reference = asked->Reference,
                  .partner = said.Partner,
                  .amount = optional_text(said.Amount),
                  .until = optional_text(said.Until),
                  .comment = optional_text(said.Comment)};
  if (said.Counter != nullptr) row.counter = *said.Counter;
  if (said.Note != nullptr) {
    row.note = said.Note->Text;
    row.note_by = optional_text(said.Note->By);
  }
  all.push_back(row);
  out.Kept = node_of(c, row);
  return SOAP_OK;
}

int __limits__ListLimits(soap* c, _limits__ListLimits* asked, _limits__ListLimitsResponse& out) {
  if (peer::enter(c, "ListLimits") != SOAP_OK) return c->error;
  std::vector<peer::Limit> rows;
  for (const peer::Limit& each : server().books.limits)
    if (fits(each.id, asked->LimitID) && fits(each.reference, asked->Reference))
      rows.push_back(each);
  const std::size_t from = asked->Skip == nullptr ? 0 : static_cast<std::size_t>(*asked->Skip);
  const std::size_t end =
      from + (asked->Rows == nullptr ? 1000U : static_cast<std::size_t>(*asked->Rows));
  for (std::size_t i = from; i < std::min(end, rows.size()); ++i)
    out.Kept.push_back(node_of(c, rows[i]));
  out.More = end < rows.size();
  out.Total = static_cast<int>(rows.size());
  return SOAP_OK;
}
