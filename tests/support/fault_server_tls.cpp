#include "fault_server_tls.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace channelbridge::testing {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

void must(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("test certificates: ") + what);
}

Key make_key() {
  Key key(EVP_RSA_gen(2048), EVP_PKEY_free);
  must(key != nullptr, "key");
  return key;
}

void extend(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  must(extension != nullptr, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// `issuer` null = self-signed authority.
Certificate make_certificate(const char* name, const Key& key, const Certificate& issuer,
                             const Key& issuer_key, const char* alternative_names,
                             long valid_seconds = 86'400) {
  static long serial = 1;
  Certificate certificate(X509_new(), X509_free);
  X509* x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(x), std::min(-86'400L, 2 * valid_seconds));
  X509_gmtime_adj(X509_getm_notAfter(x), valid_seconds);
  X509_set_pubkey(x, key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509* signer = issuer ? issuer.get() : x;
  X509_set_issuer_name(x, X509_get_subject_name(signer));
  if (!issuer) {
    extend(x, signer, NID_basic_constraints, "critical,CA:TRUE");
    extend(x, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  }
  if (alternative_names != nullptr) extend(x, signer, NID_subject_alt_name, alternative_names);
  must(X509_sign(x, (issuer ? issuer_key : key).get(), EVP_sha256()) > 0, "signature");
  return certificate;
}

void save(const std::string& path, const auto& write) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"),
                                                             std::fclose);
  must(file != nullptr && write(file.get()) == 1, path.c_str());
}

void save(const std::string& path, const Certificate& certificate) {
  save(path, [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); });
}

void save(const std::string& path, const Key& key) {
  save(path, [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string drain(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

}  // namespace

TestCertificates::TestCertificates() {
  std::string pattern = (std::filesystem::temp_directory_path() / "cb-tls-XXXXXX").string();
  must(mkdtemp(pattern.data()) != nullptr, "folder");
  folder_ = pattern;
  const Key ca_key = make_key();
  const Certificate ca = make_certificate("Test authority", ca_key, nullptr, nullptr, nullptr);
  const Key key = make_key();  // one key for all leaves: making keys is what takes the time
  save(ca_file(), ca);
  save(other_ca_file(), make_certificate("Other authority", key, nullptr, nullptr, nullptr));
  save(path("leaf.key"), key);
  save(client_key(), key);
  save(path("server.pem"),
       make_certificate("server", key, ca, ca_key, "DNS:localhost,IP:127.0.0.1"));
  save(path("wrong.pem"), make_certificate("wrong", key, ca, ca_key, "DNS:elsewhere.example"));
  save(path("expired.pem"),
       make_certificate("expired", key, ca, ca_key, "DNS:localhost,IP:127.0.0.1", -86'400));
  save(client_certificate(), make_certificate("client", key, ca, ca_key, nullptr));
}

TestCertificates::~TestCertificates() {
  std::error_code ignored;  // a folder left behind in /tmp is no failure of the test
  std::filesystem::remove_all(folder_, ignored);
}

ServerTls TestCertificates::server() const { return {path("server.pem"), path("leaf.key"), ""}; }
ServerTls TestCertificates::wrong_host() const { return {path("wrong.pem"), path("leaf.key"), ""}; }
ServerTls TestCertificates::expired() const { return {path("expired.pem"), path("leaf.key"), ""}; }
ServerTls TestCertificates::demands_client() const {
  return {path("server.pem"), path("leaf.key"), ca_file()};
}

RsaPair make_rsa_pair() {
  const Key key = make_key();
  BIO* secret = BIO_new(BIO_s_mem());
  BIO* open = BIO_new(BIO_s_mem());
  must(PEM_write_bio_PrivateKey(secret, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
           PEM_write_bio_PUBKEY(open, key.get()) == 1,
       "PEM");
  return {drain(secret), drain(open)};
}

}  // namespace channelbridge::testing
