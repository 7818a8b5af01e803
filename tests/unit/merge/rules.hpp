#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "channelbridge/hub/merge.hpp"

/// Single rules where a whole world would show too little.
namespace channelbridge::hub {

inline Timestamp at(int time) { return Timestamp(std::chrono::microseconds(time)); }

/// One group "price" (amount, currency), one field "note"; the system cuts notes to three letters.
class PriceImage : public Image {
 public:
  const std::vector<GroupShape>& groups() const override { return shapes; }
  model::Value image(std::string_view path, const model::Value& value) const override {
    return value && path == "note" ? model::Value(value->substr(0, 3)) : value;
  }
  std::vector<GroupShape> shapes{
      {.name = "price",
       .fields = {"amount", "currency"},
       .readable = {"amount", "currency"},
       .writable = {"amount", "currency"},
       .line = "shop.yaml:7"},
      {.name = "note", .fields = {"note"}, .readable = {"note"}, .writable = {"note"}}};
};

class MergeRule : public testing::Test {
 protected:
  MergeContext context() { return {image, system, policies, linked}; }
  static Look look(int began, const std::string& version = "") {
    return {.began = at(began), .now = at(began), .version = version};
  }
  std::vector<GroupEvent> merge(const Look& seen, const Stated& incoming) {
    EXPECT_EQ(admit(link, system, seen), Admission::Merge);
    return merge_look(record, link, context(), seen, incoming);
  }
  /// A link in sync that shows 10 EUR and the note.
  void sync(const std::string& note = "abc") {
    merge(look(10, "1"), {{"amount", "10"}, {"currency", "EUR"}, {"note", note}});
    link.position = record.version;
    link.due = false;
  }

  PriceImage image;
  SystemTraits system{.name = "shop", .versions = adapter::Versions::Etag, .conditional = true};
  Policies policies{.first_contact = FirstContact::System};
  std::set<std::string, std::less<>> linked{"shop"};
  RecordState record;
  LinkState link;
};

}  // namespace channelbridge::hub
