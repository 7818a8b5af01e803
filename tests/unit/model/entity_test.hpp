#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "channelbridge/model/json.hpp"
#include "channelbridge/model/record.hpp"
#include "channelbridge/model/transition.hpp"
#include "channelbridge/model/validate.hpp"
#include "samples.hpp"

namespace channelbridge::model {

/// What the description of an entity promises, asked of one record.
class EntityTest : public ::testing::Test {
 protected:
  template <typename T>
  static std::shared_ptr<const EntityType> type_of() {
    return entity_type(description(std::type_identity<T>()));
  }

  /// A complete record without a fault, and every field there is.
  template <typename T>
  static void survives_json(const T& sample) {
    const auto type = type_of<T>();
    const Fields fields = to_fields(sample);
    EXPECT_THAT(breaches<T>(fields), ::testing::IsEmpty());
    EXPECT_THAT(missed<T>(fields), ::testing::IsEmpty());
    const auto back = from_json(*type, to_json(*type, fields));
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(*from_fields<T>(*back), sample);

    const Fields every = every_field(*type);
    const auto all = from_json(*type, to_json(*type, every));
    ASSERT_TRUE(all) << all.error();
    EXPECT_EQ(to_fields(*from_fields<T>(*all)), every);
  }

  /// "path rule: message"
  static std::vector<std::string> told(const std::vector<Problem>& problems) {
    std::vector<std::string> out;
    for (const Problem& problem : problems)
      out.push_back(problem.path + " " + problem.rule + ": " + problem.message);
    return out;
  }
  template <typename T>
  static std::vector<std::string> breaches(const Fields& fields) {
    return told(check(*type_of<T>(), fields));
  }

  /// "path rule"
  template <typename T>
  static std::vector<std::string> missed(const Fields& fields) {
    std::vector<std::string> out;
    for (const Problem& problem : missing(*type_of<T>(), fields))
      out.push_back(problem.path + " " + problem.rule);
    return out;
  }

  /// The rule that refused the step, "" when it was made.
  template <typename T>
  static std::string step(std::string_view from, std::string_view to, Actor actor,
                          std::string reason = {}) {
    const auto type = type_of<T>();
    Fields fields{{std::string(type->states()->field), std::string(from)}};
    const auto random = seeded_random(1);
    const auto done = move_to(*type, fields, to,
                              {.actor = actor,
                               .by = "anna",
                               .at = parse_iso8601("2026-11-21T10:00:00Z").value(),
                               .reason = std::move(reason)},
                              *random);
    return done ? "" : done.error().problems().front().rule;
  }

  /// "path rule: message" of what refused the step of this record; none when it was made.
  template <typename T>
  static std::vector<std::string> move(Fields& fields, std::string_view to, Actor actor,
                                       std::string_view at = "2026-11-21T10:00:00Z",
                                       std::string reason = {}) {
    const auto random = seeded_random(1);
    const auto done = move_to(*type_of<T>(), fields, to,
                              {.actor = actor,
                               .by = "anna",
                               .at = parse_iso8601(at).value(),
                               .reason = std::move(reason)},
                              *random);
    return done ? std::vector<std::string>{} : told(done.error().problems());
  }

  template <typename T>
  static std::vector<std::string> key(std::string_view name, const Fields& fields) {
    for (const NetworkKey& key : description(std::type_identity<T>()).rules.keys) {
      if (key.name == name) {
        EXPECT_TRUE(key.unique);
        return key.values(fields);
      }
    }
    return {"no such key"};
  }
};

}  // namespace channelbridge::model
