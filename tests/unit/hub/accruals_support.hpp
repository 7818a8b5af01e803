#pragma once

#include "ledger_support.hpp"

/// A partner, its co-op fund, and what it buys.
namespace channelbridge::hub {

using Json = nlohmann::json;

/// A co-op budget with a fund of 1000 of partner P-1, which has 2 % of what P-1 buys in 2027.
class Accruals : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    config_.ledger.accruals = LedgerRules::Accruals::Invoices;
    std::erase_if(config_.spokes, [](const Spoke& spoke) {
      const std::string& entity = spoke.mapping->entity().name();
      return entity == "budget" || entity == "fund" || (spoke.system == "b" && entity != "partner");
    });
    add_spoke("a-budgets",
              ledger_mapping("Budget", "budget", "  kind: BudgetKind\n  amount: Amount\n"));
    add_spoke("a-funds",
              ledger_mapping("Fund", "fund",
                             "  amount: Amount\n  valid.start: Start\n  valid.end: End\n"
                             "  accrual_rule.pct: Pct\n  accrual_rule.product_family: Family\n"
                             "  accrual_rule.period: Period\n"
                             "  budget: { path: Budget, ref: budget, object: Budget }\n"
                             "  partner: { path: Partner, ref: partner, object: Account }\n"
                             "children:\n  postings:\n    object: FundPosting\n"
                             "    navigation: Postings\n    id: Id\n    fields:\n"
                             "      no: No\n      category: Category\n      amount: Amount\n"));
    add_spoke("a-invoices",
              ledger_mapping("Invoice", "invoice",
                             "  kind: InvoiceKind\n  issue_date: Issued\n"
                             "  fx.currency: FxCurrency\n  fx.rate: FxRate\n"
                             "  fx.date: FxDate\n  fx.source: FxSource\n"
                             "  buyer.partner: { path: Buyer, ref: partner, object: Account }\n"
                             "  reference_invoice: { path: Of, ref: invoice, object: Invoice }\n"
                             "children:\n  lines:\n    object: InvoiceLine\n"
                             "    navigation: Lines\n    id: Id\n    fields:\n"
                             "      no: No\n      net: Net\n"
                             "      product: { path: Product, ref: product, object: Product }\n"));
    add_spoke("a-products",
              "system: fake\nobject: Product\nentity: product\nid: Id\nversion: Version\n"
              "format: json\nabsent: \"null\"\nfields:\n  sku: Number\n  family: Family\n");
    config_.entities["product"].match = {"sku"};
    config_.entities["invoice"].match = {"number"};
    open();
    partner_ = add(*a_, {{"Kind", "Account"}, {"Name", "Rheinwerk"}, {"Number", "P-1"}}, {});
    pump_ = add(*a_, {{"Kind", "Product"}, {"Number", "PU-1"}, {"Family", "pumps"}}, {});
    budget_ = add_budget(5000, {{"BudgetKind", "co_op"}});
    fund_ = add_co_op("F-1");
  }
  void add_spoke(const std::string& name, const std::string& yaml) {
    config_.spokes.push_back({.name = name, .system = "a", .mapping = mapping_of(yaml)});
  }
  std::string add_co_op(const std::string& number, const Json& more = {}) {
    Json fields{{"Partner", partner_}, {"Pct", 2}};
    fields["Start"] = "2027-01-01";
    fields["End"] = "2027-12-31";
    if (more.is_object()) fields.update(more);
    return add_fund(number, budget_, 1000, fields);
  }
  Json line(int no, const Json& net) const {
    Json out{{"Id", "l" + std::to_string(no)}, {"No", no}};
    out["Net"] = net;
    out["Product"] = pump_;
    return out;
  }
  std::string add_invoice(const std::string& number, const std::vector<Json>& lines,
                          const Json& more = {}) {
    return add(*a_,
               {{"Kind", "Invoice"},
                {"Number", number},
                {"InvoiceKind", "invoice"},
                {"Currency", "EUR"},
                {"Status", "issued"},
                {"Issued", "2027-03-01"},
                {"Buyer", partner_},
                {"Lines", lines}},
               more);
  }
  std::size_t postings() { return hub_->ledger_postings().value().size(); }

  std::string partner_{};
  std::string pump_{};
  std::string budget_{};
  std::string fund_{};
};

}  // namespace channelbridge::hub
