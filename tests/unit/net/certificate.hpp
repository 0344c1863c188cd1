// A self-signed certificate and its key in files of their own, for one test: its own CA.
#pragma once

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace countersign::net::testing {

class Certificate {
 public:
  /// `names` as X.509 writes them: "DNS:localhost,IP:127.0.0.1".
  explicit Certificate(const std::string& names) {
    std::string pattern = (std::filesystem::temp_directory_path() / "countersign-net-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    const unsigned char common_name[] = "test";
    X509_NAME_add_entry_by_NID(X509_get_subject_name(made.get()), NID_commonName, MBSTRING_ASC, common_name, -1, -1, 0);
    X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> alternative(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()), X509_EXTENSION_free);
    REQUIRE(X509_add_ext(made.get(), alternative.get(), -1) == 1);
    REQUIRE(X509_sign(made.get(), key.get(), EVP_sha256()) > 0);
    write(certificate(), [&](std::FILE* to) { return PEM_write_X509(to, made.get()); });
    write(key_file(),
          [&](std::FILE* to) { return PEM_write_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  ~Certificate() { std::filesystem::remove_all(folder_); }

  std::string certificate() const { return folder_ / "certificate.pem"; }
  std::string key_file() const { return folder_ / "key.pem"; }

 private:
  template <typename Writer>
  static void write(const std::string& path, Writer writer) {
    std::FILE* to = std::fopen(path.c_str(), "w");
    REQUIRE(to != nullptr);
    CHECK(writer(to) == 1);
    std::fclose(to);
  }

  std::filesystem::path folder_;
};

}  // namespace countersign::net::testing
