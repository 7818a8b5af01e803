#pragma once

#include <cstdint>
#include <string>

/// Invented companies and people of five countries, with local names, scripts and addresses. The
/// same number gives the same answer.
namespace channelbridge::demo {

struct Company {
  std::string name{};
  std::string legal_form{};
  std::string street{};
  std::string city{};
  std::string region{};
  std::string postal_code{};
  std::string country{};  ///< ISO 3166-1 alpha-2
  std::string phone{};    ///< E.164
  std::string website{};
  std::string duns{};  ///< nine digits
  std::string tier{};  ///< distributor, reseller or dealer
};

struct Person {
  std::string first_name{};
  std::string last_name{};
  std::string email{};
  std::string phone{};
  std::string title{};
  std::string country{};
};

Company company(std::uint64_t number);
Person person(std::uint64_t number);
/// Who may buy: a company that is no partner.
Company prospect(std::uint64_t number);
std::string product(std::uint64_t number);

}  // namespace channelbridge::demo
