#include "intake/backfill/aws_signature.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::intake {
namespace {

struct Target {
  std::string host, path, query;
};

/// "https://host[:port]/path?query": the host as the client sends it.
Target target_of(std::string_view url) {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  const auto slash = std::min(url.find_first_of("/?"), url.size());
  const auto question = std::min(url.find('?'), url.size());
  Target target{std::string(url.substr(0, slash)), std::string(url.substr(slash, question - slash)),
                std::string(url.substr(std::min(question + 1, url.size())))};
  if (target.path.empty()) target.path = "/";
  return target;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

Secret derive(const Secret& key, std::string_view text) {
  return Secret(crypto::hmac_sha256(key, text));
}

}  // namespace

void sign(net::Call& call, const AwsCredentials& credentials, std::string_view region, std::string_view service,
          Timestamp now) {
  const auto stamp =
      fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(static_cast<std::time_t>(to_micros(now) / 1'000'000)));
  const auto day = stamp.substr(0, 8);
  call.headers.emplace_back("X-Amz-Date", stamp);
  if (!credentials.session_token.empty())
    call.headers.emplace_back("X-Amz-Security-Token", std::string(credentials.session_token.reveal()));

  const auto target = target_of(call.url);
  std::map<std::string, std::string> headers{{"host", target.host}};
  for (const auto& [name, value] : call.headers)
    headers[lower(name)] = value;  // ours have no blanks around them
  std::string lines, names;
  for (const auto& [name, value] : headers) {
    lines += fmt::format("{}:{}\n", name, value);
    names += (names.empty() ? "" : ";") + name;
  }
  const auto canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", call.method, target.path, target.query, lines, names,
                                     to_hex(crypto::sha256(call.body)));
  const auto scope = fmt::format("{}/{}/{}/aws4_request", day, region, service);
  const auto to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", stamp, scope, to_hex(crypto::sha256(canonical)));
  const Secret seed("AWS4" + std::string(credentials.secret_access_key.reveal()));
  const auto key = derive(derive(derive(derive(seed, day), region), service), "aws4_request");
  call.headers.emplace_back(
      "Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                   credentials.access_key_id, scope, names, to_hex(crypto::hmac_sha256(key, to_sign))));
}

}  // namespace countersign::intake
