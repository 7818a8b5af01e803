#include "sandbox/soap/fi_rfc.hpp"

#include <algorithm>

#include "sandbox/soap/fi_journal_entry.hpp"

namespace channelbridge::sandbox::fi {
namespace {

using soap::XmlWriter;

constexpr const char* kCookie = "sap-contextid";

std::string cookie_of(const Request& request) {
  const std::string header = "; " + request.headers.get("Cookie");
  const std::string name = std::string("; ") + kCookie + "=";
  const std::size_t at = header.find(name);
  if (at == std::string::npos) return {};
  const std::size_t start = at + name.size();
  return header.substr(start, header.find(';', start) - start);
}

std::string field_of_row(pugi::xml_node row, const char* name) { return soap::value_of(row, name); }

/// The amount of an item in one of its currencies: "00" is the document's, "10" the company's.
std::optional<soap::Amount> amount_of_item(pugi::xml_node amounts, const std::string& item,
                                           const std::string& kind) {
  for (const pugi::xml_node row : amounts.children("item")) {
    std::string type = field_of_row(row, "CURR_TYPE");
    if (type.empty()) type = "00";
    if (field_of_row(row, "ITEMNO_ACC") != item || type != kind) continue;
    const auto value = soap::decimal_of(row, "AMT_DOCCUR");
    if (!value) return std::nullopt;
    const std::string currency = field_of_row(row, "CURRENCY");
    return soap::Amount{*value, currency.empty() ? field_of_row(row, "CURRENCY_ISO") : currency};
  }
  return std::nullopt;
}

void take_table(const Books& books, pugi::xml_node function, const char* table, AccountKind kind,
                const char* account, Draft& out) {
  const pugi::xml_node amounts = function.child("CURRENCYAMOUNT");
  for (const pugi::xml_node row : function.child(table).children("item")) {
    const std::string item = field_of_row(row, "ITEMNO_ACC");
    Line line{.item = item,
              .kind = kind,
              .account = books.padded(field_of_row(row, account)),
              .amount = amount_of_item(amounts, item, "00"),
              .local = amount_of_item(amounts, item, "10"),
              .text = field_of_row(row, "ITEM_TEXT"),
              .assignment = field_of_row(row, "ALLOC_NMBR"),
              .cost_center = field_of_row(row, "COSTCENTER"),
              .payment_block = field_of_row(row, "PMNT_BLOCK"),
              .tax_code = field_of_row(row, "TAX_CODE"),
              .due = soap::date_of(row, "BLINE_DATE"),
              .terms = field_of_row(row, "PMNTTRMS"),
              .payment_method = field_of_row(row, "PYMT_METH")};
    if (kind == AccountKind::Tax && line.account.empty())
      line.account = books.options().tax_account;
    out.lines.push_back(std::move(line));
  }
}

Draft draft_of_bapi(const Books& books, pugi::xml_node function, const std::string& user) {
  const pugi::xml_node header = function.child("DOCUMENTHEADER");
  Draft out{.company = field_of_row(header, "COMP_CODE"),
            .type = field_of_row(header, "DOC_TYPE"),
            .reference = field_of_row(header, "REF_DOC_NO"),
            .header_text = field_of_row(header, "HEADER_TXT"),
            .user = field_of_row(header, "USERNAME"),
            .document_date = soap::date_of(header, "DOC_DATE"),
            .posting_date = soap::date_of(header, "PSTNG_DATE"),
            .period = field_of_row(header, "FIS_PERIOD")};
  if (out.user.empty()) out.user = user;
  take_table(books, function, "ACCOUNTGL", AccountKind::Ledger, "GL_ACCOUNT", out);
  take_table(books, function, "ACCOUNTRECEIVABLE", AccountKind::Debtor, "CUSTOMER", out);
  take_table(books, function, "ACCOUNTPAYABLE", AccountKind::Creditor, "VENDOR_NO", out);
  take_table(books, function, "ACCOUNTTAX", AccountKind::Tax, "GL_ACCOUNT", out);
  return out;
}

Draft draft_of_reversal(const Books& books, pugi::xml_node function, const std::string& user) {
  const pugi::xml_node reversal = function.child("REVERSAL");
  Draft out{.company = field_of_row(reversal, "COMP_CODE"),
            .type = books.options().reversal_type,
            .user = user,
            .posting_date = soap::date_of(reversal, "PSTNG_DATE"),
            .period = field_of_row(reversal, "FIS_PERIOD"),
            .reversal_reason = field_of_row(reversal, "REASON_REV")};
  for (const char* key : {"OBJ_KEY_R", "OBJ_KEY", "AC_DOC_NO"})
    if (out.reversed.empty()) out.reversed = field_of_row(reversal, key);
  return out;
}

std::string return_row(const Finding& finding, const std::string& system) {
  XmlWriter xml;
  const bool empty = finding.area.empty();
  xml.put("TYPE", empty ? "" : std::string(1, finding.type))
      .put("ID", finding.area)
      .put("NUMBER", empty ? "000" : finding.number)
      .put("MESSAGE", finding.text)
      .put("LOG_NO", "")
      .put("LOG_MSG_NO", "000000");
  for (std::size_t i = 0; i < 4; ++i)
    xml.put("MESSAGE_V" + std::to_string(i + 1),
            i < finding.variables.size() ? finding.variables[i].substr(0, 50) : std::string());
  return xml.put("PARAMETER", "").put("ROW", "0").put("FIELD", "").put("SYSTEM", system).text();
}

std::string object_exports(const std::string& key, const std::string& system) {
  XmlWriter xml;
  return xml.put("OBJ_KEY", key).put("OBJ_SYS", system).put("OBJ_TYPE", "BKPFF").text();
}

}  // namespace

std::string Rfc::open_session(const soap::Call& call) {
  const Timestamp now = clock_->now();
  std::erase_if(sessions_, [&](const auto& entry) {
    return entry.second.used + books_.options().session_idle < now;
  });
  const std::string command = call.request.parameter("sap-sessioncmd").value_or("");
  std::string id = cookie_of(call.request);
  if (!sessions_.contains(id)) {
    if (books_.options().session_by_command && command != "open") return {};
    id = make_uuid7(now, *random_);
    call.answer.add("Set-Cookie", std::string(kCookie) + "=" + id + "; path=/; HttpOnly");
  }
  sessions_[id].used = now;
  return id;
}

std::string Rfc::call(const soap::Call& call, const std::string& suffix) {
  const std::string id = open_session(call);
  const Outcome outcome = run(call, id.empty() ? nullptr : &sessions_.at(id));
  if (call.request.parameter("sap-sessioncmd") == "close") sessions_.erase(id);
  const FiOptions& options = books_.options();
  XmlWriter rows;
  for (const Finding& finding : outcome.findings) {
    if (outcome.structure) {
      rows.raw(return_row(finding, options.business_system));
    } else {
      rows.open("item").raw(return_row(finding, options.business_system)).close("item");
    }
  }
  const std::string name = "rfc:" + call.message.operation + suffix;
  XmlWriter xml;
  xml.open(name, "xmlns:rfc=\"urn:sap-com:document:sap:rfc:functions\"").raw(outcome.exports);
  const bool wanted =
      outcome.structure || !options.tables_on_demand || call.message.body.child("RETURN");
  if (wanted) xml.open("RETURN").raw(rows.text()).close("RETURN");
  return xml.close(name).text();
}

Rfc::Outcome Rfc::run(const soap::Call& call, Session* session) {
  const std::string& function = call.message.operation;
  const pugi::xml_node body = call.message.body;
  if (function == "BAPI_ACC_DOCUMENT_CHECK")
    return post(draft_of_bapi(books_, body, call.user), session, true);
  if (function == "BAPI_ACC_DOCUMENT_POST")
    return post(draft_of_bapi(books_, body, call.user), session, false);
  if (function == "BAPI_ACC_DOCUMENT_REV_POST")
    return post(draft_of_reversal(books_, body, call.user), session, false);
  if (function == "BAPI_TRANSACTION_COMMIT") return commit(call, session);
  if (session != nullptr) session->pending.clear();
  return {.findings = {Finding{}}, .structure = true};
}

Rfc::Outcome Rfc::post(Draft draft, Session* session, bool only_check) {
  const FiOptions& options = books_.options();
  const std::string none = only_check ? "" : object_exports("$", options.business_system);
  Outcome out{.exports = none, .findings = books_.check(draft)};
  if (!out.findings.empty()) {
    out.findings.insert(out.findings.begin(), not_posted(options));
    return out;
  }
  if (only_check) {
    out.findings.push_back(
        {.type = 'S', .area = "ZFI", .number = "019", .text = "Document check - no errors"});
    return out;
  }
  Document document = books_.draw(std::move(draft));
  out.exports = object_exports(document.key(), options.business_system);
  out.findings.push_back(posted(document.key(), options));
  if (session != nullptr) session->pending.push_back(std::move(document));
  return out;
}

Rfc::Outcome Rfc::commit(const soap::Call& call, Session* session) {
  if (session != nullptr) {
    for (Document& document : session->pending) {
      saved_(call, document);
      books_.save(std::move(document));
    }
    session->pending.clear();
  }
  return {.findings = {Finding{}}, .structure = true};
}

}  // namespace channelbridge::sandbox::fi
