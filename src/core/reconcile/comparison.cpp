#include "core/reconcile/comparison.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <ranges>
#include <tuple>

#include "base/text.hpp"

namespace countersign::core {
namespace {

constexpr std::size_t longest_shown = 120;
constexpr std::size_t most_of_source = 3;  // side by side: who says a lot must not hide what others say

std::string_view address_alone(std::string_view address) {
  return address.substr(0, address.find('%'));
}

/// A host name (UseDNS) or UNKNOWN can't be held against an address.
bool is_address(std::string_view text) {
  return text.contains(':') || (!text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool addresses_agree(const Event& a, const Event& b) {
  if (!is_address(a.address) || !is_address(b.address)) return true;
  if (a.address.contains('%') && b.address.contains('%')) return a.address == b.address;
  return address_alone(a.address) == address_alone(b.address);
}

/// MD5 and SHA256 of one key can't be compared.
bool fingerprints_agree(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return true;
  const auto kind = [](std::string_view key) { return key.substr(0, key.find(':')); };
  return kind(a) != kind(b) || a == b;
}

/// sshd and the agent write them alike, another system may not.
bool serials_agree(std::string_view a, std::string_view b) {
  const auto decimal = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return !decimal(a) || !decimal(b) || a == b;
}

bool certified(const Event& event) {
  return !event.certificate.empty() || !event.serial.empty() || !event.authority.empty() ||
         event.key_type.ends_with("-CERT");
}

/// Of a certificate one witness may have taken the fingerprint of the bare key, the other of the whole, and a line or
/// a copy that was cut tells nothing but the key: only what is the certificate's own is held against each other then.
bool keys_agree(const Event& a, const Event& b) {
  if (!certified(a) && !certified(b)) return fingerprints_agree(a.key, b.key);
  const bool ids = a.certificate.empty() || b.certificate.empty() || a.certificate == b.certificate;
  return ids && serials_agree(a.serial, b.serial) && fingerprints_agree(a.authority, b.authority);
}

/// "keyboard-interactive/pam" is "keyboard-interactive" to a witness that does not see the device.
std::string_view base_method(const Event& event) {
  constexpr std::array<std::string_view, 5> known{"publickey", "password", "keyboard-interactive", "hostbased",
                                                  "gssapi-with-mic"};
  const auto method = std::string_view(event.method).substr(0, event.method.find('/'));
  return std::ranges::find(known, method) == known.end() ? std::string_view() : method;
}

bool methods_agree(const Event& a, const Event& b) {
  const auto one = base_method(a);
  const auto other = base_method(b);
  return one.empty() || other.empty() || one == other;
}

std::string key_of(const Event& event) {
  if (!certified(event)) return event.key;
  auto words = event.certificate.empty() ? std::string("a certificate") : "certificate " + event.certificate;
  if (!event.serial.empty()) words += fmt::format(" (serial {})", event.serial);
  if (!event.authority.empty()) words += " of CA " + event.authority;
  return words;
}

std::string end_of(const Event& event) {
  return event.port ? fmt::format("{} port {}", event.address, *event.port) : event.address;
}

}  // namespace

bool users_agree(const Event& a, const Event& b) {
  return a.user.empty() || b.user.empty() || a.user == b.user;
}

std::vector<Difference> differences(const Testimony& a, const Testimony& b) {
  const auto rank = [](const Testimony& account) {
    return std::tie(account.witness, account.source, account.event.user, account.event.key, account.event.time);
  };
  const bool swap = is_kernel(a) != is_kernel(b) ? is_kernel(a) : rank(b) < rank(a);
  const auto& first = swap ? b : a;
  const auto& second = swap ? a : b;
  std::vector<Difference> found;
  const auto differ = [&](const char* what, const std::string& one, const std::string& other) {
    found.push_back({fmt::format("{}: {} ({}) says {}, {} ({}) says {}", what, one_line(first.source, longest_shown),
                                 first.witness, one_line(one, longest_shown), one_line(second.source, longest_shown),
                                 second.witness, one_line(other, longest_shown)),
                     {fmt::format("{}: {}", what, one), fmt::format("{}: {}", what, other)}});
  };
  if (!users_agree(a.event, b.event)) differ("user", first.event.user, second.event.user);
  if (!keys_agree(a.event, b.event)) differ("key", key_of(first.event), key_of(second.event));
  if (!methods_agree(a.event, b.event)) differ("method", first.event.method, second.event.method);
  if (!addresses_agree(a.event, b.event)) differ("address", end_of(first.event), end_of(second.event));
  return found;
}

Contradictions contradictions(const std::vector<Testimony>& accounts, bool of_one_user) {
  Contradictions found;
  for (std::size_t i = 0; i < accounts.size(); ++i)
    for (std::size_t j = i + 1; j < accounts.size(); ++j) {
      if (of_one_user && !users_agree(accounts[i].event, accounts[j].event)) continue;
      for (auto& [words, said] : differences(accounts[i], accounts[j])) {
        found.words.insert(std::move(words));
        found.said.insert(said.begin(), said.end());
        found.accounts.insert({i, j});
      }
    }
  return found;
}

std::string side_by_side(const std::vector<Testimony>& accounts, const std::set<std::size_t>& which) {
  std::map<std::string, std::set<std::string>> by_source;
  for (const auto place : which) {
    const auto& account = accounts[place];
    const auto key = key_of(account.event);
    const auto method = account.event.method.empty() ? std::string("a login") : account.event.method;
    by_source[fmt::format("{} ({})", one_line(account.source, longest_shown), account.witness)].insert(
        fmt::format("{} {}", one_line(method, longest_shown),
                    key.empty() ? "without a key" : "with " + one_line(key, longest_shown)));
  }
  std::vector<std::string> words;
  for (const auto& [source, said] : by_source) {
    auto first = said | std::views::take(most_of_source);
    words.push_back(fmt::format("{} says {}", source, fmt::join(first.begin(), first.end(), " and ")));
    if (said.size() > most_of_source) words.back() += fmt::format(" and {} more", said.size() - most_of_source);
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace countersign::core
