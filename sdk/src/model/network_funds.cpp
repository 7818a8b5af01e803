#include "network_funds_internal.hpp"

#include <map>
#include <utility>

#include "document_rules_internal.hpp"

namespace channelbridge::model {
namespace {

class OpenSettlements : public NetworkCheck {
 public:
  void add(const std::string& id, const Fields& fields) override {
    const Value status = get(fields, "status");
    if (!status || status == "paid" || status == "reversed") return;
    const std::string currency = get(fields, "currency").value_or("");
    for (const std::string_view member : element_ids(fields, "members")) {
      const auto value = [&](std::string_view field) {
        return get(fields, element_path("members", member, field));
      };
      for (const std::string_view kind : {"claim", "commission"}) {
        if (const Value settled = value(kind))
          by_member_[std::string(kind) + " " + *settled].push_back(
              {.id = id,
               .words = get(fields, "number").value_or(id) + " (" + *status + ", " +
                        value("amount").value_or("an unknown amount") +
                        (currency.empty() ? "" : " ") + currency + ")"});
      }
    }
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out;
    for (const auto& [member, settlements] : by_member_) {
      for (std::size_t i = 0; i < settlements.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          const Settlement& one = settlements[j];
          const Settlement& other = settlements[i];
          if (one.id == other.id) continue;
          out.push_back({"settlement", "open_settlements", one.id, other.id,
                         one.words + " and " + other.words + " both settle " + member});
        }
      }
    }
    return out;
  }

 private:
  struct Settlement {
    std::string id{};
    std::string words{};  ///< number, state and what it settles of the member
  };

  std::map<std::string, std::vector<Settlement>> by_member_;
};

}  // namespace

std::unique_ptr<NetworkCheck> fund_check(std::string_view entity) {
  if (entity == "settlement") return std::make_unique<OpenSettlements>();
  return nullptr;
}

}  // namespace channelbridge::model
