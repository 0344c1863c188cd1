#include "crypto/public_key.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace countersign::crypto {
namespace {

template <auto free_it>
struct FreeWith {
  void operator()(auto* held) const { free_it(held); }
};
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using ParamBuild = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;
using Number = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;

const unsigned char* key_octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());  // NOLINT: OpenSSL's view of bytes
}

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(key_octets(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::shared_ptr<evp_pkey_st> owned(EVP_PKEY* key) {
  return key ? std::shared_ptr<evp_pkey_st>(key, EVP_PKEY_free) : nullptr;
}

std::shared_ptr<evp_pkey_st> key_from(const char* type, OSSL_PARAM_BLD* build) {
  const Params params(OSSL_PARAM_BLD_to_param(build));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return owned(key);
}

}  // namespace

Result<PublicKey> PublicKey::from_certificate(std::string_view pem, std::string_view subject, Timestamp now) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Certificate certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!certificate) return fail(Fault::invalid, "there is no PEM certificate");
  auto seconds = static_cast<time_t>(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  if (X509_cmp_time(X509_get0_notBefore(certificate.get()), &seconds) >= 0 ||
      X509_cmp_time(X509_get0_notAfter(certificate.get()), &seconds) <= 0)
    return fail(Fault::invalid, "the certificate is not valid now");
  if (X509_check_host(certificate.get(), subject.data(), subject.size(), 0, nullptr) != 1)
    return fail(Fault::invalid, "the certificate is not that of {}", subject);
  auto key = owned(X509_get_pubkey(certificate.get()));
  if (!key) return fail(Fault::invalid, "the certificate's key can't be read");
  return PublicKey(std::move(key));
}

Result<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  constexpr int kLeastBits = 2048;
  constexpr int kMostBits = 8192;  // beyond it verifying alone costs too much
  const auto n = number_of(modulus);
  const auto e = number_of(exponent);
  const ParamBuild build(OSSL_PARAM_BLD_new());
  if (!n || !e || !build || BN_num_bits(n.get()) < kLeastBits || BN_num_bits(n.get()) > kMostBits ||
      BN_num_bits(e.get()) > 64 || OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return fail(Fault::invalid, "an RSA key needs a modulus of 2048 bits or more, and an exponent");
  auto key = key_from("RSA", build.get());
  if (!key) return fail(Fault::invalid, "the RSA key is none");
  return PublicKey(std::move(key));
}

Result<PublicKey> PublicKey::p256(std::string_view x, std::string_view y) {
  constexpr std::size_t kCoordinate = 32;
  const ParamBuild build(OSSL_PARAM_BLD_new());
  const auto point = std::string("\x04") + std::string(x) + std::string(y);  // SEC 1, uncompressed
  if (x.size() != kCoordinate || y.size() != kCoordinate || !build ||
      OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return fail(Fault::invalid, "a P-256 key needs two coordinates of 32 bytes");
  auto key = key_from("EC", build.get());
  if (!key) return fail(Fault::invalid, "the P-256 key is none");
  return PublicKey(std::move(key));
}

bool PublicKey::verifies(SignedWith algorithm, std::string_view bytes, std::string_view signature) const {
  const bool ec = algorithm == SignedWith::ecdsa_sha256;
  if (EVP_PKEY_get_base_id(key_.get()) != (ec ? EVP_PKEY_EC : EVP_PKEY_RSA)) return false;
  std::string der;
  if (ec) {
    if (signature.size() != 64) return false;
    const EcdsaSignature pair(ECDSA_SIG_new());
    if (!pair || ECDSA_SIG_set0(pair.get(), number_of(signature.substr(0, 32)).release(),
                                number_of(signature.substr(32)).release()) != 1)
      return false;
    unsigned char* encoded = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &encoded);
    if (size <= 0) return false;
    der.assign(reinterpret_cast<char*>(encoded), static_cast<std::size_t>(size));  // NOLINT: bytes are bytes
    OPENSSL_free(encoded);
    signature = der;
  }
  const DigestContext context(EVP_MD_CTX_new());
  const auto* digest = algorithm == SignedWith::rsa_sha1 ? EVP_sha1() : EVP_sha256();
  return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), key_octets(signature), signature.size(), key_octets(bytes), bytes.size()) == 1;
}

}  // namespace countersign::crypto
