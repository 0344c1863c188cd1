// Those who sign what providers send, in tests: a key for all of it, Google's tokens, Amazon's certificate.
// Free functions; the key is made once.
#pragma once

#include <doctest/doctest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/encoding.hpp"

namespace countersign::webhooks_test {

inline EVP_PKEY* signing_key() {
  static const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), EVP_PKEY_free);
  REQUIRE(key != nullptr);
  return key.get();
}

inline std::string sign_rsa(const std::string& bytes, const EVP_MD* digest = EVP_sha256()) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  REQUIRE(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, signing_key()) == 1);
  std::string signature(512, '\0');
  std::size_t size = signature.size();
  REQUIRE(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                         reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1);
  signature.resize(size);
  return signature;
}

inline std::string key_number(const char* name) {
  BIGNUM* number = nullptr;
  REQUIRE(EVP_PKEY_get_bn_param(signing_key(), name, &number) == 1);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(number);
  return to_base64url(bytes);
}

inline std::string google_keys() {
  return nlohmann::json{{"keys",
                         {{{"kty", "RSA"},
                           {"kid", "k1"},
                           {"alg", "RS256"},
                           {"n", key_number(OSSL_PKEY_PARAM_RSA_N)},
                           {"e", key_number(OSSL_PKEY_PARAM_RSA_E)}}}}}
      .dump();
}

/// A token good at kArrival, with `changes` over its head and claims (null: taken out).
inline std::string google_token(const nlohmann::json& changes) {
  nlohmann::json head{{"alg", "RS256"}, {"kid", "k1"}, {"typ", "JWT"}};
  nlohmann::json claims{{"iss", "https://accounts.google.com"},
                        {"aud", "https://countersign.example.com"},
                        {"email", "push@example.iam.gserviceaccount.com"},
                        {"email_verified", true},
                        {"iat", 1795139000},
                        {"exp", 1795142000}};
  for (const auto& [key, value] : changes.items())
    (head.contains(key) ? head : claims)[key] = value;
  const auto content = to_base64url(head.dump()) + "." + to_base64url(claims.dump());
  return content + "." + to_base64url(sign_rsa(content));
}

/// PEM, of that common name, from 2026-01-01 to 2027-01-01.
inline std::string certificate(const std::string& name) {
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  ASN1_TIME_set_string(X509_getm_notBefore(made.get()), "20260101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(made.get()), "20270101000000Z");
  X509_set_pubkey(made.get(), signing_key());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  REQUIRE(X509_sign(made.get(), signing_key(), EVP_sha256()) > 0);
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  REQUIRE(PEM_write_bio_X509(memory.get(), made.get()) == 1);
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

/// By AWS's rule, written down a second time: the names that count, sorted, each with its value, a line each.
inline nlohmann::ordered_json signed_by_amazon(nlohmann::ordered_json message) {
  std::map<std::string, std::string> lines;
  for (const char* name : {"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"})
    if (message.contains(name)) lines[name] = message[name].get<std::string>();
  std::string text;
  for (const auto& [name, value] : lines)
    text += name + "\n" + value + "\n";
  message["Signature"] = to_base64(sign_rsa(text, message["SignatureVersion"] == "1" ? EVP_sha1() : EVP_sha256()));
  return message;
}

}  // namespace countersign::webhooks_test
