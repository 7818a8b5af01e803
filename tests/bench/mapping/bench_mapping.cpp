// Salesforce lead JSON -> C4C lead JSON: the read program of one mapping and the write program of
// another, beside the same by hand. `compare` proves that both say the same before anything is
// measured. The leads have every field of the published describe of Lead that a query of all fields
// returns; names are invented.

#include <chrono>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "by_hand.hpp"
#include "channelbridge/document/tree.hpp"
#include "channelbridge/mapping/mapping.hpp"

namespace {

using channelbridge::document::Document;
using channelbridge::document::Format;
using channelbridge::document::Page;
using channelbridge::mapping::Mapping;

std::string lead(std::size_t i) {
  const auto pick = [i](std::initializer_list<const char*> words) {
    return *(words.begin() + static_cast<std::ptrdiff_t>(i % words.size()));
  };
  const std::string no = std::to_string(100000 + i);
  return R"({"attributes":{"type":"Lead","url":"/services/data/v59.0/sobjects/Lead/00QR0000)" + no +
         R"(MAQ"},"Id":"00QR0000)" + no +
         R"(MAQ","IsDeleted":false,"MasterRecordId":null,"LastName":")" +
         pick({"Lindström", "Kowalska", "Müller", "王"}) + R"(","FirstName":")" +
         pick({"Åsa", "Zofia", "Jörg", "伟"}) +
         R"(","Salutation":null,"Name":"n","Title":"Head of Procurement","Company":"Nordic Pumps AB )" +
         no + R"(","Street":"Storgatan 12","City":")" + pick({"Malmö", "Łódź", "Köln", "上海"}) +
         R"(","State":null,"PostalCode":"211 34","Country":")" +
         pick({"Sweden", "Poland", "Germany", "China"}) +
         R"(","Latitude":null,"Longitude":null,"Phone":"+4640123)" + no.substr(2) +
         R"(","MobilePhone":null,"Fax":null,"Email":"buyer)" + no +
         R"(@example.com","Website":"https://pumps.example","Description":"Offer \"B\" for )" + no +
         R"(","LeadSource":")" + pick({"Web", "Phone Inquiry", "Partner Referral", "Other"}) +
         R"(","Status":")" +
         pick({"Open - Not Contacted", "Working - Contacted", "Closed - Not Converted"}) +
         R"(","Industry":"Manufacturing","Rating":")" + pick({"Hot", "Warm", "Cold"}) +
         R"(","AnnualRevenue":)" + std::to_string(1000 + i % 977) +
         R"(.5,"CurrencyIsoCode":"SEK","NumberOfEmployees":120,"OwnerId":"005R0000000K2uyIAC","IsConverted":false,"ConvertedDate":null,"CreatedDate":"2026-05-07T22:07:19.000+0000","LastModifiedDate":"2026-05-08T06:11:02.000+0000","SystemModstamp":"2026-05-08T06:11:02.000+0000"})";
}

std::shared_ptr<const Mapping> load(const char* name) {
  auto mapping = Mapping::load(std::string(CHANNELBRIDGE_BENCH_DIR) + "/" + name,
                               channelbridge::model::EntityRegistry::built_in());
  return std::move(mapping).value();
}

/// The crossing: one document in, one body out.
std::string cross(const Mapping& from, const Mapping& to, const Document& document) {
  auto patch = from.read(document, nullptr, "crm");
  channelbridge::model::Fields fields;
  for (auto& entry : patch.value().entries) {
    if (entry.value)
      fields.emplace_hint(fields.end(), std::move(entry.path), std::move(*entry.value));
  }
  auto written = to.write(fields, {.create = true}, {}, nullptr);
  return std::move(written.value().nodes.front().body);
}

int compare(const Mapping& from, const Mapping& to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text = lead(i);
    const auto ours =
        channelbridge::document::parse_tree(cross(from, to, Document::of(text)), Format::Json);
    const auto theirs = channelbridge::document::parse_tree(by_hand(text), Format::Json);
    if (flatten(ours.value()) != flatten(theirs.value())) {
      std::cerr << "lead " << i << " differs:\n"
                << cross(from, to, Document::of(text)) << "\n"
                << by_hand(text) << "\n";
      return 1;
    }
  }
  std::cout << count << " leads agree, " << lead(0).size() << " bytes each\n";
  return 0;
}

int run(const std::string& mode, std::size_t count) {
  const auto from = load("salesforce_lead.yaml");
  const auto to = load("c4c_lead.yaml");
  if (mode == "compare") return compare(*from, *to, count);
  // 100 leads of one page, again and again: the same bytes for both sides.
  std::string bytes = "[";
  std::vector<std::pair<std::size_t, std::size_t>> spans;
  for (std::size_t i = 0; i < 100; ++i) {
    if (i > 0) bytes += ',';
    const std::string text = lead(i);
    spans.emplace_back(bytes.size(), text.size());
    bytes += text;
  }
  bytes += "]";
  const auto page = Page::make(bytes, Format::Json);
  std::size_t size = 0;
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [offset, length] = spans[i % spans.size()];
    if (mode == "mapping") size += cross(*from, *to, Document(page, offset, length)).size();
    if (mode == "hand") size += by_hand(page->bytes().substr(offset, length)).size();
    if (mode == "gate" && i % spans.size() == 0)
      size += json_records(*page, "", {"Id", "SystemModstamp"}).value().records.size();
    if (mode == "output") std::cout << cross(*from, *to, Document(page, offset, length)) << "\n";
    if (mode == "input") std::cout << page->bytes().substr(offset, length) << "\n";
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  if (mode != "input" && mode != "output")
    std::cout << mode << " " << count << " records, " << size << " bytes out, "
              << spent.count() * 1e6 / static_cast<double>(count) << " us each\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc > 1 ? argv[1] : "compare", argc > 2 ? std::stoul(argv[2]) : 100);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
