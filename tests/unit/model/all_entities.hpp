#pragma once

#include <vector>

#include "channelbridge/model/budget.hpp"
#include "channelbridge/model/business_plan.hpp"
#include "channelbridge/model/certification.hpp"
#include "channelbridge/model/claim.hpp"
#include "channelbridge/model/contract.hpp"
#include "channelbridge/model/deal_registration.hpp"
#include "channelbridge/model/discount_agreement.hpp"
#include "channelbridge/model/fund_request.hpp"
#include "channelbridge/model/fund_statement.hpp"
#include "channelbridge/model/incentive.hpp"
#include "channelbridge/model/inventory_position.hpp"
#include "channelbridge/model/invoice.hpp"
#include "channelbridge/model/lead.hpp"
#include "channelbridge/model/lead_assignment.hpp"
#include "channelbridge/model/opportunity.hpp"
#include "channelbridge/model/order.hpp"
#include "channelbridge/model/partner.hpp"
#include "channelbridge/model/partner_contact.hpp"
#include "channelbridge/model/partner_program.hpp"
#include "channelbridge/model/partner_recruitment.hpp"
#include "channelbridge/model/price_book.hpp"
#include "channelbridge/model/product.hpp"
#include "channelbridge/model/quote.hpp"
#include "channelbridge/model/sell_through_report.hpp"
#include "channelbridge/model/service_case.hpp"
#include "channelbridge/model/settlement.hpp"
#include "channelbridge/model/territory.hpp"

namespace channelbridge::model {

template <typename... Entity>
std::vector<const EntityDescription*> descriptions_of() {
  return {&description(std::type_identity<Entity>())...};
}

inline std::vector<const EntityDescription*> all_descriptions() {
  return descriptions_of<Availability, Budget, BusinessPlan, Certification, Claim, Commission,
                         Contract, DealRegistration, DiscountAgreement, Fund, FundRequest,
                         FundStatement, Incentive, InventoryPosition, Invoice, Lead, LeadAssignment,
                         MarketingActivity, Opportunity, Order, Partner, PartnerContact,
                         PartnerProgram, PartnerRecruitment, PriceBook, PriceBookEntry, Product,
                         ProgramTier, Quote, Renewal, SellThroughReport, ServiceCase, Settlement,
                         Subscription, Territory>();
}

}  // namespace channelbridge::model
