#pragma once

#include "channelbridge/salesforce/cpq.hpp"
#include "session_internal.hpp"

namespace channelbridge::salesforce {

/// The calls behind CpqQuotes, over a session that others use as well.
///
/// Threads: any.
class CpqCalls {
 public:
  CpqCalls(Session& session, const Options& options) : session_(session), options_(options) {}

  Result<QuoteModel> read(std::string_view quote, const Context& context);
  Result<QuoteModel> calculate(const QuoteModel& model, const Context& context);
  Result<QuoteModel> save(const QuoteModel& model, const Context& context);
  Result<PricedQuote> price(std::string_view quote, const Context& context);

 private:
  Result<QuoteModel> send(http::Request request, const Context& context);
  Result<PricedQuote> look(const QuoteModel& before, const QuoteModel& wanted, const Error& lost,
                           const Context& context);

  Session& session_;
  const Options& options_;
};

}  // namespace channelbridge::salesforce
