// Beast's response grammar filling our Response directly. One object a reply; the caller sets limits and skip().
#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include "net/http.hpp"
#include "net/io/asio.hpp"

namespace countersign::net {

class ReplyParser final : public boost::beast::http::basic_parser<false> {
 public:
  /// A body over `body_bytes` is http::error::body_limit.
  explicit ReplyParser(std::size_t body_bytes);

  Response response;
  /// 100 to 199: another reply follows.
  [[nodiscard]] bool interim() const { return response.status / 100 == 1; }
  /// A transfer coding we can't undo; the body would be read wrongly.
  [[nodiscard]] bool unknown_coding() const { return coded_ && !chunked(); }

 private:
  using View = boost::beast::string_view;
  void on_request_impl(boost::beast::http::verb, View, View, int, ErrorCode&) override {}
  void on_response_impl(int status, View, int, ErrorCode&) override { response.status = status; }
  void on_field_impl(boost::beast::http::field field, View name, View value, ErrorCode& error) override;
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(View body, ErrorCode&) override;
  void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, ErrorCode&) override;
  void on_finish_impl(ErrorCode&) override {}

  bool coded_ = false;
};

}  // namespace countersign::net
