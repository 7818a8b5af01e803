#include "tls_internal.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sslerr.h>
#include <openssl/x509v3.h>

#include <array>
#include <vector>

namespace channelbridge::http {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;

/// The oldest error of this thread in OpenSSL's words; empties the queue.
std::string take_openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unknown reason" : reason;
}

Error unusable(const std::string& what, const std::string& file) {
  return Error(ErrorCode::Invalid, what + " '" + file + "': " + take_openssl_error());
}

/// Never asks on the terminal, as OpenSSL does by default.
int give_password(char* buffer, int size, int, void* user) {
  const auto& password = static_cast<const Secret*>(user)->reveal();
  if (password.size() > static_cast<std::size_t>(size)) return -1;
  password.copy(buffer, password.size());
  return static_cast<int>(password.size());
}

using Watch = std::shared_ptr<HandshakeWatch>;

void free_watch(void*, void* slot, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Watch*>(slot);
}

/// The place in an SSL_CTX that keeps its watch alive for as long as any connection uses the
/// context.
int watch_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_watch);
  return index;
}

int verify(X509_STORE_CTX* chain, void* watch) {
  const int ok = X509_verify_cert(chain);
  static_cast<HandshakeWatch*>(watch)->verified(
      ok == 1 ? "" : X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain)));
  return ok;
}

/// Why the handshake failed, from OpenSSL's queue, which stays as it is; empty while it goes on.
std::string handshake_reason() {
  const unsigned long code = ERR_peek_error();
  const char* words = code == 0 ? nullptr : ERR_reason_error_string(code);
  if (words == nullptr) return {};
  // What OpenSSL makes of an answer whose first bytes are not a TLS record.
  const bool plain =
      ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER;
  return plain ? "the answer is not TLS; is the address meant to begin with http://?" : words;
}

void note_progress(const SSL* connection, int where, int) {
  const void* slot = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), watch_index());
  HandshakeWatch& watch = **static_cast<const Watch*>(slot);
  if ((where & SSL_CB_HANDSHAKE_START) != 0) watch.begun();
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) watch.completed();
  if (where != SSL_CB_CONNECT_EXIT) return;
  if (std::string reason = handshake_reason(); !reason.empty()) watch.failed(std::move(reason));
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

void HandshakeWatch::verified(std::string problem) {
  const std::lock_guard lock(mutex_);
  problem_ = std::move(problem);
}

void HandshakeWatch::begun() {
  const std::lock_guard lock(mutex_);
  reason_.clear();
}

void HandshakeWatch::failed(std::string reason) {
  const std::lock_guard lock(mutex_);
  reason_ = std::move(reason);
}

std::string HandshakeWatch::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

void HandshakeWatch::completed() {
  const std::lock_guard lock(mutex_);
  completed_ = true;
}

std::string HandshakeWatch::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

bool HandshakeWatch::any_completed() const {
  const std::lock_guard lock(mutex_);
  return completed_;
}

struct TlsClient::Loaded {
  std::string host;
  std::string server_name;
  int security_level{-1};
  Store authorities;
  std::vector<Certificate> chain;  ///< the client's own first; empty = none
  Key key;

  Result<void> load_authorities(const std::string& file) {
    authorities.reset(X509_STORE_new());
    if (!authorities) return Error(ErrorCode::Internal, "no certificate store");
    if (file.empty()) {
      X509_STORE_set_default_paths(authorities.get());
      ERR_clear_error();
    } else if (X509_STORE_load_file(authorities.get(), file.c_str()) != 1) {
      return unusable("no CA certificates in", file);
    }
    return {};
  }

  Result<void> load_certificate(const std::string& file) {
    const Bio in(BIO_new_file(file.c_str(), "r"));
    if (!in) return unusable("cannot read certificate", file);
    while (X509* next = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr))
      chain.emplace_back(next);
    if (chain.empty()) return unusable("no certificate in", file);
    ERR_clear_error();  // the end of the file is an error to PEM_read
    return {};
  }

  Result<void> load_key(const std::string& file, const Secret& password) {
    const Bio in(BIO_new_file(file.c_str(), "r"));
    if (!in) return unusable("cannot read private key", file);
    key.reset(
        PEM_read_bio_PrivateKey(in.get(), nullptr, give_password, const_cast<Secret*>(&password)));
    if (!key) return unusable("no usable private key in", file);
    return {};
  }
};

TlsClient::TlsClient(std::unique_ptr<Loaded> loaded) : loaded_(std::move(loaded)) {}
TlsClient::~TlsClient() = default;

const std::string& TlsClient::server_name() const { return loaded_->server_name; }

Result<std::shared_ptr<const TlsClient>> TlsClient::make(const TlsOptions& options,
                                                         const Origin& origin) {
  auto loaded = std::make_unique<Loaded>();
  loaded->host = origin.host;
  if (!is_address(origin.host)) loaded->server_name = origin.host;
  loaded->security_level = options.security_level;
  if (auto ok = loaded->load_authorities(options.ca_file); !ok) return std::move(ok).error();
  if (options.certificate_file.empty() != options.key_file.empty())
    return Error(ErrorCode::Invalid,
                 "a client certificate needs both certificate_file and key_file");
  if (!options.certificate_file.empty()) {
    if (auto ok = loaded->load_certificate(options.certificate_file); !ok)
      return std::move(ok).error();
    if (auto ok = loaded->load_key(options.key_file, options.key_password); !ok)
      return std::move(ok).error();
  }
  std::shared_ptr<const TlsClient> client(new TlsClient(std::move(loaded)));
  const Context trial(SSL_CTX_new(TLS_client_method()));
  if (!trial || !client->apply(trial.get(), std::make_shared<HandshakeWatch>()))
    return Error(ErrorCode::Invalid,
                 "TLS settings for " + origin.text() +
                     " do not fit together (certificate, its key, security level)");
  return client;
}

bool TlsClient::apply(SSL_CTX* context, std::shared_ptr<HandshakeWatch> watch) const {
  bool ok = SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
  if (loaded_->security_level >= 0) SSL_CTX_set_security_level(context, loaded_->security_level);
  SSL_CTX_set1_cert_store(context, loaded_->authorities.get());
  X509_VERIFY_PARAM* expected = SSL_CTX_get0_param(context);
  if (loaded_->server_name.empty()) {
    ok = ok && X509_VERIFY_PARAM_set1_ip_asc(expected, loaded_->host.c_str()) == 1;
  } else {
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    ok = ok && X509_VERIFY_PARAM_set1_host(expected, loaded_->host.c_str(), 0) == 1;
  }
  for (std::size_t i = 0; i < loaded_->chain.size(); ++i) {
    X509* certificate = loaded_->chain[i].get();
    ok = ok && (i == 0 ? SSL_CTX_use_certificate(context, certificate)
                       : SSL_CTX_add1_chain_cert(context, certificate)) == 1;
  }
  if (loaded_->key) {
    ok = ok && SSL_CTX_use_PrivateKey(context, loaded_->key.get()) == 1 &&
         SSL_CTX_check_private_key(context) == 1;
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify, watch.get());
  SSL_CTX_set_info_callback(context, note_progress);
  auto slot = std::make_unique<Watch>(std::move(watch));
  if (SSL_CTX_set_ex_data(context, watch_index(), slot.get()) == 1) {
    static_cast<void>(slot.release());  // freed with the context, by free_watch
  } else {
    SSL_CTX_set_cert_verify_callback(context, nullptr, nullptr);
    SSL_CTX_set_info_callback(context, nullptr);
    ok = false;
  }
  ERR_clear_error();
  return ok;
}

Result<Setup> prepare(const std::string& origin, const TransportOptions& options) {
  Setup setup;
  auto parsed = parse_origin(origin);
  if (!parsed) return std::move(parsed).error();
  setup.origin = std::move(*parsed);
  if (!options.proxy.empty()) {
    auto proxy = parse_origin(options.proxy);
    if (!proxy) return std::move(proxy).error();
    if (proxy->tls) return Error(ErrorCode::Unsupported, "a proxy is reached over http://");
    setup.proxy = std::move(*proxy);
  }
  if (setup.origin.tls) {
    auto tls = TlsClient::make(options.tls, setup.origin);
    if (!tls) return std::move(tls).error();
    setup.tls = std::move(*tls);
  }
  return setup;
}

Error handshake_error(const HandshakeWatch& watch, const std::string& origin) {
  const std::string problem = watch.problem();
  const std::string reason = watch.reason();
  const auto error =
      problem.empty() ? Error(ErrorCode::Unavailable,
                              "the TLS handshake with " + origin + " failed" +
                                  (reason.empty() ? ": the connection ended in it" : ": " + reason))
                      : Error(ErrorCode::Unauthenticated,
                              "the certificate of " + origin + " was refused: " + problem);
  return error.with_sent(Sent::No);
}

}  // namespace channelbridge::http
