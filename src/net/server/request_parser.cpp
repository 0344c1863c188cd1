#include "net/server/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/error.hpp>

#include "net/io/message.hpp"
#include "net/server/target.hpp"

namespace countersign::net {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t max_fields = 128;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

RequestParser::RequestParser(std::size_t header_bytes) {
  header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(header_bytes, 1U << 30)));
  body_limit(boost::none);  // set once the head says whose request it is
  eager(false);
  request.headers.reserve(12);
}

void RequestParser::on_request_impl(http::verb, View method, View target, int version, ErrorCode&) {
  version_ = version;
  head = method == "HEAD";
  request.method = head ? "GET" : std::string(view(method));
  if (auto parsed = net::parse_target(view(target))) {
    request.path = std::move(parsed->path);
    request.query = std::move(parsed->query);
  } else {
    target_fault_ = std::move(parsed.error().message);
  }
}

void RequestParser::on_field_impl(http::field field, View name, View value, ErrorCode& error) {
  if (is_header_done()) return;  // a trailer: may not change what the head said
  if (request.headers.size() == max_fields) {
    error = http::error::header_limit;
    return;
  }
  const auto text = view(value);
  switch (field) {
    case http::field::host:
      ++hosts_;
      break;
    case http::field::content_length:
      if (++lengths_ > 1 || !all_digits(text)) fault_ = {400, "Content-Length must be one number"};
      break;
    case http::field::transfer_encoding:
      if (++codings_ > 1) {
        fault_ = {400, "more than one Transfer-Encoding"};
      } else if (!same_name(text, "chunked")) {
        fault_ = {501, "no Transfer-Encoding but chunked is known here"};
      }
      break;
    case http::field::expect:
      if (same_name(text, "100-continue")) {
        expects_continue = true;
      } else {
        fault_ = {417, "no expectation but 100-continue is known here"};
      }
      break;
    default:
      break;
  }
  if (!is_field_value(text)) fault_ = {400, "control character in a header"};
  request.headers.emplace_back(view(name), text);
}

Refusal RequestParser::check() const {
  if (lengths_ > 0 && codings_ > 0) return {400, "both Content-Length and Transfer-Encoding"};
  if (fault_.status != 0) return fault_;
  if (!target_fault_.empty()) return {400, target_fault_};
  if (version_ < 11 && codings_ > 0) return {400, "Transfer-Encoding in HTTP/1.0"};
  if (hosts_ > 1 || (version_ >= 11 && hosts_ == 0)) return {400, "a request needs one Host header"};
  return {};
}

Refusal RequestParser::refusal(const ErrorCode& error) const {
  if (error == http::error::header_limit) return {431, "the request's header is too large"};
  if (error == http::error::body_limit) return {413, "the request's body is too large"};
  if (error == http::error::bad_version) return {400, "the request is malformed, or not HTTP/1.0 or HTTP/1.1"};
  if (lengths_ > 0 || codings_ > 0) return {400, "the request's framing is malformed"};
  return {400, "the request is malformed"};
}

std::size_t RequestParser::on_body_impl(View body, ErrorCode&) {
  request.body.append(body.data(), body.size());
  return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, View body, ErrorCode&) {
  request.body.append(body.data(), body.size());
  return body.size();
}

}  // namespace countersign::net
