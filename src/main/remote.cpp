#include "main/remote.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/file.hpp"
#include "main/alone.hpp"

namespace countersign::cli {
namespace {

Result<Secret> read_token(const std::string& file) {
  constexpr std::size_t longest = 64 * 1024;
  auto text = read_file(file, longest);
  if (!text) return fail(Fault::invalid, "no token can be read from {}: {}", file, text.error().message);
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r'))
    text->pop_back();
  if (text->empty()) return fail(Fault::invalid, "no token can be read from {}: it is empty", file);
  return Secret(*std::move(text));
}

bool may_decide(const web::ApiToken& token) {
  return token.role == web::Role::security || token.role == web::Role::admin;
}

}  // namespace

void add_remote_options(CLI::App& command, RemoteOptions& options) {
  command.add_option("--config", options.config_file, "The server's configuration: tells its address and a token");
  command.add_option("--server", options.server, "The server's address (http://127.0.0.1:8080)");
  command.add_option("--token-file", options.token_file, "File with an API token");
  command.add_option("--ca-file", options.ca_file, "Certificate authority of the server (PEM)");
}

Result<Remote> Remote::find(const RemoteOptions& options) {
  Remote remote;
  remote.server_ = options.server;
  remote.ca_file_ = options.ca_file;
  if (!options.token_file.empty()) {
    auto token = read_token(options.token_file);
    if (!token) return std::unexpected(token.error());
    remote.token_ = *std::move(token);
    remote.token_from_ = options.token_file;
  }
  if (!options.config_file.empty()) {
    const auto loaded = load_config(options.config_file);
    if (has_errors(loaded.problems))
      return fail(Fault::invalid, "{} has errors; run countersign check --config {}", options.config_file,
                  options.config_file);
    const auto& config = loaded.config;
    if (remote.server_.empty()) {
      remote.config_ = config;
      remote.server_ = (config.tls_certificate.empty() ? "http://" : "https://") + config.listen;
    }
    for (const auto& token : config.tokens)
      if (remote.token_.empty() && may_decide(token)) {
        remote.token_ = token.secret;
        remote.token_from_ = fmt::format("[[api_token]] \"{}\" in {}", token.name, options.config_file);
      }
  }
  while (remote.server_.ends_with('/'))
    remote.server_.pop_back();
  if (remote.server_.empty()) return fail(Fault::invalid, "which server? give --server URL or --config FILE");
  if (remote.token_.empty())
    return fail(
        Fault::invalid,
        "no token: give --token-file FILE, or add an [[api_token]] with role \"security\" to the configuration");
  return remote;
}

Result<Reply> Remote::post(const std::string& path, const nlohmann::json& body) const {
  return call("POST", path, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::optional<Remote::Answer> Remote::send(net::Call request) const {
  net::Loop loop;
  const auto client = net::Client::open(loop, {.ca_file = ca_file_, .reply_bytes = 64 * 1024 * 1024});
  std::optional<Answer> answer;
  client->send(std::move(request), [&](Answer got) {
    answer = std::move(got);
    loop.stop();
  });
  loop.run();
  return answer;
}

const Config* Remote::alone_with() const {
  if (!config_) return nullptr;
  const auto answer = send({"GET", server_ + "/healthz", {}, ""});
  return answer && !*answer && answer->error().sent == net::Sent::no ? &*config_ : nullptr;
}

Result<Reply> Remote::call(const std::string& method, const std::string& path, std::string body) const {
  net::Call request{
      method, server_ + path, {{"Authorization", fmt::format("Bearer {}", token_.reveal())}}, std::move(body)};
  if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  const auto again = config_ ? request : net::Call{};
  const auto answer = send(std::move(request));
  if (!answer) return fail(Fault::internal, "the call to {} ended without an answer", server_);
  if (*answer) return read(**answer);
  if (config_ && answer->error().sent == net::Sent::no) {
    const auto response = alone(again);
    if (!response) return std::unexpected(response.error());
    return read(*response);
  }
  const auto ask = answer->error().sent == net::Sent::no ? "; is it running?" : "";
  return fail(Fault::unavailable, "no answer from {}: {}{}", server_, answer->error().message, ask);
}

Reply Remote::read(const net::Response& response) const {
  Reply reply{response.status, nlohmann::json::parse(response.body, nullptr, false), response.body, response.headers};
  if (reply.status == 401)  // the server can't say which one it was given, and its caller does not see it
    reply.body = {{"error", fmt::format("the API token of {} is unknown to {}", token_from_, server_)}};
  return reply;
}

Result<net::Response> Remote::alone(const net::Call& call) const {
  const auto target = std::string_view(call.url).substr(server_.size());
  const auto question = std::min(target.find('?'), target.size());
  net::Request request;
  request.method = call.method;
  request.path = target.substr(0, question);
  request.query = target.substr(std::min(question + 1, target.size()));
  request.headers = call.headers;
  request.body = call.body;
  return answer_alone(*config_, std::move(request));
}

std::string complaint(const Reply& reply) {
  if (reply.body.is_object() && reply.body.contains("error") && reply.body["error"].is_string())
    return reply.body["error"].get<std::string>();
  return fmt::format("the server answered {}", reply.status);
}

}  // namespace countersign::cli
