// The server's TLS: certificate and key from PEM files.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string>

#include "base/result.hpp"

namespace countersign::net {

/// TLS 1.2 and later. Fault::invalid names the file that can't be read, or says that the two don't belong together.
Result<boost::asio::ssl::context> server_tls(const std::string& certificate, const std::string& private_key);

}  // namespace countersign::net
