#include "agent/enrolment.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/batch.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace countersign::agent {
namespace {

Result<Joined> read_joined(const net::Response& response) {
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  const auto text = [&](const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
  };
  const auto why = one_line(text("error").empty() ? text("message") : text("error"), 300);
  if (response.status == 401 || response.status == 403)
    return fail(Fault::forbidden, "the server refuses the join token{}{}", why.empty() ? "" : ": ", why);
  if (response.status == 409)
    return fail(Fault::conflict, "the server won't let this host join{}{}", why.empty() ? "" : ": ", why);
  if (response.status / 100 != 2)
    return fail(Fault::unavailable, "joining: the server answers {} {}", response.status, why);
  Joined joined{text("agent_id"), from_base64(text("server_key")).value_or("")};
  if (joined.agent_id.empty() || joined.agent_id.size() > 200 || joined.server_key.size() != 32)
    return fail(Fault::unavailable, "joining: the answer is none of Countersign's");
  return joined;
}

}  // namespace

void join(net::Client& client, const std::string& server, const Secret& token, const std::string& host,
          const Machine& machine, const crypto::SigningKey& key, std::function<void(Result<Joined>)> done) {
  net::Call call{.method = "POST", .url = server + "/agents/v1/join"};
  call.body = nlohmann::ordered_json{{"host", host},
                                     {"machine_id", machine.machine_id},
                                     {"public_key", to_base64(key.public_bytes())},
                                     {"version", version},
                                     {"boot_id", machine.boot_id}}
                  .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  call.headers = {{"Content-Type", "application/json"},
                  {"Authorization", fmt::format("Bearer {}", token.reveal())},
                  {"Countersign-Signature", to_base64(key.sign(call.body))}};
  client.send(std::move(call), [done = std::move(done)](auto reply) {
    if (!reply) return done(fail(Fault::unavailable, "joining: {}", reply.error().message));
    done(read_joined(*reply));
  });
}

Result<Secret> read_join_token(const std::string& path) {
  std::ifstream in(path);
  std::string word;
  if (!(in >> word) || word.size() > 4096)
    return fail(Fault::unavailable,
                "can't read the join token in {}; write into it what the server's "
                "[agents] join_token_file holds",
                path);
  return Secret(std::move(word));
}

}  // namespace countersign::agent
