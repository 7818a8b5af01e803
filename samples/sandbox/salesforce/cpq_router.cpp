#include "sandbox/salesforce/errors.hpp"
#include "sandbox/salesforce/sales_internal.hpp"
#include "sandbox/salesforce/service.hpp"

/// /services/apexrest/SBQQ/ServiceRouter: reads, calculates and saves quote models. Source:
/// Salesforce CPQ Developer Guide, "CPQ API" (Read, Calculate, Save Quote; QuoteModel); that
/// exceptions are 500 with APEX_ERROR is told by no page.
namespace channelbridge::sandbox::salesforce {
namespace {

using sales::Found;
using sales::Named;

constexpr const char* kQuote = "SBQQ__Quote__c";
constexpr const char* kLine = "SBQQ__QuoteLine__c";

Error exception(const std::string& message) {
  return refusal(500, "APEX_ERROR", message + "\n\n(System Code)");
}

/// JSON inside a text member of a JSON object.
Result<Json> inner(const Json& body, const char* member) {
  const std::string text = text_of(body, member);
  Result<Json> json = parse_json(text);
  if (!json || !json->is_object())
    return exception("System.JSONException: " + std::string(member) +
                     " is no JSON object in a text");
  return json;
}

class Router {
 public:
  explicit Router(Call& call) : call_(call), transaction_(call.transaction) {}

  Result<Json> answer() {
    const Request& request = call_.request;
    if (call_.is("GET") && request.parameter("reader") == "SBQQ.QuoteAPI.QuoteReader")
      return read(request.parameter("uid").value_or(""));
    const Result<Json> body = call_.is("GET") ? Result<Json>(Json()) : object_body(request);
    if (!body) return body.error();
    if (call_.is("PATCH") && request.parameter("loader") == "SBQQ.QuoteAPI.QuoteCalculator") {
      Result<Json> context = inner(*body, "context");
      if (!context) return context;
      return calculate(context->value("quote", Json()));
    }
    if (call_.is("POST") && text_of(*body, "saver") == "SBQQ.QuoteAPI.QuoteSaver") {
      Result<Json> model = inner(*body, "model");
      return model ? save(*std::move(model)) : model;
    }
    return exception("System.TypeException: no such reader, loader or saver");
  }

 private:
  Result<Json> read(const std::string& id) {
    const auto quote = sales::find(transaction_.database(), id);
    if (!quote || quote->table->object().name() != kQuote)
      return exception("System.QueryException: List has no rows for assignment to SObject");
    return model_of(*quote);
  }

  Json model_of(const Found& quote) {
    Json lines = Json::array();
    int key = 1;
    for (const Found& line :
         sales::children(transaction_.database(), kLine, "SBQQ__Quote__c", quote.named().id())) {
      lines.push_back(Json{{"record", record_of(line)},
                           {"key", key++},
                           {"parentItemKey", nullptr},
                           {"parentGroupKey", nullptr},
                           {"amountDiscountProrated", nullptr},
                           {"upliftable", false},
                           {"descriptionLocked", false},
                           {"productQuantityEditable", true},
                           {"productHasDimensions", false}});
    }
    Json model{
        {"record", record_of(quote)},
        {"nextKey", key},
        {"lineItems", std::move(lines)},
        {"lineItemGroups", Json::array()},
        {"applyAdditionalDiscountLast", quote.named().flag("ApplyAdditionalDiscountLast__c")},
        {"applyPartnerDiscountFirst", quote.named().flag("ApplyPartnerDiscountFirst__c")},
        {"channelDiscountsOffList", quote.named().flag("ChannelDiscountsOffList__c")}};
    total(model);
    return model;
  }

  Json record_of(const Found& row) const {
    return full_record(transaction_.database(), *row.table, row.table->row(row.number), call_.base);
  }

  /// Totals of the model: what is optional is no part of them.
  static void total(Json& model) {
    for (const auto& [name, field] : {std::pair("netTotal", "SBQQ__NetTotal__c"),
                                      std::pair("customerTotal", "SBQQ__CustomerTotal__c")}) {
      sales::Decimal sum;
      for (const Json& line : model["lineItems"]) {
        const Json& record = line["record"];
        const Json amount = record.value(field, Json());
        if (record.value("SBQQ__Optional__c", Json(false)) == true || !is_number(amount)) continue;
        const auto value = sales::Decimal::parse(number_text(amount));
        if (value) sum = add(sum, *value).value_or(sum);
      }
      model[name] = exact_number(to_string(sum));
    }
    model["netNonSegmentTotal"] = model["netTotal"];
  }

  /// A row as the model shows it, over the one that is there.
  static Result<Row> row_of(const Table& table, const Json& record) {
    Row row;
    for (const auto& [name, value] : record.items()) {
      const auto number = table.object().find(name);
      if (!number || value.is_object() || value.is_array()) continue;
      const Field& field = table.object().fields()[*number];
      Result<Stored> stored = to_stored(table.object(), field, value);
      if (!stored) return std::move(stored).error();
      row.set(*number, *std::move(stored));
    }
    return row;
  }

  Result<Json> calculate(Json model) {
    if (!model.is_object() || !model.value("lineItems", Json()).is_array())
      return exception("System.NullPointerException: Attempt to de-reference a null object");
    Table& quotes = *transaction_.database().table(kQuote);
    Table& lines = *transaction_.database().table(kLine);
    const Result<Row> quote = row_of(quotes, model.value("record", Json::object()));
    if (!quote) return quote.error();
    for (Json& line : model["lineItems"]) {
      if (!line.is_object() || !line.value("record", Json()).is_object())
        return exception("System.NullPointerException: Attempt to de-reference a null object");
      const Result<Row> row = row_of(lines, line["record"]);
      if (!row) return row.error();
      for (const auto& [name, value] :
           sales::cpq_prices(Named(lines, *row), Named(quotes, *quote))) {
        if (const auto number = lines.object().find(name))
          line["record"][name] = to_wire(lines.object().fields()[*number], value);
      }
    }
    total(model);
    return model;
  }

  /// Stores the model as it is, and answers what is stored.
  Result<Json> save(const Json& model) {
    const Json record = model.value("record", Json::object());
    const auto quote = sales::find(transaction_.database(), text_of(record, "Id"));
    if (!quote || quote->table->object().name() != kQuote)
      return exception(
          "System.DmlException: Update failed. first error: MISSING_ARGUMENT, Id not "
          "specified in an update call");
    for (const Json& line : model.value("lineItems", Json::array())) {
      const auto row = sales::find(transaction_.database(), text_of(line["record"], "Id"));
      if (!row || row->table->object().name() != kLine)
        return exception(
            "System.DmlException: Upsert failed. first error: ENTITY_IS_DELETED, entity "
            "is deleted");
      if (auto stored = store(*row, line["record"]); !stored) return std::move(stored).error();
    }
    if (auto stored = store(*quote, record); !stored) return std::move(stored).error();
    const std::string now = datetime_text(transaction_.now());
    sales::sum_cpq_quote(transaction_, *quote);
    transaction_.set_system(*quote->table, quote->number,
                            {{"SBQQ__LastSavedOn__c", now},
                             {"SBQQ__LastCalculatedOn__c", now},
                             {"SBQQ__Uncalculated__c", "false"}});
    return model_of(*quote);
  }

  /// What the model says otherwise than the row; ids and stamps are the system's.
  Result<void> store(const Found& row, const Json& record) {
    const Result<Row> wanted = row_of(*row.table, record);
    if (!wanted) return wanted.error();
    std::vector<std::pair<std::string, Stored>> values;
    for (const auto& [name, value] : record.items()) {
      const auto number = row.table->object().find(name);
      if (!number || !name.starts_with("SBQQ__")) continue;
      if (wanted->get(*number) != row.table->row(row.number).get(*number))
        values.emplace_back(name, wanted->get(*number));
    }
    if (!values.empty()) transaction_.set_system(*row.table, row.number, values);
    return {};
  }

  Call& call_;
  Transaction& transaction_;
};

}  // namespace

Response answer_cpq(Call& call) {
  const Database& database = call.transaction.database();
  const bool installed = database.metadata.find(kQuote) != nullptr;
  if (!installed || call.path != std::vector<std::string>{"SBQQ", "ServiceRouter"})
    return error_response(not_found("Could not find a match for URL"));
  const auto mark = call.transaction.mark();
  const Result<Json> model = Router(call).answer();
  if (!model) {
    call.transaction.roll_back(mark);
    return error_response(model.error());
  }
  return json_response(200, Json(dump_json(*model)));
}

}  // namespace channelbridge::sandbox::salesforce
