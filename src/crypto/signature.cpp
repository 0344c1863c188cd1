#include "crypto/signature.hpp"

#include <openssl/evp.h>

#include <span>
#include <stdexcept>
#include <utility>

namespace countersign::crypto {
namespace {

constexpr std::size_t key_bytes = 32, signature_bytes = 64;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeKey>;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using ContextHandle = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* octets(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

struct SigningKey::Key {
  KeyHandle handle;
};

SigningKey::SigningKey(std::unique_ptr<Key> key) : key_(std::move(key)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::generate(Random& random) {
  std::string bytes(key_bytes, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return std::move(*from_private(Secret(std::move(bytes))));
}

Result<SigningKey> SigningKey::from_private(const Secret& bytes) {
  const auto raw = bytes.reveal();
  if (raw.size() != key_bytes)
    return fail(Fault::invalid, "an Ed25519 private key has {} bytes, not {}", key_bytes, raw.size());
  KeyHandle handle(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(raw), raw.size()));
  if (!handle) return fail(Fault::internal, "OpenSSL refuses an Ed25519 key");
  return SigningKey(std::make_unique<Key>(Key{std::move(handle)}));
}

Secret SigningKey::private_bytes() const {
  std::string bytes(key_bytes, '\0');
  std::size_t length = bytes.size();
  if (EVP_PKEY_get_raw_private_key(key_->handle.get(), octets(bytes), &length) != 1 || length != key_bytes)
    throw std::runtime_error("OpenSSL can't show an Ed25519 key");
  return Secret(std::move(bytes));
}

std::string SigningKey::public_bytes() const {
  std::string bytes(key_bytes, '\0');
  std::size_t length = bytes.size();
  if (EVP_PKEY_get_raw_public_key(key_->handle.get(), octets(bytes), &length) != 1 || length != key_bytes)
    throw std::runtime_error("OpenSSL can't show an Ed25519 key's public half");
  return bytes;
}

std::string SigningKey::sign(std::string_view message) const {
  const ContextHandle context(EVP_MD_CTX_new());
  std::string signature(signature_bytes, '\0');
  std::size_t length = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->handle.get()) != 1 ||
      EVP_DigestSign(context.get(), octets(signature), &length, octets(message), message.size()) != 1 ||
      length != signature_bytes)
    throw std::runtime_error("OpenSSL can't sign by Ed25519");
  return signature;
}

bool verify_signature(std::string_view public_key, std::string_view message, std::string_view signature) {
  if (public_key.size() != key_bytes || signature.size() != signature_bytes) return false;
  const KeyHandle key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(public_key), public_key.size()));
  const ContextHandle context(EVP_MD_CTX_new());
  return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message), message.size()) == 1;
}

}  // namespace countersign::crypto
