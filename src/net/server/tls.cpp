#include "net/server/tls.hpp"

namespace countersign::net {

namespace ssl = boost::asio::ssl;

Result<ssl::context> server_tls(const std::string& certificate, const std::string& private_key) {
  ssl::context context(ssl::context::tls_server);
  boost::system::error_code error;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  context.use_certificate_chain_file(certificate, error);
  if (error) {
    return fail(Fault::invalid, "tls_certificate {}: {}; it must be a PEM file the service can read", certificate,
                error.message());
  }
  context.use_private_key_file(private_key, ssl::context::pem, error);
  if (!error && SSL_CTX_check_private_key(context.native_handle()) == 1) return context;
  return fail(Fault::invalid, "tls_private_key {}: {}; it must be the PEM key of {}", private_key,
              error ? error.message() : "does not belong to the certificate", certificate);
}

Result<void> demand_certificate(ssl::context& context, const std::string& client_ca) {
  boost::system::error_code error;
  context.load_verify_file(client_ca, error);
  if (error) {
    return fail(Fault::invalid,
                "client_ca {}: {}; it must be a PEM file of the CA that signs the senders' certificates", client_ca,
                error.message());
  }
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  return {};
}

}  // namespace countersign::net
