#include "inbox_internal.hpp"

#include <algorithm>
#include <charconv>

#include "channelbridge/core/sha256.hpp"

namespace channelbridge::idoc {
namespace {

/// A file that cannot be read may still be on its way.
constexpr std::chrono::seconds kUnfinished{10};
constexpr std::size_t kMostOpen = 32;

std::string without_hyphens(std::string_view text) {
  std::string out(text);
  std::erase(out, '-');
  return out;
}

}  // namespace

std::string archive_key(const std::string& number, const std::string& record) {
  std::string out = without_hyphens(number);
  if (!record.empty()) out += "-" + without_hyphens(record);
  return out;
}

std::string document_number(const std::string& number) {
  constexpr std::uint64_t kRange = 10'000'000'000'000'000;
  constexpr std::size_t kDigits = 16;
  const std::string hash = sha256_hex(number);
  std::uint64_t value = 0;
  std::from_chars(hash.data(), hash.data() + kDigits, value, 16);
  const std::string digits = std::to_string(value % kRange);
  return std::string(kDigits - digits.size(), '0') + digits;
}

Result<std::vector<std::shared_ptr<const Item>>> Inbox::look(const Context& context) {
  const std::lock_guard one_at_a_time(look_mutex_);
  auto entries = source_->list(context);
  if (!entries) return std::move(entries).error();
  std::vector<std::shared_ptr<const Item>> out;
  std::map<std::string, std::shared_ptr<const Item>> now;
  for (const Entry& entry : *entries) {
    if (quiet_.count() > 0 && entry.modified + quiet_ > context.clock().now()) continue;
    const std::string stamp = entry.stamp();
    std::shared_ptr<const Item> item;
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = items_.find(stamp); known != items_.end()) item = known->second;
    }
    if (item == nullptr) {
      if (auto go_on = context.check(); !go_on) return std::move(go_on).error();
      auto parsed = parse(entry, context);
      if (!parsed) return std::move(parsed).error();
      item = *std::move(parsed);
    }
    if (item == nullptr) continue;
    now.emplace(stamp, item);
    out.push_back(std::move(item));
  }
  const std::lock_guard lock(mutex_);
  items_ = std::move(now);
  for (auto& [id, keys] : keys_)
    std::erase_if(keys, [this](const auto& entry) { return !items_.contains(entry.first); });
  return out;
}

Result<std::shared_ptr<const Item>> Inbox::parse(const Entry& entry, const Context& context) {
  auto text = source_->fetch(entry.name, context);
  if (!text && text.error().code() == ErrorCode::NotFound) return std::shared_ptr<const Item>();
  auto item = std::make_shared<Item>(Item{.entry = entry, .stamp = entry.stamp()});
  if (!text && text.error().code() != ErrorCode::Protocol) return std::move(text).error();
  auto envelope = text ? read_envelope(*text) : Result<Envelope>(text.error());
  if (!envelope) {
    if (entry.modified + std::max<std::chrono::milliseconds>(quiet_, kUnfinished) >
        context.clock().now())
      return std::shared_ptr<const Item>();
    item->unreadable = envelope.error();
    return std::shared_ptr<const Item>(std::move(item));
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [place, message] : envelope->messages) {
    const std::string content = message.xml();
    Summary summary{.place = place,
                    .message = message.message(),
                    .number = message.number(),
                    .version = message.version(),
                    .fault = fault_of(message, content, entry.name)};
    if (summary.fault.empty()) note_statuses(message);
    item->messages.push_back(std::move(summary));
  }
  for (const BrokenMessage& broken : envelope->broken)
    item->messages.push_back(
        {.place = broken.place, .number = broken.number, .fault = broken.error.message()});
  if (open_.size() >= kMostOpen) open_.clear();
  open_.emplace(item->stamp, std::make_shared<const Envelope>(*std::move(envelope)));
  return std::shared_ptr<const Item>(std::move(item));
}

std::string Inbox::fault_of(const Message& message, const std::string& text,
                            const std::string& file) {
  const std::string from = message.control("SNDPRN");
  if (!partner_.number.empty() && !from.empty() && from != partner_.number)
    return "it was sent by " + message.sender() + ", not by " + partner_.type + "/" +
           partner_.number;
  const std::string to = message.control("RCVPRN");
  if (!self_.number.empty() && !to.empty() && to != self_.number)
    return "it is for " + message.control("RCVPRT") + "/" + to + ", not for " + self_.type + "/" +
           self_.number;
  if (message.number().empty()) return {};
  const std::string name = message.sender() + "/" + message.message() + "/" + message.number();
  const std::string hash = sha256_hex(text);
  const auto [known, first] = numbers_.try_emplace(name, FirstSeen{.hash = hash, .place = file});
  if (first || known->second.hash == hash) return {};
  return "its number " + message.number() + " has come before, in " + known->second.place +
         ", with another content";
}

void Inbox::note_statuses(const Message& message) {
  for (StatusRecord& record : statuses_of(message)) {
    record.arrived = ++arrived_;
    const std::string number = record.archive_key.substr(0, record.archive_key.find('-'));
    const auto note = [&record](std::vector<StatusRecord>& records) { records.push_back(record); };
    if (!number.empty()) {
      note(by_archive_key_[number]);
    } else if (!record.number.empty()) {
      note(by_document_[record.number]);
    }
  }
}

Result<std::string> Inbox::bytes(const Item& item, const Context& context) {
  return source_->fetch(item.entry.name, context);
}

Result<std::shared_ptr<const Envelope>> Inbox::open(const Item& item, const Context& context) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = open_.find(item.stamp); known != open_.end()) return known->second;
  }
  auto text = source_->fetch(item.entry.name, context);
  if (!text) return std::move(text).error();
  auto envelope = read_envelope(*text);
  if (!envelope) return std::move(envelope).error();
  auto out = std::make_shared<const Envelope>(*std::move(envelope));
  const std::lock_guard lock(mutex_);
  if (open_.size() >= kMostOpen) open_.clear();
  open_.insert_or_assign(item.stamp, out);
  return out;
}

std::vector<StatusRecord> Inbox::statuses(const std::string& number,
                                          const std::string& document) const {
  const std::lock_guard lock(mutex_);
  std::vector<StatusRecord> out;
  if (const auto said = by_archive_key_.find(without_hyphens(number));
      said != by_archive_key_.end())
    out = said->second;
  if (const auto said = by_document_.find(document); said != by_document_.end())
    out.insert(out.end(), said->second.begin(), said->second.end());
  std::sort(out.begin(), out.end(),
            [](const StatusRecord& a, const StatusRecord& b) { return a.arrived < b.arrived; });
  return out;
}

Result<std::vector<std::string>> Inbox::keys_of(const Item& item, const DocumentId& id,
                                                const Context& context) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = keys_[id.text].find(item.stamp); known != keys_[id.text].end())
      return known->second;
  }
  auto envelope = open(item, context);
  if (!envelope) return std::move(envelope).error();
  std::vector<std::string> out;  // by summary
  for (const Summary& summary : item.messages) {
    std::string key;
    for (const auto& [place, message] : (*envelope)->messages)
      if (place == summary.place) key = key_at(message.tree, id.paths);
    out.push_back(std::move(key));
  }
  const std::lock_guard lock(mutex_);
  keys_[id.text].insert_or_assign(item.stamp, out);
  return out;
}

Result<std::vector<std::shared_ptr<const Message>>> Inbox::about(const std::string& message,
                                                                 const DocumentId& id,
                                                                 std::string_view key,
                                                                 const Context& context) {
  auto items = look(context);
  if (!items) return std::move(items).error();
  std::vector<std::shared_ptr<const Message>> out;
  for (const auto& item : *items) {
    const bool may = std::any_of(
        item->messages.begin(), item->messages.end(),
        [&](const Summary& each) { return each.fault.empty() && each.message == message; });
    if (!may) continue;
    auto keys = keys_of(*item, id, context);
    if (!keys && keys.error().code() == ErrorCode::NotFound) continue;  // it has gone
    if (!keys) return std::move(keys).error();
    std::shared_ptr<const Envelope> envelope;
    for (std::size_t i = 0; i < item->messages.size(); ++i) {
      const Summary& summary = item->messages[i];
      if (!summary.fault.empty() || summary.message != message ||
          !same_key((*keys)[i], key, id.padded))
        continue;
      if (envelope == nullptr) {
        auto opened = open(*item, context);
        if (!opened && opened.error().code() == ErrorCode::NotFound) break;
        if (!opened) return std::move(opened).error();
        envelope = *std::move(opened);
      }
      for (const auto& [place, found] : envelope->messages)
        if (place == summary.place) out.push_back(std::make_shared<const Message>(found));
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a->version() < b->version(); });
  return out;
}

}  // namespace channelbridge::idoc
