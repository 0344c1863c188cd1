#include "net/client/reply_parser.hpp"

#include <boost/beast/http/error.hpp>

namespace countersign::net {

namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t header_bytes = 64 * 1024;
constexpr std::size_t max_fields = 256;

}  // namespace

ReplyParser::ReplyParser(std::size_t body_bytes) {
  header_limit(header_bytes);
  body_limit(body_bytes);
  eager(true);
}

void ReplyParser::on_field_impl(http::field field, View name, View value, ErrorCode& error) {
  if (is_header_done()) return;  // a trailer
  if (response.headers.size() == max_fields) {
    error = http::error::header_limit;
    return;
  }
  if (field == http::field::transfer_encoding) coded_ = true;
  response.headers.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
}

std::size_t ReplyParser::on_body_impl(View body, ErrorCode&) {
  response.body.append(body.data(), body.size());
  return body.size();
}

std::size_t ReplyParser::on_chunk_body_impl(std::uint64_t, View body, ErrorCode&) {
  response.body.append(body.data(), body.size());
  return body.size();
}

}  // namespace countersign::net
