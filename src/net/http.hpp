// HTTP messages as the other rooms see them: no Asio, no Beast. Passive data, owned strings.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace countersign::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first header of that name (case-insensitive), or empty.
std::string_view header(const Headers& headers, std::string_view name);

struct Request {
  std::string method;  // "GET"; a HEAD arrives as GET, and its answer's body is not sent
  std::string path;    // "/webhooks/papertrail", percent-decoded once, no query
  std::string query;   // raw, without '?'
  Headers headers;
  std::string body;  // as it came: Content-Encoding is the decoder's work
  std::string peer;  // client's address, no port
};

struct Response {
  int status = 200;
  Headers headers = {};  // Content-Length, Connection and Date are the server's
  std::string body = {};
};

/// Answers one request, once, from any thread. Dropped without an answer it answers 500.
using Respond = std::move_only_function<void(Response)>;

/// What the server calls for each request. Must be safe for concurrent access: large bodies come on worker threads.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void handle(Request request, Respond respond) = 0;
  /// The largest body this request may have, asked before the body is read (413 above it).
  [[nodiscard]] virtual std::size_t body_limit(const Request& head) const = 0;
};

}  // namespace countersign::net
