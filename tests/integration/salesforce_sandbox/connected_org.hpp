#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>
#include <vector>

#include "channelbridge/salesforce/salesforce.hpp"
#include "sandbox/salesforce/org.hpp"

namespace channelbridge::salesforce::test {

namespace server = channelbridge::sandbox;
using server::Json;

inline constexpr const char* kUser = "integration@sandbox.example";

/// An RSA key pair, made once per program.
struct KeyPair {
  std::string secret;
  std::string open;

  static const KeyPair& get() {
    static const KeyPair pair = make();
    return pair;
  }

 private:
  static KeyPair make() {
    EVP_PKEY* key = EVP_RSA_gen(2048);
    BIO* secret = BIO_new(BIO_s_mem());
    BIO* open = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(secret, key, nullptr, nullptr, 0, nullptr, nullptr);
    PEM_write_bio_PUBKEY(open, key);
    const auto text = [](BIO* bio) {
      char* data = nullptr;
      const long size = BIO_get_mem_data(bio, &data);
      std::string out(data, static_cast<std::size_t>(size));
      BIO_free(bio);
      return out;
    };
    KeyPair pair{.secret = text(secret), .open = text(open)};
    EVP_PKEY_free(key);
    return pair;
  }
};

/// A running sandbox and an adapter that is signed in to it over real HTTP.
class ConnectedOrg : public ::testing::Test {
 protected:
  using Settings = std::vector<std::pair<std::string, std::string>>;

  ConnectedOrg() : ConnectedOrg(options()) {}
  explicit ConnectedOrg(server::salesforce::OrgOptions given)
      : sandbox(std::move(server::salesforce::Sandbox::start(std::move(given)).value())),
        adapter(connect({})) {}

  static server::salesforce::OrgOptions options() {
    server::salesforce::OrgOptions options;
    options.metadata = std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/salesforce";
    options.apps = {{.client_id = "bridge",
                     .client_secret = "open sesame",
                     .certificate = KeyPair::get().open,
                     .run_as = kUser}};
    return options;
  }

  server::salesforce::Org& org() { return *sandbox.org; }
  server::Desk& desk() { return *sandbox.desk; }

  /// As a project file would set it up; `more` adds or replaces settings by their dotted names.
  std::shared_ptr<adapter::Adapter> connect(const Settings& more) {
    auto made = kind().make(settings(more));
    EXPECT_TRUE(made) << (made ? "" : to_string(made.error()));
    return made ? *made : nullptr;
  }

  adapter::SystemSettings settings(const Settings& more) {
    adapter::SystemSettings system{.name = "crm"};
    Settings all = {{"url", sandbox.server->url()},
                    {"credential.kind", "jwt_bearer"},
                    {"credential.client_id", "bridge"},
                    {"credential.user", kUser},
                    {"credential.key", KeyPair::get().secret},
                    {"retry.first", "5ms"}};
    all.insert(all.end(), more.begin(), more.end());
    for (const auto& [path, text] : all) {
      adapter::Setting* at = &system.settings;
      for (std::size_t start = 0; start <= path.size();) {
        const std::size_t dot = std::min(path.find('.', start), path.size());
        at = &at->children[path.substr(start, dot - start)];
        start = dot + 1;
      }
      at->text = text;
    }
    return system;
  }

  std::vector<std::string> seed_leads(int count) {
    std::vector<Json> rows;
    for (int i = 0; i < count; ++i)
      rows.push_back({{"LastName", "Lead " + std::to_string(i)}, {"Company", "Acme"}});
    return org().seed("Lead", rows).value();
  }

  /// Every page from `cursor` to the end.
  std::vector<adapter::Change> read_all(adapter::Cursor& cursor, std::size_t page_size = 2'000) {
    std::vector<adapter::Change> changes;
    for (int i = 0; i < 1'000; ++i) {
      auto page = adapter->read(leads, cursor, page_size, context);
      if (!page) {
        ADD_FAILURE() << page.error();
        break;
      }
      for (auto& change : page->changes) changes.push_back(std::move(change));
      cursor = page->next;
      if (page->end) break;
    }
    return changes;
  }

  static adapter::WriteRequest create(const std::string& record, const Json& fields) {
    return {.nodes = {{.object = "Lead", .body = fields.dump()}},
            .correlation_path = "ChannelbridgeId__c",
            .correlation = record};
  }
  static adapter::WriteRequest update(const std::string& key, const Json& fields) {
    return {.nodes = {{.operation = adapter::Operation::Update,
                       .object = "Lead",
                       .key = key,
                       .body = fields.dump()}}};
  }
  adapter::NodeOutcome write(const adapter::WriteRequest& request) {
    auto outcomes = adapter->write(leads, {request}, context);
    EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
    return outcomes ? outcomes->front().nodes.front() : adapter::NodeOutcome{};
  }

  server::salesforce::Sandbox sandbox;
  std::shared_ptr<adapter::Adapter> adapter;
  Context context{};
  adapter::Selection leads{.object = "Lead",
                           .id = "Id",
                           .version = "SystemModstamp",
                           .modified = "LastModifiedDate",
                           .modified_by = "LastModifiedById",
                           .correlation = "ChannelbridgeId__c",
                           .paths = {"LastName", "Company", "Status", "Email", "Owner.Name"}};
};

}  // namespace channelbridge::salesforce::test
