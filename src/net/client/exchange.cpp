#include "net/client/exchange.hpp"

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

#include "net/client/reply_parser.hpp"
#include "net/io/message.hpp"

namespace countersign::net {

namespace {

namespace http = boost::beast::http;

constexpr std::size_t buffer_bytes = 128 * 1024;  // holds the largest head and some
constexpr int max_interim = 8;

/// Framing and addressing are the client's: a caller's own would contradict them.
bool is_ours(std::string_view name) {
  return same_name(name, "host") || same_name(name, "content-length") || same_name(name, "connection") ||
         same_name(name, "transfer-encoding");
}

std::string broken_reply(const ErrorCode& error, std::size_t reply_bytes) {
  if (error == http::error::body_limit) return fmt::format("the reply is over {} bytes", reply_bytes);
  if (error == http::error::header_limit) return "the reply's header is too large";
  if (error == http::error::partial_message) return "the reply was cut short";
  return fmt::format("the reply is not HTTP: {}", error.message());
}

/// One final reply; interim ones (RFC 9110 section 15.2) are passed over.
Async<std::expected<Reply, std::string>> read_reply(Wire& wire, bool head, std::size_t reply_bytes) {
  boost::beast::flat_buffer buffer(buffer_bytes);
  std::optional<ReplyParser> parser;
  for (int interim = 0; interim <= max_interim; ++interim) {
    parser.emplace(reply_bytes);
    parser->skip(head);
    bool ended = false;
    while (!parser->is_done()) {
      ErrorCode error = http::error::need_more;
      if (buffer.size() > 0) buffer.consume(parser->put(buffer.data(), error));
      if (error && error != http::error::need_more) co_return std::unexpected(broken_reply(error, reply_bytes));
      if (parser->is_header_done() && parser->unknown_coding()) {
        co_return std::unexpected("the reply's Transfer-Encoding is unknown");
      }
      if (parser->is_done()) break;
      if (buffer.size() == buffer.max_size()) co_return std::unexpected("the reply's header is too large");
      const auto room = std::min<std::size_t>(buffer.max_size() - buffer.size(), 16 * 1024);
      const auto got = co_await wire.read_some(buffer.prepare(room));
      buffer.commit(got.bytes);
      if (!got.error) continue;
      if (!parser->got_some() && buffer.size() == 0) {
        co_return std::unexpected(fmt::format("no reply: {}", got.error.message()));
      }
      // Under TLS an end without close_notify is another error: it may be somebody else's cut.
      if (got.error != asio::error::eof || buffer.size() > 0) co_return std::unexpected("the reply was cut short");
      parser->put_eof(error);
      if (error) co_return std::unexpected(broken_reply(error, reply_bytes));
      ended = true;
    }
    if (!parser->interim()) {
      const bool reusable = parser->keep_alive() && buffer.size() == 0 && !ended;
      co_return Reply{std::move(parser->response), reusable};
    }
    if (parser->response.status == 101) co_return std::unexpected("the peer switched protocols unasked");
  }
  co_return std::unexpected("too many interim replies");
}

}  // namespace

Result<std::string> request_head(const Url& url, const Call& call) {
  if (!is_token(call.method)) return fail(Fault::invalid, "the method is not a word");
  auto head = fmt::format("{} {} HTTP/1.1\r\n", call.method, url.target);
  append_header(head, "Host", url.authority());
  if (header(call.headers, "User-Agent").empty()) append_header(head, "User-Agent", "countersign");
  if (!call.body.empty() || (call.method != "GET" && call.method != "HEAD")) {
    append_header(head, "Content-Length", std::to_string(call.body.size()));
  }
  for (const auto& [name, value] : call.headers) {
    if (!is_token(name)) return fail(Fault::invalid, "a header's name is not a word");
    if (!is_field_value(value)) return fail(Fault::invalid, "line break or NUL in header {}", name);
    if (!is_ours(name)) append_header(head, name, value);
  }
  return head += "\r\n";
}

Async<std::expected<Reply, ClientFailure>> exchange(Wire& wire, const std::string& head, const Call& call,
                                                    std::size_t reply_bytes, Sent& sent) {
  sent = Sent::maybe;
  const auto wrote = co_await wire.write(asio::buffer(head), asio::buffer(call.body));
  if (wrote.error && wrote.bytes == 0) {
    sent = Sent::no;
    co_return std::unexpected(ClientFailure{sent, wrote.error.message()});
  }
  // A peer may answer (413, 401) and close without reading all: its answer is worth more than our broken pipe.
  auto reply = co_await read_reply(wire, call.method == "HEAD", reply_bytes);
  if (!reply) {
    co_return std::unexpected(ClientFailure{sent, wrote.error ? wrote.error.message() : std::move(reply.error())});
  }
  if (wrote.error) reply->reusable = false;
  co_return *std::move(reply);
}

}  // namespace countersign::net
