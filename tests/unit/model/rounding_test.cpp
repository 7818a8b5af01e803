#include "channelbridge/model/rounding.hpp"

#include "channelbridge/model/claim.hpp"
#include "channelbridge/model/invoice.hpp"
#include "channelbridge/model/lead.hpp"
#include "channelbridge/model/order.hpp"
#include "channelbridge/model/sell_through_report.hpp"
#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class HalfEven : public EntityTest {
 protected:
  /// "path rule: message", by the entity rounded half to even.
  template <typename T>
  static std::vector<std::string> to_even(const Fields& fields) {
    const auto even = rounded_half_to_even(*type_of<T>());
    return even ? told(check(**even, fields)) : std::vector{to_string(even.error())};
  }
  /// 0.125 a piece, as a document says that it is rounded.
  static Fields order_of(const char* amount) {
    return {{"currency", "EUR"},
            {"lines[a].qty.value", "1"},
            {"lines[a].net_price", "0.125"},
            {"lines[a].net_amount", amount},
            {"totals.lines_net", amount},
            {"totals.grand_total", amount}};
  }
};

TEST_F(HalfEven, LinesAreRefusedWithBothFiguresUnlessTheyRoundAsTheEntitySays) {
  EXPECT_THAT(breaches<Order>(order_of("0.13")), IsEmpty());
  EXPECT_THAT(breaches<Order>(order_of("0.12")),
              ElementsAre("lines[a].net_amount line_amount: is 0.12, but net_price 0.125 x qty 1 = "
                          "0.13, a difference of -0.01"));
  EXPECT_THAT(to_even<Order>(order_of("0.12")), IsEmpty());
  EXPECT_THAT(to_even<Order>(order_of("0.13")),
              ElementsAre("lines[a].net_amount line_amount: is 0.13, but net_price 0.125 x qty 1 = "
                          "0.12, a difference of 0.01"));
  EXPECT_THAT(to_even<Quote>(order_of("0.12")), IsEmpty());
}

TEST_F(HalfEven, IsKnownByTheEntity) {
  EXPECT_EQ(rounding_of(*type_of<Claim>()), Rounding::HalfAwayFromZero);
  EXPECT_EQ(rounding_of(*type_of<Lead>()), Rounding::HalfAwayFromZero);
  EXPECT_EQ(rounding_of(**rounded_half_to_even(*type_of<Claim>())), Rounding::HalfEven);
}

TEST_F(HalfEven, TaxesOfAnInvoiceAreRoundedAsItsLines) {
  const Fields invoice{{"currency", "EUR"},
                       {"lines[a].qty.value", "1"},
                       {"lines[a].price", "0.125"},
                       {"lines[a].net", "0.12"},
                       {"totals.taxes[s].base", "2.5"},
                       {"totals.taxes[s].rate", "5"},
                       {"totals.taxes[s].amount", "0.12"}};
  EXPECT_THAT(to_even<Invoice>(invoice), IsEmpty());
  EXPECT_THAT(breaches<Invoice>(invoice), ElementsAre(HasSubstr("price 0.125 x qty 1 = 0.13"),
                                                      HasSubstr("base 2.50 x rate 5 % = 0.13")));
}

TEST_F(HalfEven, TheTotalOfAReportSumsLinesRoundedAsTheEntitySays) {
  const Fields report{{"currency", "EUR"}, {"totals.amount", "0.12"}, {"lines[a].amount", "0.125"}};
  EXPECT_THAT(to_even<SellThroughReport>(report), IsEmpty());
  EXPECT_THAT(breaches<SellThroughReport>(report), ElementsAre(HasSubstr("= 0.13")));
}

TEST_F(HalfEven, TheShareThatAClaimMayAskForIsRoundedAsTheEntitySays) {
  const Fields claim{{"currency", "EUR"},
                     {"lines[a].net", "0.25"},
                     {"lines[a].share_pct", "50"},
                     {"lines[a].claimed", "0.13"}};
  EXPECT_THAT(breaches<Claim>(claim), IsEmpty());
  EXPECT_THAT(to_even<Claim>(claim), ElementsAre(HasSubstr("= 0.12")));
}

TEST_F(HalfEven, AnEntityKeepsItsOwnFieldsAndCanBeRoundedTwice) {
  const std::vector<CustomField> custom{{.name = "region"}};
  const auto own = type_of<Order>()->with_custom(custom);
  const auto even = rounded_half_to_even(**own);
  ASSERT_TRUE(even) << to_string(even.error());
  EXPECT_NE((*even)->find("custom.region"), nullptr);
  EXPECT_EQ((*even)->states(), (*own)->states());
  const auto again = rounded_half_to_even(**even);
  ASSERT_TRUE(again);
  EXPECT_THAT(told(check(**again, order_of("0.12"))), IsEmpty());
}

TEST_F(HalfEven, IsRefusedWhereNothingIsRounded) {
  const auto even = rounded_half_to_even(*type_of<Lead>());
  ASSERT_FALSE(even);
  EXPECT_EQ(even.error().code(), ErrorCode::Unsupported);
  EXPECT_THAT(to_string(even.error()), HasSubstr("lead"));
}

}  // namespace
}  // namespace channelbridge::model
