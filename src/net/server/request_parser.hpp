// Beast's request grammar filling our Request directly, with the checks Beast leaves to its caller: one framing,
// one Host, no transfer coding but chunked (RFC 9112 sections 3.2, 6.1, 6.3). One object a request.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <string_view>

#include "net/http.hpp"
#include "net/io/asio.hpp"

namespace countersign::net {

/// Why a request is answered without its handler, and closed. 0: closed without an answer.
struct Refusal {
  int status = 0;
  std::string_view why;
};

class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  /// A head over `header_bytes` or with too many fields is refused with 431.
  explicit RequestParser(std::size_t header_bytes);

  Request request;    // the chunked body lands here too
  bool head = false;  // HEAD: `request` says GET, the answer's body is not sent
  bool expects_continue = false;

  /// After is_header_done(): what is wrong with the head beyond its grammar, if anything.
  [[nodiscard]] Refusal check() const;
  [[nodiscard]] bool version_10() const { return version_ < 11; }
  /// What an error of put() means to the client.
  [[nodiscard]] Refusal refusal(const ErrorCode& error) const;

 private:
  using View = boost::beast::string_view;
  void on_request_impl(boost::beast::http::verb, View method, View target, int version, ErrorCode& error) override;
  void on_response_impl(int, View, int, ErrorCode&) override {}
  void on_field_impl(boost::beast::http::field field, View name, View value, ErrorCode& error) override;
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(View body, ErrorCode&) override;
  void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, ErrorCode&) override;
  void on_finish_impl(ErrorCode&) override {}

  int version_ = 11;
  int hosts_ = 0;
  int lengths_ = 0;
  int codings_ = 0;
  std::string target_fault_;
  Refusal fault_;  // the first that a field brought
};

}  // namespace countersign::net
