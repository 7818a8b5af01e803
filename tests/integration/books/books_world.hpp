#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "channelbridge/hub/hub.hpp"
#include "sandbox/sap/sales.hpp"
#include "sandbox/soap/sap_fi_server.hpp"

namespace channelbridge::test {

using sandbox::Json;

/// An ERP with two doors, its OData services and the SOAP services of its accounting, an office
/// that sends settlements as tables, and a hub between them that is set up by a project file and
/// the shipped mappings.
///
/// The ERP knows "Rheinwerk" (10100001) and "Seewerk" (10100002); both are debtors of company code
/// 1010, under ten digits.
class BooksWorld : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Journal entries; with `bapi` accounting documents by BAPI. `spokes`: more of them. On the
  /// store as it is: another process, as far as anybody can tell.
  void start(bool bapi = false, const std::string& spokes = {});
  /// What a test has otherwise, before start().
  struct Otherwise {
    std::string books_url{};                    ///< where the hub finds them; "" = at the server
    std::string books_settings{};               ///< lines of the system
    std::string settlement{"match: [number]"};  ///< rules of the entity
    std::string erp_values{};                   ///< more of the ERP's, each after a comma
    std::string credit_tax{"0"};  ///< percent that sales adds to a credit memo, before SetUp()
  };

  sandbox::SapFiService& books() { return fi_->service(); }
  sandbox::Faults& faults_of_books() { return fi_->faults(); }
  sandbox::SalesDesk& desk() { return *erp_->sales(); }
  std::vector<Json> rows(const std::string& set) { return desk().service_with(set)->rows(set); }
  /// The one row of a set; the test ends where there is another number of them.
  Json only(const std::string& set);
  /// The one document that the services have posted, as the server shows it.
  Json document();
  std::size_t documents() { return books().state()["documents"].size(); }
  /// The company pays what it owes.
  sandbox::fi::PaymentRun pay();

  /// The office sends one settlement.
  void settles(const std::string& number, const std::string& partner, const std::string& method,
               const std::string& net, const std::string& tax, const std::string& gross);
  /// What was written for the office, all files together.
  std::string sent_to_office() const;

  /// One run some minutes later, in which nothing may be set aside; what it wrote.
  std::uint64_t sync();
  /// The same, whatever is set aside.
  hub::RunReport run();
  /// Runs until nothing is written any more, and one more: it writes nothing anywhere, and nothing
  /// is planned.
  void settle();
  /// The fields of the hub's one settlement.
  Json settlement();
  /// Waiting records, conflicts and dead letters, as people see them.
  std::string open_things();
  /// Open letters of writes.
  std::vector<store::DeadLetterRow> letters();

  std::unique_ptr<hub::Hub> hub_{};
  std::filesystem::path folder_{};  ///< of the project file
  std::unique_ptr<sandbox::SapServer> erp_{};
  std::unique_ptr<sandbox::SapFiServer> fi_{};
  Otherwise otherwise_{};

 private:
  std::uint64_t effects() const;
};

}  // namespace channelbridge::test
