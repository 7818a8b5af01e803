#pragma once

#include "channelbridge/model/entity_type.hpp"
#include "channelbridge/model/lead.hpp"

namespace channelbridge::model {

inline std::shared_ptr<const EntityType> type(std::string_view name) {
  return EntityRegistry::built_in().find(name);
}

inline Lead lead_sample() {
  Lead lead;
  lead.number = "L-1";
  lead.topic = "CNC machine";
  lead.company.name = "Exempel Verkstad AB";
  lead.contact = {.first_name = "Åsa",
                  .last_name = "Öberg",
                  .email = Email::parse("asa@example.se"),
                  .phone = Phone::parse("+46 8 123 456 78")};
  lead.address = {.line1 = "Storgatan 1", .city = "Lund", .country = Country::parse("SE")};
  lead.source = "web_form";
  lead.product_interest.push_back({{.no = 10,
                                    .product = "pending:erp/Product/4711",
                                    .quantity = {.value = Decimal(2), .unit = Unit::parse("H87")}},
                                   "018f"});
  lead.estimated_value = {.amount = Decimal(5000050, 2), .currency = Currency::parse("SEK")};
  lead.score = 70;
  lead.status = "captured";
  return lead;
}

/// A value for every described field, with one element in every list.
inline Fields every_field(const EntityType& type) {
  Fields fields;
  for (const FieldInfo& field : type.fields()) {
    std::string value = "x";
    switch (field.type) {
      case FieldType::Text:
        break;
      case FieldType::Code:
        if (field.codes != nullptr) value = field.codes->codes.back();
        break;
      case FieldType::Boolean:
        value = "true";
        break;
      case FieldType::Integer:
        value = "-42";
        break;
      case FieldType::Decimal:
      case FieldType::Percent:
        value = "12.25";
        break;
      case FieldType::Date:
        value = "2026-11-21";
        break;
      case FieldType::Timestamp:
        value = "2026-11-21T18:46:26.000001Z";
        if (field.path == "offered_at") value = "2026-11-20T18:46:26Z";
        break;
      case FieldType::Country:
        value = "PL";
        break;
      case FieldType::Currency:
        value = "PLN";
        break;
      case FieldType::Language:
        value = "zh-Hant-TW";
        break;
      case FieldType::Unit:
        value = "H87";
        break;
      case FieldType::TimeZone:
        value = "Europe/Warsaw";
        break;
      case FieldType::Email:
        value = "a@example.pl";
        break;
      case FieldType::Phone:
        value = "+48221234567";
        break;
      case FieldType::Web:
        value = "https://example.pl/x";
        break;
      case FieldType::Reference:
        value = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
        break;
    }
    std::string path = field.path;
    if (const auto row = split_element(path)) path = element_path(row->list, "018f", row->field);
    fields.emplace(std::move(path), std::move(value));
  }
  return fields;
}

inline Decimal decimal(std::string_view text) { return Decimal::parse(text).value(); }

}  // namespace channelbridge::model
