#include "data.hpp"

#include <array>
#include <cctype>
#include <cstdio>
#include <string_view>

namespace channelbridge::demo {

namespace {

struct Place {
  std::string_view city;
  std::string_view region;
  std::string_view postal_code;
  std::string_view street;
};

struct Country {
  std::string_view code;
  std::string_view dial;
  std::array<Place, 5> places;
  std::array<std::string_view, 8> first_names;
  std::array<std::string_view, 10> last_names;
  std::array<std::string_view, 8> words;
  std::array<std::string_view, 3> forms;
};

constexpr std::array<Country, 5> kCountries{{
    {"SE",
     "+468",
     {{{"Göteborg", "", "411 04", "Östra Hamngatan"},
       {"Malmö", "", "211 22", "Södergatan"},
       {"Västerås", "", "722 11", "Stora gatan"},
       {"Umeå", "", "903 26", "Kungsgatan"},
       {"Örebro", "", "702 11", "Drottninggatan"}}},
     {"Åsa", "Björn", "Märta", "Göran", "Elin", "Sören", "Linnéa", "Håkan"},
     {"Lindqvist", "Åkesson", "Sjögren", "Öberg", "Lundström", "Hägg", "Nyström", "Ekdahl",
      "Wallin", "Björklund"},
     {"Nordljus", "Fjällteknik", "Skärgård", "Vattenkraft", "Björkhaga", "Älvdal", "Isbryta",
      "Gränsö"},
     {"AB", "Handels AB", "Teknik AB"}},
    {"PL",
     "+4822",
     {{{"Łódź", "LD", "90-001", "ul. Piotrkowska"},
       {"Kraków", "MA", "31-042", "ul. Floriańska"},
       {"Gdańsk", "PM", "80-831", "ul. Długa"},
       {"Wrocław", "DS", "50-101", "ul. Świdnicka"},
       {"Rzeszów", "PK", "35-030", "ul. Słowackiego"}}},
     {"Małgorzata", "Paweł", "Zofia", "Łukasz", "Bożena", "Grzegorz", "Agnieszka", "Wojciech"},
     {"Wiśniewska", "Kamiński", "Zielińska", "Wójcik", "Szymańska", "Dąbrowski", "Krawczyk",
      "Jabłońska", "Gołąb", "Żak"},
     {"Żagiel", "Srebrna Góra", "Polinstal", "Wiślana", "Białe Pole", "Krzemień", "Sowa", "Łęg"},
     {"Sp. z o.o.", "S.A.", "Sp. k."}},
    {"DE",
     "+4989",
     {{{"München", "BY", "80331", "Kaufingerstraße"},
       {"Köln", "NW", "50667", "Hohe Straße"},
       {"Düsseldorf", "NW", "40213", "Königsallee"},
       {"Nürnberg", "BY", "90402", "Karolinenstraße"},
       {"Saarbrücken", "SL", "66111", "Bahnhofstraße"}}},
     {"Jürgen", "Käthe", "Günter", "Heike", "Lukas", "Anneliese", "Jörg", "Mareike"},
     {"Müller", "Schäfer", "Köhler", "Weiß", "Großmann", "Jäger", "Böhm", "Fuchs", "Vogt",
      "Hübner"},
     {"Rheinwerk", "Blaustein", "Hochofen", "Grünland", "Weißtal", "Steinbrück", "Nordgleis",
      "Uferlicht"},
     {"GmbH", "GmbH & Co. KG", "AG"}},
    {"CN",
     "+8621",
     {{{"上海", "SH", "200001", "南京东路"},
       {"深圳", "GD", "518001", "深南大道"},
       {"杭州", "ZJ", "310001", "延安路"},
       {"成都", "SC", "610001", "人民南路"},
       {"青岛", "SD", "266001", "中山路"}}},
     {"伟", "芳", "娜", "秀英", "敏", "静", "磊", "洋"},
     {"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"},
     {"东海", "云山", "星河", "长风", "金桥", "晨光", "海通", "瑞丰"},
     {"有限公司", "科技有限公司", "贸易有限公司"}},
    {"US",
     "+1512",
     {{{"Austin", "TX", "78701", "Congress Avenue"},
       {"Portland", "OR", "97204", "SW Morrison Street"},
       {"Albuquerque", "NM", "87102", "Central Avenue"},
       {"St. Paul", "MN", "55101", "Wabasha Street"},
       {"Coeur d'Alene", "ID", "83814", "Sherman Avenue"}}},
     {"Shaun", "Maria", "Desmond", "Lakeisha", "José", "Karen", "Tyrone", "Beth-Anne"},
     {"O'Brien", "Muñoz", "Washington", "Nguyen", "McAllister", "Fitzgerald", "Okafor", "Smith",
      "DeLuca", "Hall"},
     {"Lone Pine", "Cascade", "Blue Mesa", "Iron River", "Saguaro", "North Fork", "Redwood",
      "High Plains"},
     {"Inc.", "LLC", "Corp."}},
}};

constexpr std::array<std::string_view, 10> kProducts{
    "pump station", "flow meter",    "control valve", "heat exchanger",  "pressure sensor",
    "edge gateway", "drive cabinet", "filter unit",   "spare parts kit", "service contract"};
constexpr std::array<std::string_view, 6> kTitles{
    "Purchasing Manager", "Technical Director", "Sales Engineer", "Head of Operations", "Owner",
    "Plant Manager"};

/// Spreads numbers so that neighbours differ (splitmix64).
std::uint64_t mixed(std::uint64_t n) {
  n += 0x9E3779B97F4A7C15ULL;
  n = (n ^ (n >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  n = (n ^ (n >> 27U)) * 0x94D049BB133111EBULL;
  return n ^ (n >> 31U);
}

template <typename Choices>
std::string pick(const Choices& choices, std::uint64_t n) {
  return std::string(choices[n % choices.size()]);
}

std::string digits(std::uint64_t n, int width) {
  std::array<char, 24> out{};
  std::snprintf(out.data(), out.size(), "%0*llu", width, static_cast<unsigned long long>(n));
  return std::string(out.data(), static_cast<std::size_t>(width));
}

Company make_company(std::uint64_t number, std::string_view host) {
  const std::uint64_t n = mixed(number);
  const Country& country = kCountries[number % kCountries.size()];
  const Place& place = country.places[(n >> 8U) % country.places.size()];
  Company out;
  const std::string number_word = std::to_string(number);
  out.legal_form = pick(country.forms, n >> 16U);
  out.name = pick(country.words, n >> 20U) + " " + number_word + (country.code == "CN" ? "" : " ") +
             out.legal_form;
  out.street = country.code == "US"
                   ? std::to_string(1 + (n >> 24U) % 900) + " " + std::string(place.street)
                   : std::string(place.street) + " " + std::to_string(1 + (n >> 24U) % 90);
  out.city = place.city;
  out.region = place.region;
  out.postal_code = place.postal_code;
  out.country = country.code;
  out.phone = std::string(country.dial) + digits(1'000'000 + number, 7);
  out.website = "https://www." + std::string(host) + number_word + ".example";
  out.duns = digits(100'000'000 + number * 7 % 899'999'999, 9);
  out.tier = number % 20 == 0 ? "distributor" : number % 3 == 0 ? "dealer" : "reseller";
  return out;
}

}  // namespace

Company company(std::uint64_t number) { return make_company(number, "partner"); }
Company prospect(std::uint64_t number) { return make_company(500'000 + number, "prospect"); }

Person person(std::uint64_t number) {
  const std::uint64_t n = mixed(number ^ 0xABCDEF);
  const Country& country = kCountries[number % kCountries.size()];
  Person out;
  out.first_name = pick(country.first_names, n >> 8U);
  out.last_name = pick(country.last_names, n >> 16U);
  out.email = "person" + std::to_string(number) + "@people.example";
  out.phone = std::string(country.dial) + digits(5'000'000 + number, 7);
  out.title = pick(kTitles, n >> 24U);
  out.country = country.code;
  return out;
}

std::string product(std::uint64_t number) { return pick(kProducts, mixed(number)); }

}  // namespace channelbridge::demo
