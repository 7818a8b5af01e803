#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// Something that is sold: goods, a licence, a subscription, a service, or several of them at once.
struct Product {
  /// A text in one language.
  struct Text {
    std::optional<Language> language{};
    std::optional<std::string> text{};
    friend bool operator==(const Text&, const Text&) = default;
  };
  /// One step of the way through the vendor's catalogue; level 1 is the widest.
  struct Category {
    std::optional<std::int64_t> level{};
    std::optional<std::string> name{};
    friend bool operator==(const Category&, const Category&) = default;
  };
  /// Scheme: UNSPSC, eCl@ss or GPC.
  struct Class {
    std::optional<Code> scheme{};
    std::optional<Code> code{};
    friend bool operator==(const Class&, const Class&) = default;
  };
  struct Subscription {
    std::optional<std::int64_t> term{};
    std::optional<Unit> term_unit{};  ///< DAY, MON or ANN
    std::optional<Code> billing_frequency{};
    std::optional<bool> renewable{};
    std::optional<bool> auto_renew{};
    friend bool operator==(const Subscription&, const Subscription&) = default;
  };
  /// A part of a bundle or kit.
  struct Component {
    std::optional<Reference> product{};
    Quantity quantity{};
    std::optional<bool> optional{};
    friend bool operator==(const Component&, const Component&) = default;
  };
  struct Dimensions {
    std::optional<Decimal> length{};
    std::optional<Decimal> width{};
    std::optional<Decimal> height{};
    std::optional<Unit> unit{};
    friend bool operator==(const Dimensions&, const Dimensions&) = default;
  };
  struct Attribute {
    std::optional<std::string> name{};
    std::optional<std::string> value{};
    friend bool operator==(const Attribute&, const Attribute&) = default;
  };
  /// What a scanner in a warehouse reads; not always a GTIN.
  struct Barcode {
    std::optional<std::string> value{};
    friend bool operator==(const Barcode&, const Barcode&) = default;
  };
  struct Lifecycle {
    std::optional<Date> launch{};
    std::optional<Date> end_of_sale{};
    std::optional<Date> end_of_support{};
    friend bool operator==(const Lifecycle&, const Lifecycle&) = default;
  };

  std::optional<std::string> sku{};
  std::vector<Element<Text>> names{};
  std::vector<Element<Text>> descriptions{};
  std::optional<std::string> gtin{};  ///< of 14 digits, shorter ones with zeros in front
  std::optional<std::string> mpn{};   ///< the manufacturer's number
  std::optional<Code> kind{};
  std::optional<std::string> family{};
  std::optional<std::string> brand{};
  std::vector<Element<Category>> category_path{};
  std::vector<Element<Class>> classes{};
  std::optional<Unit> base_unit{};
  Quantity order_multiple{};
  Quantity min_qty{};
  Subscription subscription{};
  std::vector<Element<Component>> components{};
  std::optional<Code> tax_category{};
  Quantity weight{};
  Dimensions dimensions{};
  std::vector<Element<Attribute>> attributes{};
  std::vector<Element<Barcode>> barcodes{};
  std::optional<Code> status{};
  Lifecycle lifecycle{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Product&, const Product&) = default;
};

const EntityDescription& description(std::type_identity<Product>);

}  // namespace channelbridge::model
