// One request and its reply on an open connection. On the loop's thread.
#pragma once

#include <expected>
#include <string>

#include "net/client.hpp"
#include "net/client/url.hpp"
#include "net/io/wire.hpp"

namespace countersign::net {

/// The request's head as it is sent; Fault::invalid where a header or the method would break the message.
Result<std::string> request_head(const Url& url, const Call& call);

struct Reply {
  Response response;
  bool reusable = false;  // the connection can carry another request
};

/// `sent` becomes maybe before the first byte is written, and no again where none was. Ends when the wire is closed.
Async<std::expected<Reply, ClientFailure>> exchange(Wire& wire, const std::string& head, const Call& call,
                                                    std::size_t reply_bytes, Sent& sent);

}  // namespace countersign::net
