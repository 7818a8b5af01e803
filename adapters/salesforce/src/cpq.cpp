#include "channelbridge/salesforce/cpq.hpp"

#include "channelbridge/document/document.hpp"
#include "channelbridge/document/tree.hpp"
#include "channelbridge/http/encoding.hpp"
#include "cpq_internal.hpp"
#include "errors_internal.hpp"
#include "quote_model_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {
namespace {

constexpr std::string_view kRouter = "/services/apexrest/SBQQ/ServiceRouter";
constexpr int kTries = 3;

/// Arguments travel as JSON inside a JSON text.
std::string json_text(std::string_view text) {
  std::string out;
  document::append_json_string(out, text);
  return out;
}

/// An Apex exception is CPQ's word about this quote.
Error as_refusal(const Error& error) {
  const bool apex = error.remote_code() == "APEX_ERROR";
  if (!apex && error.code() != ErrorCode::Invalid) return error;
  return Error(ErrorCode::Rejected, "CPQ refused the quote")
      .with_system(error.system())
      .with_operation(error.operation())
      .with_http_status(error.http_status())
      .with_remote(error.remote_code(), error.remote_message())
      .with_sent(error.sent());
}

/// Is it open whether the save happened? An exception rolls the whole transaction back.
bool may_have_landed(const Error& error) {
  if (error.sent() == Sent::NoAnswer) return true;
  return error.sent() == Sent::Answered && error.remote_code() != "APEX_ERROR" &&
         !proves_no_effect(error);
}

/// Do two models say the same of the quote? What is beside the records is CPQ's scratch space.
bool same_records(const QuoteModel& a, const QuoteModel& b) {
  if (a.text() == b.text()) return true;
  const auto records = [](const QuoteModel& model) {
    std::map<std::string, std::string> out;
    const auto tree = document::parse_tree(model.text(), document::Format::Json);
    if (!tree) return out;
    for (auto& [path, value] : document::flatten(*tree))
      if (path.starts_with("record.") || path.find("].record.") != std::string::npos)
        out.emplace(path, value.starts_with("n:") ? plain_decimal(value.substr(2)) : value);
    return out;
  };
  return a.prices() == b.prices() && records(a) == records(b);
}

}  // namespace

Result<QuoteModel> CpqCalls::send(http::Request request, const Context& context) {
  const std::string operation = request.operation;
  auto response = session_.call(std::move(request), context);
  if (!response) return as_refusal(response.error());
  const auto protocol = [&](const std::string& what) {
    return session_.located(Error(ErrorCode::Protocol, what).with_sent(Sent::NoAnswer), operation);
  };
  // A JSON text whose content is the JSON.
  const auto outer = document::parse_tree(response->body, document::Format::Json);
  if (!outer || outer->kind != document::Tree::Kind::Text)
    return protocol("the answer is no JSON inside a text");
  auto model = QuoteModel::parse(outer->text);
  if (!model) return protocol(model.error().message());
  return model;
}

Result<QuoteModel> CpqCalls::read(std::string_view quote, const Context& context) {
  const auto id = full_id(quote);
  if (!id)
    return session_.located(Error(ErrorCode::Invalid, "a quote has an id of 15 or 18 characters"),
                            "read a quote model");
  auto model =
      send({.method = "GET",
            .target = std::string(kRouter) + "?reader=SBQQ.QuoteAPI.QuoteReader&uid=" + *id,
            .operation = "read a quote model"},
           context);
  if (model && model->id() != *id)
    return session_.located(Error(ErrorCode::Protocol, "the answer is another quote's model"),
                            "read a quote model");
  if (!model) return model.error().with_key(*id);
  return model;
}

Result<QuoteModel> CpqCalls::calculate(const QuoteModel& model, const Context& context) {
  return send({.method = "PATCH",
               .target = std::string(kRouter) + "?loader=SBQQ.QuoteAPI.QuoteCalculator",
               .body = "{\"context\":" + json_text("{\"quote\":" + model.text() + "}") + "}",
               .repeatable = http::Repeatable::Yes,
               .operation = "calculate a quote"},
              context);
}

Result<QuoteModel> CpqCalls::save(const QuoteModel& model, const Context& context) {
  return send(
      {.method = "POST",
       .target = std::string(kRouter),
       .body = "{\"saver\":\"SBQQ.QuoteAPI.QuoteSaver\",\"model\":" + json_text(model.text()) + "}",
       .operation = "save a quote"},
      context);
}

Result<PricedQuote> CpqCalls::price(std::string_view quote, const Context& context) {
  auto before = read(quote, context);
  if (!before) return std::move(before).error();
  for (int attempt = 0; attempt < kTries; ++attempt) {
    auto wanted = calculate(*before, context);
    if (!wanted) {
      // Nothing is saved by a calculation, whatever became of the call.
      return wanted.error().with_key(before->id()).with_sent(Sent::No);
    }
    if (wanted->prices() == before->prices()) return PricedQuote{.model = *std::move(before)};
    auto still = read(before->id(), context);
    if (!still) return still.error().with_sent(Sent::No);
    if (!same_records(*still, *before)) {  // somebody was here while CPQ calculated
      before = std::move(still);
      continue;
    }
    auto saved = save(*wanted, context);
    if (saved) return PricedQuote{.model = *std::move(saved), .saved = true};
    if (!may_have_landed(saved.error())) return saved.error().with_key(before->id());
    return look(*before, *wanted, saved.error(), context);
  }
  return session_.located(
      Error(ErrorCode::Conflict, "the quote is being changed while CPQ calculates it")
          .with_key(before->id())
          .with_sent(Sent::No),
      "save a quote");
}

/// The answer to a save was lost: the quote tells, at once or when "not there" is final.
Result<PricedQuote> CpqCalls::look(const QuoteModel& before, const QuoteModel& wanted,
                                   const Error& lost, const Context& context) {
  for (const bool last : {false, true}) {
    if (last) {
      if (auto waited = context.sleep(options_.settle); !waited) return lost;
    }
    auto shown = read(before.id(), context);
    if (!shown) return lost;  // a look that fails says nothing of our save
    if (shown->prices() == wanted.prices())
      return PricedQuote{.model = *std::move(shown), .saved = true, .looked = true};
    if (!last) continue;
    if (same_records(*shown, before)) {
      return session_.located(
          Error(ErrorCode::Unavailable, "the answer was lost, and nothing was saved")
              .with_key(before.id())
              .with_sent(Sent::No),
          lost.operation());
    }
  }
  return session_.located(
      Error(ErrorCode::Conflict, "the quote was changed meanwhile: it is to be calculated anew")
          .with_key(before.id()),
      lost.operation());
}

struct CpqQuotes::Impl {
  Impl(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline, Options given)
      : options(std::move(given)),
        session(std::move(transport), std::move(pipeline), options),
        calls(session, options) {}

  const Options options;
  Session session;
  CpqCalls calls;
};

CpqQuotes::CpqQuotes(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
                     Options options)
    : impl_(std::make_unique<Impl>(std::move(transport), std::move(pipeline), std::move(options))) {
}
CpqQuotes::~CpqQuotes() = default;

Result<QuoteModel> CpqQuotes::read(std::string_view quote, const Context& context) {
  return impl_->calls.read(quote, context);
}
Result<QuoteModel> CpqQuotes::calculate(const QuoteModel& model, const Context& context) {
  return impl_->calls.calculate(model, context);
}
Result<QuoteModel> CpqQuotes::save(const QuoteModel& model, const Context& context) {
  return impl_->calls.save(model, context);
}
Result<PricedQuote> CpqQuotes::price(std::string_view quote, const Context& context) {
  return impl_->calls.price(quote, context);
}

}  // namespace channelbridge::salesforce
