#include "hub_support.hpp"
#include "image_internal.hpp"

/// Which element of a record is a child that a system shows under a key the link does not know.
namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr const char* kAddresses = R"(
system: fake
object: Account
entity: partner
id: Id
version: Version
format: odata_v2
fields:
  name: Name
children:
  addresses:
    object: Address
    navigation: to_Address
    id: AddressID
    fields:
      kind: { const: billing }
      city: { path: City, max_length: 9, lossy: "nine characters" }
      country: Country
)";

class ElementsTest : public ::testing::Test {
 protected:
  /// An element of the record, as another system knows it too.
  void record(const std::string& element, const std::string& city,
              const std::string& country = "DE") {
    set("kind", element, "billing");
    set("city", element, city);
    set("country", element, country);
  }
  /// It was written to this system, or seen there; `child` = "" when no key was told.
  void linked(const std::string& element, const std::string& child, const std::string& held) {
    GroupLink& group = link_.groups[model::element_path("addresses", element, "")];
    group.met = true;
    for (const auto& [field, value] :
         std::map<std::string, std::string>{{"kind", "billing"}, {"city", held}, {"country", "DE"}})
      group.held[model::element_path("addresses", element, field)] = value;
    if (!child.empty()) keys_["addresses"][element] = child;
  }
  /// A child of the document that is looked at.
  void child(const std::string& key, const std::string& city, const std::string& country = "DE") {
    for (const auto& [field, value] : std::map<std::string, std::string>{
             {"kind", "billing"}, {"city", city}, {"country", country}})
      patch_.entries.push_back({model::element_path("addresses", "@" + key, field), value, 1});
  }
  /// Element -> child, after the look. New elements are "n1", "n2"…
  std::map<std::string, std::string, std::less<>> look() {
    patch_.complete_lists = {"addresses"};
    patch_.sort();
    int made = 0;
    resolve_elements(patch_, *mapping_, shapes_of(*mapping_), fields_, link_, keys_,
                     [&] { return "n" + std::to_string(++made); });
    return keys_["addresses"];
  }
  /// Elements that the look states to be empty.
  std::set<std::string> emptied() const {
    std::set<std::string> out;
    for (const model::PatchEntry& entry : patch_.entries) {
      if (!entry.value) out.emplace(model::split_element(entry.path)->element);
    }
    return out;
  }

  model::Fields fields_;
  LinkState link_;
  mapping::ElementKeys keys_;

 private:
  void set(const std::string& field, const std::string& element, const std::string& value) {
    fields_[model::element_path("addresses", element, field)] = value;
  }
  std::shared_ptr<const mapping::Mapping> mapping_ = mapping_of(kAddresses);
  model::Patch patch_;
};

TEST_F(ElementsTest, AReplacedChildKeepsItsElementThoughItsContentHasChanged) {
  record("e1", "Stuttgart");
  linked("e1", "1", "Stuttgart");
  child("7", "Munich");
  EXPECT_THAT(look(), ElementsAre(Pair("e1", "7")));
  EXPECT_THAT(emptied(), IsEmpty());
}

TEST_F(ElementsTest, ReplacedRowsGoByTheirContentAndNotByTheirOrder) {
  record("e1", "Stuttgart");
  record("e2", "Munich");
  linked("e1", "1", "Stuttgart");
  linked("e2", "2", "Munich");
  child("A", "Munich");
  child("B", "Stuttgart");
  EXPECT_THAT(look(), ElementsAre(Pair("e1", "B"), Pair("e2", "A")));
  EXPECT_THAT(emptied(), IsEmpty());
}

TEST_F(ElementsTest, OurOwnCreateWithoutAKeyIsFoundBeforeARowThatIsGone) {
  record("e1", "Stuttgart");
  record("e2", "Stuttgart");
  linked("e1", "1", "Stuttgart");
  linked("e2", "", "Stuttgart");
  child("7", "Stuttgart");
  EXPECT_THAT(look(), ElementsAre(Pair("e2", "7")));
  EXPECT_THAT(emptied(), ElementsAre("e1"));
}

TEST_F(ElementsTest, OurOwnCreatesWithoutKeysAreFoundInTheFormThatTheSystemGaveThem) {
  record("e1", "Stuttgart");
  record("e2", "Wien", "AT");
  linked("e1", "", "Stuttgart");
  linked("e2", "", "Wien");
  child("1", "WIEN", "AT");
  child("2", "STUTTGART");
  EXPECT_THAT(look(), ElementsAre(Pair("e1", "2"), Pair("e2", "1")));
}

TEST_F(ElementsTest, OurOwnCreatesWithoutKeysAreNotMadeTwiceThoughNothingTellsThemApart) {
  record("e1", "Stuttgart");
  record("e2", "Munich");
  linked("e1", "", "Stuttgart");
  linked("e2", "", "Munich");
  child("1", "STUTTGART");
  child("2", "MUNICH");
  EXPECT_THAT(look(), ElementsAre(Pair("e1", "1"), Pair("e2", "2")));
}

TEST_F(ElementsTest, AnElementIsKnownByWhatTheSystemCanKeepOfIt) {
  record("e1", "Stuttgart");
  record("e2", "Ludwigshafen am Rhein");
  child("1", "Ludwigsha");
  child("2", "Stuttgart");
  EXPECT_THAT(look(), ElementsAre(Pair("e1", "2"), Pair("e2", "1")));
}

TEST_F(ElementsTest, AnElementOfAnotherSystemMeetsTheOneThatMayBeIt) {
  record("e1", "Stuttgart");
  child("1", "Stgt");
  EXPECT_THAT(look(), ElementsAre(Pair("e1", "1")));
}

TEST_F(ElementsTest, AChildThatMayBeEitherOfTwoElementsIsANewOne) {
  record("e1", "Stuttgart");
  record("e2", "Munich");
  linked("e1", "1", "Stuttgart");
  linked("e2", "2", "Munich");
  child("7", "Hamburg");
  EXPECT_THAT(look(), ElementsAre(Pair("n1", "7")));
  EXPECT_THAT(emptied(), ElementsAre("e1", "e2"));
}

TEST_F(ElementsTest, AnElementThatMayBeEitherOfTwoChildrenIsNeither) {
  record("e1", "Stuttgart");
  child("1", "Munich");
  child("2", "Hamburg");
  EXPECT_THAT(look(), UnorderedElementsAre(Pair("n1", "1"), Pair("n2", "2")));
  EXPECT_THAT(emptied(), IsEmpty()) << "it stays, and is written";
}

TEST_F(ElementsTest, TheChildThatAgreesInMoreIsTheElement) {
  record("e1", "Stuttgart", "DE");
  child("1", "Basel", "CH");
  child("2", "Stgt", "DE");
  EXPECT_THAT(look(), UnorderedElementsAre(Pair("e1", "2"), Pair("n1", "1")));
}

TEST_F(ElementsTest, AChildThatIsGoneEmptiesItsElementAndNoOther) {
  record("e1", "Stuttgart");
  record("e2", "Munich");
  linked("e1", "1", "Stuttgart");
  linked("e2", "2", "Munich");
  child("2", "Munich");
  EXPECT_THAT(look(), ElementsAre(Pair("e2", "2")));
  EXPECT_THAT(emptied(), ElementsAre("e1"));
}

TEST(ShapesOfLists, AConstantThatNotAllElementsShareIsNoConstantOfTheList) {
  const std::string head = R"(
system: fake
object: Account
entity: partner
id: Id
version: Version
format: odata_v2
fields:
  name: Name
)";
  const std::string columns = "  addresses[kind=billing].city: City\n";
  const std::string shipping = R"(
children:
  ship_to:
    list: addresses
    object: Address
    navigation: to_Address
    id: AddressID
    when: { Main: false }
    fields:
      kind: { const: shipping }
      city: City
)";
  const std::string legal = R"(
  seat:
    list: addresses
    object: Address
    navigation: to_Seat
    id: AddressID
    fields:
      kind: { const: legal }
      city: City
)";
  const auto constants = [](const std::string& yaml) {
    const auto mapping = mapping_of(yaml);
    const Shapes shapes = shapes_of(*mapping);
    return shapes.lists.at(0).pattern.constants.size();
  };
  EXPECT_EQ(constants(head + shipping), 1U);
  EXPECT_EQ(constants(head + columns + shipping), 0U);
  EXPECT_EQ(constants(head + shipping + legal), 0U);
}

}  // namespace
}  // namespace channelbridge::hub
