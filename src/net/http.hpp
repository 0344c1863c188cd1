// HTTP messages as the other rooms see them: no Asio, no Beast. Passive data, owned strings.
#pragma once

#include <functional>
#include <memory>
#include <optional>
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

/// Asks for a body's next piece (nothing), or answers the request (after the last piece it must, before it may, and the
/// rest is not read). As Respond otherwise.
using Onward = std::move_only_function<void(std::optional<Response>)>;

/// Takes a body of any length in pieces, one after the other, on worker threads. Kept while `next` is.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// Bytes a piece has at least, but for the last one; a body that has less in all goes to handle().
  [[nodiscard]] virtual std::size_t piece_bytes() const = 0;
  virtual void take(std::string piece, bool last, Onward next) = 0;
};

/// What the server calls for each request. Must be safe for concurrent access: large bodies come on worker threads.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void handle(Request request, Respond respond) = 0;
  /// The largest body this request may have, asked before the body is read (413 above it).
  [[nodiscard]] virtual std::size_t body_limit(const Request& head) const = 0;
  /// Who takes the body of this chunked request in pieces, so that no limit is on the whole. Null: it is read whole.
  [[nodiscard]] virtual std::shared_ptr<BodyReader> body_reader(const Request& /*head*/) { return nullptr; }
};

}  // namespace countersign::net
