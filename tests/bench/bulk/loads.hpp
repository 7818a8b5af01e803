#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "sandbox/salesforce/org.hpp"

/// The records that the bench of jobs carries: leads, and order lines below orders that are made
/// first. Every body follows from its number, so that both ways carry the same.
namespace channelbridge::bench {

inline constexpr std::uint64_t kLinesOfOrder = 10;

/// What an order and its lines stand on, made by the org's administrator.
struct Catalogue {
  std::string account{};
  std::string book{};                  ///< the org's standard price book
  std::vector<std::string> entries{};  ///< of that book, one for each product
};

Result<Catalogue> make_catalogue(sandbox::salesforce::Org& org);

adapter::Selection selection_of(const std::string& object);
std::string lead_body(std::uint64_t number);
std::string order_body(const Catalogue& catalogue);
/// `order` = id of the order that the line is made below.
std::string line_body(std::uint64_t number, const std::string& order, const Catalogue& catalogue);

/// How many orders so many lines need.
std::uint64_t orders_of(std::uint64_t lines);
/// Has the org as many orders, and does each have the total that its own lines make, to the cent?
bool orders_add_up(const sandbox::salesforce::Org& org, std::uint64_t lines);

}  // namespace channelbridge::bench
