// The server's TLS: certificate and key from PEM files, and who a client must be.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string>

#include "base/result.hpp"

namespace countersign::net {

/// TLS 1.2 and later. Fault::invalid names the file that can't be read, or says that the two don't belong together.
Result<boost::asio::ssl::context> server_tls(const std::string& certificate, const std::string& private_key);
/// From now on a client must show a certificate of this CA (a PEM file). Fault::invalid where it can't be read.
Result<void> demand_certificate(boost::asio::ssl::context& context, const std::string& client_ca);

}  // namespace countersign::net
