// The operator's commands talk to the running server: which one, with which token. Where none runs and the
// configuration is known, they work alone. Blocking; one thread.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "main/config/config.hpp"
#include "net/client.hpp"

namespace countersign::cli {

/// --server, --token-file, --ca-file and --config, as every such command takes them.
struct RemoteOptions {
  std::string config_file, server, token_file, ca_file;
};

void add_remote_options(CLI::App& command, RemoteOptions& options);

struct Reply {
  int status = 0;
  nlohmann::json body;  // discarded where it was no JSON
  std::string text;     // as it came
  net::Headers headers;
};

class Remote {
 public:
  /// From the options: the server given, or the one the configuration listens on; the token given, or the
  /// configuration's first one of role security or admin. Fault::invalid says which option is missing.
  static Result<Remote> find(const RemoteOptions& options);

  /// One request, answered or failed within ten seconds. Fault::unavailable where no server answers and the
  /// configuration, which would allow to do without one, was not given.
  [[nodiscard]] Result<Reply> get(const std::string& path) const { return call("GET", path, ""); }
  [[nodiscard]] Result<Reply> remove(const std::string& path) const { return call("DELETE", path, ""); }
  [[nodiscard]] Result<Reply> post(const std::string& path, const nlohmann::json& body) const;
  /// The body as it is.
  [[nodiscard]] Result<Reply> post_text(const std::string& path, std::string body) const {
    return call("POST", path, std::move(body));
  }

  /// The configuration, where it may be worked with alone because no server answers; nullptr where one does, or where
  /// another server was named.
  [[nodiscard]] const Config* alone_with() const;

 private:
  using Answer = std::expected<net::Response, net::ClientFailure>;
  [[nodiscard]] std::optional<Answer> send(net::Call request) const;
  [[nodiscard]] Result<Reply> call(const std::string& method, const std::string& path, std::string body) const;

  [[nodiscard]] Result<net::Response> alone(const net::Call& call) const;
  [[nodiscard]] Reply read(const net::Response& response) const;

  std::string server_, ca_file_;
  std::optional<Config> config_;  // where it was given, and no other server named
  Secret token_;
  std::string token_from_;  // in words, for who gave a wrong one
};

/// What the server said went wrong, or the status where it said nothing.
std::string complaint(const Reply& reply);

}  // namespace countersign::cli
