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
namespace {

template <typename... Entity>
void add_all(EntityRegistry& registry) {
  (registry.add(entity_type(description(std::type_identity<Entity>()))), ...);
}

}  // namespace

EntityRegistry EntityRegistry::built_in() {
  EntityRegistry registry;
  add_all<Partner, PartnerContact, PartnerProgram, ProgramTier, Territory>(registry);
  add_all<Lead, LeadAssignment, DealRegistration, Opportunity>(registry);
  add_all<Product, PriceBook, PriceBookEntry, Availability, DiscountAgreement>(registry);
  add_all<Quote, Order, Invoice, Contract, Subscription, Renewal>(registry);
  add_all<InventoryPosition, SellThroughReport>(registry);
  add_all<Certification, PartnerRecruitment, BusinessPlan>(registry);
  add_all<Incentive, Commission, ServiceCase>(registry);
  add_all<Budget, Fund, FundStatement, FundRequest, MarketingActivity, Claim, Settlement>(registry);
  return registry;
}

}  // namespace channelbridge::model
