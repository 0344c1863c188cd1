#include "crypto/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace countersign::crypto {
namespace {

const EVP_MD* sha256_method() {
  static const EVP_MD* const method =
      EVP_MD_fetch(nullptr, "SHA256", nullptr);  // fetched once: it costs more than a digest
  return method;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::string out(32, '\0');
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, sha256_method(),
                 nullptr) != 1)
    throw std::runtime_error("OpenSSL can't compute SHA-256");
  return out;
}

struct Sha256::Context {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> raw{EVP_MD_CTX_new()};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  if (!context_->raw || EVP_DigestInit_ex2(context_->raw.get(), sha256_method(), nullptr) != 1)
    throw std::runtime_error("OpenSSL can't compute SHA-256");
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::string_view bytes) {
  if (EVP_DigestUpdate(context_->raw.get(), bytes.data(), bytes.size()) != 1)
    throw std::runtime_error("OpenSSL can't compute SHA-256");
}

std::string Sha256::finish() {
  std::string out(32, '\0');
  if (EVP_DigestFinal_ex(context_->raw.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) != 1)
    throw std::runtime_error("OpenSSL can't compute SHA-256");
  return out;
}

std::string hmac_sha256(const Secret& key, std::string_view bytes) {
  std::string out(32, '\0');
  unsigned length = 32;
  const auto secret = key.reveal();
  if (HMAC(sha256_method(), secret.data(), static_cast<int>(secret.size()), bytes_of(bytes), bytes.size(),
           reinterpret_cast<unsigned char*>(out.data()), &length) == nullptr)
    throw std::runtime_error("OpenSSL can't compute HMAC-SHA-256");
  return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace countersign::crypto
