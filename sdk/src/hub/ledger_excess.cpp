#include <algorithm>

#include "ledger_internal.hpp"

/// What goes beyond a fund, as people see it and approve it.
namespace channelbridge::hub {

Result<std::vector<LedgerExcess>> excess_lines(FundAccounting& accounting, store::Store& store) {
  auto funds = store.funds_of({});
  if (!funds) return std::move(funds).error();
  std::vector<LedgerExcess> out;
  for (const std::string& fund : *funds) {
    auto book = accounting.books().open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr || (*book)->broken()) continue;
    for (const auto& [document, excess] : (*book)->ledger().excesses()) {
      LedgerExcess line{.fund = fund,
                        .document = document,
                        .currency = (*book)->currency().text(),
                        .asked = excess.asked,
                        .approved = excess.approved};
      auto of = accounting.reader().find(fund);
      if (!of) return std::move(of).error();
      if (*of != nullptr) line.fund_number = model::get((*of)->fields, "number").value_or("");
      auto by = accounting.reader().find(document);
      if (!by) return std::move(by).error();
      if (*by != nullptr) {
        line.document_entity = (*by)->entity;
        line.document_number = model::get((*by)->fields, "number").value_or("");
      }
      out.push_back(std::move(line));
    }
  }
  return out;
}

Result<std::vector<LedgerExcess>> Hub::approve_excess(std::string_view fund,
                                                      std::string_view document,
                                                      const Context& context) {
  auto id = ledger_id_of(config(), store(), "fund", std::string(fund));
  if (!id && id.error().code() == ErrorCode::NotFound)
    id = ledger_id_of(config(), store(), "budget", std::string(fund));
  if (!id) return std::move(id).error();
  auto run = store().next_run();
  if (!run) return std::move(run).error();
  FundAccounting accounting(config(), LedgerReader(store()), context.clock().now(), *run);
  auto lines = excess_lines(accounting, store());
  if (!lines) return lines;
  std::erase_if(*lines, [&](const LedgerExcess& line) {
    const bool named =
        document.empty() || line.document_number == document || line.document.starts_with(document);
    return line.fund != *id || !named || line.asked.sign() <= 0;
  });
  if (lines->empty())
    return Error(ErrorCode::NotFound,
                 "nothing" +
                     (document.empty() ? std::string() : " of '" + std::string(document) + "'") +
                     " goes beyond fund '" + std::string(fund) + "' and waits for approval");
  for (const LedgerExcess& line : *lines) {
    auto approved = accounting.approve_excess(line.fund, line.document);
    if (!approved) return std::move(approved).error();
  }
  store::Changes changes;
  accounting.enter(changes);
  if (auto done = store().commit(std::move(changes)); !done) return std::move(done).error();
  return lines;
}

}  // namespace channelbridge::hub
