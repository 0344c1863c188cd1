// Files that the configuration names and others open: looked at while it is read, so that what would not start is said
// with its line.
#include "base/file.hpp"

#include <fmt/format.h>

#include "main/config/reading.hpp"
#include "net/ca_file.hpp"
#include "net/stream.hpp"

namespace countersign::cli {
namespace {

constexpr std::size_t longest_named = 16 << 20;  // a bundle of every authority there is has 300 KiB

/// Whether it is a file that can be read: OpenSSL would wait for a pipe's writer.
bool is_readable(Section& table, std::string_view key, const std::string& path) {
  const auto text = read_file(path, longest_named);
  if (!text)
    table.problem(
        key, fmt::format("can't read {}: {}; it must be a PEM file the service can read", path, text.error().message));
  return text.has_value();
}

}  // namespace

std::string read_named_file(Section& table, std::string_view key) {
  const auto path = table.path(key);
  if (!path) return {};
  auto text = read_file(*path, longest_named);
  if (text && !text->empty()) return *std::move(text);
  table.problem(key, fmt::format("can't read {}: {}; name a file the service can read", *path,
                                 text ? "it is empty" : text.error().message));
  return {};
}

std::string read_ca_file(Section& table, std::string_view key) {
  auto path = table.path(key).value_or("");
  if (path.empty() || !is_readable(table, key, path)) return path;
  if (const auto sound = net::check_ca_file(path); !sound) table.problem(key, sound.error().message);
  return path;
}

void check_tls_files(Section& table, const std::string& certificate, const std::string& key,
                     const std::string& client_ca) {
  bool readable = is_readable(table, "tls_certificate", certificate);
  readable = is_readable(table, "tls_private_key", key) && readable;
  if (!client_ca.empty()) readable = is_readable(table, "client_ca", client_ca) && readable;
  if (!readable) return;
  net::StreamOptions options;
  options.tls_certificate = certificate;
  options.tls_private_key = key;
  options.client_ca = client_ca;
  if (const auto sound = net::check_tls(options); !sound) table.problem("tls_certificate", sound.error().message);
}

}  // namespace countersign::cli
