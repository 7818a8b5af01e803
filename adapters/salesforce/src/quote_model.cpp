#include "quote_model_internal.hpp"

#include <charconv>

#include "channelbridge/document/tree.hpp"
#include "member_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using document::Tree;

// Source: Salesforce CPQ Developer Guide, "Quote Line Fields": unit prices of the waterfall.
constexpr std::string_view kPrices[] = {
    "SBQQ__OriginalPrice__c", "SBQQ__ListPrice__c",    "SBQQ__SpecialPrice__c",
    "SBQQ__ProratedPrice__c", "SBQQ__RegularPrice__c", "SBQQ__CustomerPrice__c",
    "SBQQ__PartnerPrice__c",  "SBQQ__NetPrice__c",     "SBQQ__ProratedListPrice__c"};
constexpr int kFurthestExponent = 60;

void note(const Tree& object, std::string_view name, const std::string& as,
          std::map<std::string, std::string>& out) {
  const Tree* found = object.find(name);
  if (found == nullptr || found->kind != Tree::Kind::Number) return;
  out.emplace(as, plain_decimal(found->text));
}

}  // namespace

std::string plain_decimal(std::string_view number) {
  const std::string_view given = number;
  const bool negative = number.starts_with('-');
  if (negative) number.remove_prefix(1);
  int exponent = 0;
  if (const std::size_t e = number.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view rest = number.substr(e + 1);
    if (rest.starts_with('+')) rest.remove_prefix(1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    if (error != std::errc() || exponent > kFurthestExponent || exponent < -kFurthestExponent)
      return std::string(given);  // compared as it stands
    number = number.substr(0, e);
  }
  const std::size_t point = std::min(number.find('.'), number.size());
  std::string digits(number.substr(0, point));
  int scale = -exponent;
  if (point < number.size()) {
    digits += number.substr(point + 1);
    scale += static_cast<int>(number.size() - point - 1);
  }
  if (scale < 0) digits.append(static_cast<std::size_t>(-scale), '0');
  scale = std::max(scale, 0);
  const auto decimals = static_cast<std::size_t>(scale);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  std::string out = digits.substr(0, digits.size() - decimals);
  out.erase(0, std::min(out.find_first_not_of('0'), out.size() - 1));
  std::string fraction = digits.substr(digits.size() - decimals);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) out += "." + fraction;
  return negative && out != "0" ? "-" + out : out;
}

Result<QuoteModel> QuoteModel::parse(std::string text) {
  auto tree = document::parse_tree(text, document::Format::Json);
  if (!tree) return std::move(tree).error();
  const Tree* record = tree->find("record");
  const Tree* lines = tree->find("lineItems");
  if (record == nullptr || record->kind != Tree::Kind::Object || lines == nullptr ||
      lines->kind != Tree::Kind::Array)
    return Error(ErrorCode::Protocol, "this is no quote model of CPQ");
  QuoteModel out;
  out.id_ = full_id(member_text(*record, "Id")).value_or("");
  for (const char* total : {"netTotal", "customerTotal"}) note(*tree, total, total, out.prices_);
  std::size_t number = 0;
  for (const Tree& line : lines->children) {
    const Tree* fields = line.find("record");
    if (fields == nullptr || fields->kind != Tree::Kind::Object)
      return Error(ErrorCode::Protocol, "a line of CPQ's quote model has no record");
    std::string name = full_id(member_text(*fields, "Id")).value_or("");
    if (name.empty()) name = "line " + std::to_string(number);
    ++number;
    for (const std::string_view price : kPrices)
      note(*fields, price, name + "." + std::string(price), out.prices_);
  }
  out.text_ = std::move(text);
  return out;
}

}  // namespace channelbridge::salesforce
