#include "chat/pager/smtp.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "base/text.hpp"

namespace countersign::chat::pager {

using app::Undelivered;

namespace {

constexpr long patience = 20'000;    // ms
constexpr int between_looks = 1000;  // ms; cancel() wakes it at once

struct Easy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct Multi {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct List {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct Url {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

struct Reading {
  std::string_view left;
};

std::size_t read_mail(char* into, std::size_t size, std::size_t count, void* from) {
  auto& left = static_cast<Reading*>(from)->left;
  const auto length = std::min(size * count, left.size());
  std::memcpy(into, left.data(), length);
  left.remove_prefix(length);
  return length;
}

std::size_t drop(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

using Sockets = std::vector<curl_socket_t>;

curl_socket_t open_socket(void* open, curlsocktype, curl_sockaddr* address) {
  const auto made = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (made != CURL_SOCKET_BAD) static_cast<Sockets*>(open)->push_back(made);
  return made;
}

int close_socket(void* open, curl_socket_t closed) {
  std::erase(*static_cast<Sockets*>(open), closed);
  return ::close(closed);
}

std::string bracketed(const std::string& address) {
  return "<" + address + ">";
}

/// Which class of failure a result is; `code` is the server's last SMTP code, or 0.
Undelivered::Kind kind_of(CURLcode result, long code) {
  using Kind = Undelivered::Kind;
  switch (result) {
    case CURLE_LOGIN_DENIED:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CACERT_BADFILE:
      return Kind::stop;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
      return Kind::retry;
    default:
      if (code >= 500 && code < 600) return Kind::bad_target;
      return code >= 400 && code < 500 ? Kind::retry : Kind::unclear;
  }
}

}  // namespace

struct Smtp::Handles {
  Sockets sockets;  // open ones of libcurl's
  std::unique_ptr<CURLM, Multi> multi{curl_multi_init()};
};

Smtp::Smtp(const EmailPagerSettings& settings) : settings_(settings) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  handles_ = std::make_unique<Handles>();
  if (ready != CURLE_OK || !handles_->multi) throw std::runtime_error("libcurl can't be set up");
}

Smtp::~Smtp() = default;

void Smtp::cancel() {
  cancelled_ = true;
  curl_multi_wakeup(handles_->multi.get());
}

std::optional<Undelivered> Smtp::send(const std::string& mail) {
  std::unique_ptr<CURL, Easy> easy(curl_easy_init());
  std::unique_ptr<curl_slist, List> recipients;
  for (const auto& address : settings_.to)
    if (auto* longer = curl_slist_append(recipients.get(), bracketed(address).c_str())) {
      static_cast<void>(recipients.release());
      recipients.reset(longer);
    }
  if (!easy || !recipients) return Undelivered{Undelivered::Kind::retry, "mail: out of memory", {}};
  std::array<char, CURL_ERROR_SIZE> words{};
  Reading reading{mail};
  const auto set = [&easy](CURLoption option, auto argument) { curl_easy_setopt(easy.get(), option, argument); };
  const auto from = bracketed(settings_.from);
  const std::string password(settings_.password.reveal());  // libcurl copies it, and wants it ended by a zero
  const bool private_line = is_loopback(settings_.server) && settings_.ca_file.empty();
  set(CURLOPT_URL, settings_.server.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_USE_SSL, static_cast<long>(private_line ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (!settings_.ca_file.empty()) set(CURLOPT_CAINFO, settings_.ca_file.c_str());
  if (!settings_.user.empty()) {
    set(CURLOPT_USERNAME, settings_.user.c_str());
    set(CURLOPT_PASSWORD, password.c_str());
  }
  set(CURLOPT_MAIL_FROM, from.c_str());
  set(CURLOPT_MAIL_RCPT, recipients.get());
  set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);  // one bad address must not keep the page from the others
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, &read_mail);
  set(CURLOPT_READDATA, &reading);
  set(CURLOPT_WRITEFUNCTION, &drop);
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(CURLOPT_OPENSOCKETDATA, &handles_->sockets);
  set(CURLOPT_CLOSESOCKETFUNCTION, &close_socket);
  set(CURLOPT_CLOSESOCKETDATA, &handles_->sockets);
  set(CURLOPT_FORBID_REUSE, 1L);  // the next page may be days away
  set(CURLOPT_ERRORBUFFER, words.data());
  set(CURLOPT_TIMEOUT_MS, patience);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a look-up under way must not hold up the end
  set(CURLOPT_PROXY, "");

  auto* multi = handles_->multi.get();
  curl_multi_add_handle(multi, easy.get());
  int running = 1;
  while (running > 0 && !cancelled_) {
    if (curl_multi_perform(multi, &running) != CURLM_OK) break;
    if (running > 0) curl_multi_poll(multi, nullptr, 0, between_looks, nullptr);
  }
  auto result = CURLE_ABORTED_BY_CALLBACK;
  int left = 0;
  while (const auto* message = curl_multi_info_read(multi, &left))
    if (message->msg == CURLMSG_DONE) result = message->data.result;
  // Removing an unfinished mail says QUIT and waits for the answer, which a silent server never gives.
  if (running > 0)
    for (const auto socket : handles_->sockets)
      ::shutdown(socket, SHUT_RDWR);
  curl_multi_remove_handle(multi, easy.get());
  if (result == CURLE_OK) return std::nullopt;
  if (running > 0) return Undelivered{Undelivered::Kind::unclear, "mail: given up, because the service ended", {}};
  long code = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &code);
  return Undelivered{kind_of(result, code),
                     one_line(fmt::format("mail: {}", words[0] != '\0' ? words.data() : curl_easy_strerror(result))),
                     {}};
}

bool is_loopback(const std::string& url) {
  const std::unique_ptr<CURLU, Url> parsed(curl_url());
  char* part = nullptr;
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &part, 0) != CURLUE_OK)
    return false;
  const std::string host(part);
  curl_free(part);
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace countersign::chat::pager
