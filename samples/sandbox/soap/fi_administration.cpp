// What people do with the books beside the services: payment runs, periods, master data, locks.
#include <utility>

#include "sandbox/common/json.hpp"
#include "sandbox/soap/sap_fi_server.hpp"

namespace channelbridge::sandbox {
namespace {

Response fi_problem(const std::string& text) { return json_response(400, Json{{"error", text}}); }

std::optional<fi::AccountKind> account_kind_of(const Json& body) {
  const std::string kind = sandbox::text_of(body, "kind");
  if (kind == "debtor") return fi::AccountKind::Debtor;
  if (kind == "creditor") return fi::AccountKind::Creditor;
  return std::nullopt;
}

Json line_json(const fi::Line& line) {
  Json out{{"item", line.item},
           {"account", line.account},
           {"amount", soap::amount_text(*line.amount)},
           {"currency", line.amount->currency}};
  const std::pair<const char*, const std::string&> details[] = {
      {"payment_block", line.payment_block},   {"tax_code", line.tax_code},
      {"assigned_to", line.cost_center},       {"terms", line.terms},
      {"payment_method", line.payment_method}, {"withholding", line.withholding}};
  for (const auto& [name, text] : details)
    if (!text.empty()) out[name] = text;
  if (line.due) out["due"] = to_string(*line.due);
  if (!line.clearing) return out;
  out["cleared_by"] = line.clearing->number;
  out["paid"] = line.clearing->payment;
  if (line.clearing->value_date) out["value_date"] = to_string(*line.clearing->value_date);
  if (!line.clearing->bank_reference.empty()) out["bank_reference"] = line.clearing->bank_reference;
  return out;
}

Json document_json(const fi::Document& document) {
  Json lines = Json::array();
  for (const fi::Line& line : document.draft.lines) lines.push_back(line_json(line));
  return Json{{"number", document.number},
              {"company_code", document.draft.company},
              {"year", document.year},
              {"type", document.draft.type},
              {"reference", document.draft.reference},
              {"posting_date", to_string(*document.draft.posting_date)},
              {"reversal_of", document.reversal_of},
              {"reversed_by", document.reversed_by},
              {"lines", std::move(lines)}};
}

}  // namespace

Json SapFiService::state() {
  const std::lock_guard lock(mutex_);
  Json documents = Json::array();
  for (const auto& [key, document] : books_.documents())
    documents.push_back(document_json(document));
  return Json{{"documents", std::move(documents)},
              {"open_from", books_.options().open_from},
              {"open_to", books_.options().open_to}};
}

std::optional<Response> SapFiService::administer(const Request& request) {
  const std::string what = request.path.substr(std::string_view("/__sandbox/").size());
  const bool ours = what == "payments" || what == "periods" || what == "accounts" ||
                    what == "resets" || what == "lock" || what == "unlock";
  if (!ours || request.method != "POST") return std::nullopt;
  const Result<Json> body = parse_json(request.body);
  if (!body) return fi_problem(body.error().message());
  if (what == "payments") return run_payments(request, *body);
  if (what == "resets") {
    const bool done = reset_payment(sandbox::text_of(*body, "company_code", "1010"),
                                    sandbox::text_of(*body, "payment"));
    return done ? Response{.status = 204} : fi_problem("payment: it has cleared nothing");
  }
  if (what != "periods") return change_account(*body, what);
  const std::string from = sandbox::text_of(*body, "open_from");
  const std::string to = sandbox::text_of(*body, "open_to");
  if (from.empty() || to.empty()) return fi_problem("open_from and open_to: months, \"2024-06\"");
  open_periods(from, to);
  return Response{.status = 204};
}

Response SapFiService::run_payments(const Request& request, const Json& body) {
  const auto today = std::chrono::floor<std::chrono::days>(desk_->clock->now());
  const std::string day = sandbox::text_of(body, "value_date", to_string(model::Date(today)));
  const auto value_date = model::Date::parse(day);
  if (!value_date) return fi_problem("value_date: \"" + day + "\" is no day");
  fi::Payment payment{.company = sandbox::text_of(body, "company_code", "1010"),
                      .value_date = *value_date,
                      .bank_reference = sandbox::text_of(body, "bank_reference")};
  if (const auto documents = body.find("documents"); documents != body.end())
    for (const Json& number : *documents)
      if (number.is_string()) payment.documents.insert(number.get<std::string>());
  const fi::PaymentRun run = pay(payment);
  Json left = Json::array();
  for (const fi::Left& item : run.left)
    left.push_back({{"document", item.document}, {"item", item.item}, {"reason", item.reason}});
  for (const std::string& key : run.paid)
    desk_->journal.record(request, {.object = "Payment",
                                    .key = key,
                                    .kind = EffectKind::Created,
                                    .fields = body,
                                    .user = "F110",
                                    .correlation = payment.bank_reference});
  return json_response(200, Json{{"paid", run.paid}, {"left", std::move(left)}});
}

Response SapFiService::change_account(const Json& body, const std::string& what) {
  const auto kind = account_kind_of(body);
  const std::string company = sandbox::text_of(body, "company_code", "1010");
  const std::string number = sandbox::text_of(body, "number");
  if (!kind || number.empty()) return fi_problem("kind (debtor or creditor) and number are needed");
  const std::lock_guard lock(mutex_);
  fi::Account* account = books_.account(*kind, company, number);
  if (account == nullptr && what != "accounts")
    return json_response(404, Json{{"error", "no such account"}});
  if (account == nullptr) {
    books_.add(*kind, company, number);
    account = books_.account(*kind, company, number);
  }
  if (what == "lock") account->locked_by = sandbox::text_of(body, "user", "MILLER");
  if (what == "unlock") account->locked_by.clear();
  if (what == "accounts") {
    if (const auto block = body.find("posting_block"); block != body.end())
      account->posting_block = block->is_boolean() && block->get<bool>();
    account->payment_block = sandbox::text_of(body, "payment_block");
  }
  return Response{.status = 204};
}

}  // namespace channelbridge::sandbox
