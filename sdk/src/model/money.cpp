#include "channelbridge/model/money.hpp"

namespace channelbridge::model {
namespace {

Result<void> complete(const Money& money) {
  if (money.amount && money.currency) return {};
  return Error(ErrorCode::Invalid,
               money.amount ? "an amount has no currency" : "an amount is empty");
}

Result<void> same_currency(const Money& left, const Money& right) {
  if (auto ok = complete(left); !ok) return ok;
  if (auto ok = complete(right); !ok) return ok;
  if (*left.currency == *right.currency) return {};
  return Error(ErrorCode::Invalid, "cannot calculate with " + left.currency->text() + " and " +
                                       right.currency->text() + " together");
}

Result<Money> with_amount(Result<Decimal> amount, const Money& money) {
  if (!amount) return std::move(amount).error();
  return Money{.amount = *amount, .currency = money.currency};
}

}  // namespace

Result<Money> add(const Money& left, const Money& right) {
  if (auto ok = same_currency(left, right); !ok) return std::move(ok).error();
  return with_amount(add(*left.amount, *right.amount), left);
}

Result<Money> subtract(const Money& left, const Money& right) {
  if (auto ok = same_currency(left, right); !ok) return std::move(ok).error();
  return with_amount(subtract(*left.amount, *right.amount), left);
}

Result<Money> multiply(const Money& money, const Decimal& factor) {
  if (auto ok = complete(money); !ok) return std::move(ok).error();
  return with_amount(multiply(*money.amount, factor), money);
}

Result<Money> round(const Money& money, Rounding rounding) {
  if (auto ok = complete(money); !ok) return std::move(ok).error();
  return with_amount(round(*money.amount, minor_unit(*money.currency), rounding), money);
}

Result<Decimal> part(const Percent& percent, const Decimal& whole) {
  return multiply(percent.value, whole).and_then([](Decimal product) {
    return multiply(product, Decimal(1, 2));
  });
}

Result<Money> part(const Percent& percent, const Money& whole) {
  if (auto ok = complete(whole); !ok) return std::move(ok).error();
  return with_amount(part(percent, *whole.amount), whole);
}

}  // namespace channelbridge::model
