#include "net/stream/connection.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

namespace countersign::net {

namespace {

std::string text_of_asn1(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),  // NOLINT: bytes are bytes
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

/// A name with a NUL inside was made to be read as another one.
void add_name(std::vector<std::string>& names, std::string name) {
  if (!name.empty() && name.find('\0') == std::string::npos) names.push_back(std::move(name));
}

/// The DNS names and the common name of a certificate that was verified.
std::vector<std::string> names_of(SSL* handle) {
  std::vector<std::string> names;
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(handle), &X509_free);
  if (!certificate) return names;
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) add_name(names, text_of_asn1(name->d.dNSName));
  }
  const auto* subject = X509_get_subject_name(certificate.get());
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;)
    add_name(names, text_of_asn1(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  return names;
}

/// What the handshake's error doesn't say: why the certificate was refused.
std::string handshake_fault(SSL* handle, const ErrorCode& error) {
  const long verdict = SSL_get_verify_result(handle);
  if (verdict == X509_V_OK) return fmt::format("TLS: {}", error.message());
  return fmt::format("its certificate is refused: {}", X509_verify_cert_error_string(verdict));
}

}  // namespace

StreamConnection::StreamConnection(std::shared_ptr<StreamState> state, Socket socket, std::string address)
    : state_(std::move(state)),
      wire_(std::move(socket)),
      deadline_(state_->loop.executor(),
                std::min(state_->options.limits.handshake_time, state_->options.limits.idle_time)),
      peer_{std::move(address), {}} {
  state_->connections.insert(this);
  ++state_->by_peer[peer_.address];
  ++state_->counters.accepted;
  state_->counters.open = state_->connections.size();
}

StreamConnection::~StreamConnection() {
  state_->connections.erase(this);
  if (const auto mine = state_->by_peer.find(peer_.address); --mine->second == 0) state_->by_peer.erase(mine);
  state_->counters.open = state_->connections.size();
  state_->tell_if_empty();
}

Async<void> StreamConnection::run(std::shared_ptr<StreamConnection> self) {
  auto& connection = *self;
  connection.deadline_.start(self->weak_from_this(), [&connection] {
    connection.timed_out_ = true;
    connection.wire_.cancel();
  });
  if (co_await connection.secure() && !connection.aborted_ && !connection.state_->closed) {
    connection.reader_ = connection.state_->handler.connected(connection.peer_);
    if (!connection.reader_) ++connection.state_->counters.refused;
    while (connection.reader_ && co_await connection.read_once()) {
    }
    if (connection.reader_ && !connection.state_->closed) connection.reader_->ended();
  }
  connection.deadline_.stop();
  connection.wire_.close();
}

Async<bool> StreamConnection::secure() {
  if (!state_->tls) co_return true;
  wire_.secure_with(*state_->tls);
  deadline_.set(state_->options.limits.handshake_time);
  const auto error = co_await wire_.handshake(asio::ssl::stream_base::server);
  auto* const handle = wire_.tls()->native_handle();
  if (!error) {
    peer_.names = names_of(handle);
    co_return true;
  }
  ++state_->counters.handshakes_failed;
  if (!aborted_) turn_away(timed_out_ ? "TLS: no handshake in time" : handshake_fault(handle, error));
  co_return false;
}

Async<bool> StreamConnection::read_once() {
  if (state_->stopping && drained()) co_return false;
  deadline_.set(state_->options.limits.idle_time);
  reading_ = true;
  const auto [error, bytes] = co_await wire_.read_some(asio::buffer(buffer_));
  reading_ = false;
  deadline_.clear();
  if (aborted_ || state_->closed) co_return false;
  if (error) {
    if (timed_out_) {
      ++state_->counters.timed_out;
      turn_away("nothing came for longer than idle_time");
    }
    co_return false;
  }
  reader_->received({buffer_.data(), bytes}, GoOn([self = shared_from_this()](bool yes) { self->permit(yes); }));
  if (!permission_) co_await permitted();
  co_return std::exchange(permission_, std::nullopt).value_or(false) && !aborted_;
}

Async<void> StreamConnection::permitted() {
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
      [this](auto handler) { resume_ = [handler = std::move(handler)]() mutable { std::move(handler)(); }; },
      use_async);
}

void StreamConnection::permit(bool yes) {
  permission_ = yes;
  if (resume_) asio::post(state_->loop.executor(), std::exchange(resume_, {}));
}

void StreamConnection::wind_down() {
  if (reading_ && drained()) wire_.cancel();
}

void StreamConnection::abort() {
  aborted_ = true;
  wire_.close();
  if (resume_) asio::post(state_->loop.executor(), std::exchange(resume_, {}));
}

void StreamConnection::turn_away(std::string_view why) {
  if (!state_->closed) state_->handler.turned_away(peer_.address, why);
}

bool StreamConnection::drained() {
  ErrorCode error;
  if (wire_.socket().available(error) > 0 && !error) return false;
  return !wire_.secure() || SSL_has_pending(wire_.tls()->native_handle()) == 0;
}

}  // namespace countersign::net
