#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace channelbridge::testing {

/// What a TLS server presents and demands.
struct ServerTls {
  std::string certificate_file{};
  std::string key_file{};
  std::string client_ca_file{};  ///< empty = no client certificate is asked for
};

/// Certificates made at run time in a folder that goes with the object: an authority, server
/// certificates signed by it, one for a client. Valid from yesterday to tomorrow, but for the one
/// that has expired.
///
/// Threads: immutable.
class TestCertificates {
 public:
  TestCertificates();
  ~TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  std::string ca_file() const { return path("ca.pem"); }
  std::string other_ca_file() const { return path("other_ca.pem"); }
  /// For "localhost" and 127.0.0.1.
  ServerTls server() const;
  /// Signed by the same authority for another host.
  ServerTls wrong_host() const;
  /// For the right host, until yesterday.
  ServerTls expired() const;
  ServerTls demands_client() const;
  std::string client_certificate() const { return path("client.pem"); }
  std::string client_key() const { return path("client.key"); }

 private:
  std::string path(const char* name) const { return (folder_ / name).string(); }
  std::filesystem::path folder_;
};

/// A new RSA key of 2048 bits: private and public part, PEM.
struct RsaPair {
  std::string private_pem{};
  std::string public_pem{};
};
RsaPair make_rsa_pair();

}  // namespace channelbridge::testing
