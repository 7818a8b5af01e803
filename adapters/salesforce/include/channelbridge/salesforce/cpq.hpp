#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/context.hpp"
#include "channelbridge/core/result.hpp"
#include "channelbridge/salesforce/salesforce.hpp"

namespace channelbridge::salesforce {

/// A quote with its lines as Salesforce CPQ models it, in the very text that it came as: numbers
/// are never turned into binary ones, and members that we do not know go back as they came.
///
/// Threads: immutable.
class QuoteModel {
 public:
  /// Errors: Protocol, it is no quote model (an object with a `record` and `lineItems`).
  static Result<QuoteModel> parse(std::string text);

  const std::string& text() const { return text_; }
  const std::string& id() const {
    return id_;
  }  ///< of the quote, 18 characters; "" = not saved yet
  /// What CPQ computes, as plain decimals without trailing zeros: "netTotal" and "customerTotal" of
  /// the quote, "<line id or key>.SBQQ__NetPrice__c" and the other unit prices of each line.
  const std::map<std::string, std::string>& prices() const { return prices_; }

 private:
  std::string text_{};
  std::string id_{};
  std::map<std::string, std::string> prices_{};
};

/// A quote whose prices are those that CPQ computes.
struct PricedQuote {
  QuoteModel model{};
  bool saved{};   ///< false = they were so already: nothing was written
  bool looked{};  ///< the answer to the save was lost: the quote was read, and shows these prices
};

/// The CPQ API of an org: /services/apexrest/SBQQ/ServiceRouter.
///
/// Errors  Rejected, CPQ refuses the quote (an Apex exception; remote_message() has its words);
///         NotFound, no such quote, or the package is not installed
/// Source  Salesforce CPQ Developer Guide, "CPQ API": Read, Calculate, Save Quote; models
/// QuoteModel,
///         QuoteLineModel
/// Threads any
class CpqQuotes {
 public:
  CpqQuotes(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
            Options options = {});
  ~CpqQuotes();

  Result<QuoteModel> read(std::string_view quote, const Context& context);
  /// Prices of the model as it stands; nothing is saved, so it may be repeated. Slow: leave
  /// minutes.
  Result<QuoteModel> calculate(const QuoteModel& model, const Context& context);
  /// At most once. An Error with Sent::NoAnswer, or an answer that proves nothing: read the quote.
  Result<QuoteModel> save(const QuoteModel& model, const Context& context);

  /// Reads, calculates and saves a quote that is in the org. Safe to repeat: prices that are right
  /// are not saved again, and when the answer to a save is lost the quote is read and tells. An
  /// edit that comes while CPQ calculates is not saved over: the quote is calculated anew, three
  /// times, then it is a Conflict. Sent::No: nothing was saved, and it may be tried again.
  Result<PricedQuote> price(std::string_view quote, const Context& context);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// For a system of a project file, from the settings that its adapter is made of. Contacts nothing.
/// Errors: Invalid, with every setting that does not hold.
Result<std::unique_ptr<CpqQuotes>> make_cpq_quotes(const adapter::SystemSettings& system);

}  // namespace channelbridge::salesforce
