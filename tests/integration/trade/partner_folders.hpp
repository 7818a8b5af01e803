#pragma once

#include <fstream>

#include "trade_world.hpp"

namespace channelbridge::test {

/// The world with two folders beside it: a dealer's, and one of an office of the vendor's.
class PartnerFolders : public TradeWorld {
 public:
  using Row = std::map<std::string, std::string>;

 protected:
  static constexpr const char* kDealer = R"(
  dealer-products: { system: dealer, mapping: file/product.yaml, direction: push }
  dealer-partners: { system: dealer, mapping: file/partner.yaml, direction: push }
)";
  static constexpr const char* kOffice = R"(
  office-products: { system: office, mapping: file/product.yaml, direction: push }
  office-partners: { system: office, mapping: file/partner.yaml, direction: push }
)";

  /// With two partners that have a folder each: a dealer, and an office of the vendor's.
  void begin(const std::string& spokes, const std::string& crm_settings = {}) {
    for (const char* partner : {"dealer", "office"}) {
      std::filesystem::create_directories(folder_ / partner / "from-partner");
      std::filesystem::create_directories(folder_ / partner / "to-partner");
    }
    start(spokes, {{"crm", crm_settings + "  dealer: { adapter: file, folder: dealer }\n"
                                          "  office: { adapter: file, folder: office }\n"}});
    settle();
  }
  void sends(const std::string& partner, const std::string& file, const std::string& text) {
    std::ofstream(folder_ / partner / "from-partner" / file) << text;
  }
  /// The rows of a file for a partner: no cell of these tests has a separator or a quote inside.
  std::vector<Row> got(const std::string& partner, const std::string& file) {
    std::ifstream in(folder_ / partner / "to-partner" / file);
    std::vector<Row> out;
    std::vector<std::string> names;
    for (std::string line; std::getline(in, line);) {
      std::erase_if(line, [](char c) { return c == '"' || c == '\r'; });
      std::vector<std::string> cells;
      for (std::size_t from = 0, to = 0; to != std::string::npos; from = to + 1) {
        to = line.find(',', from);
        cells.push_back(line.substr(from, to == std::string::npos ? to : to - from));
      }
      if (names.empty()) {
        names = std::move(cells);
        continue;
      }
      Row& row = out.emplace_back();
      for (std::size_t i = 0; i < names.size() && i < cells.size(); ++i) row[names[i]] = cells[i];
    }
    return out;
  }
  Row only(const std::string& partner, const std::string& file) {
    const std::vector<Row> rows = got(partner, file);
    EXPECT_EQ(rows.size(), 1U) << file;
    return rows.empty() ? Row{} : rows.front();
  }
};

}  // namespace channelbridge::test
