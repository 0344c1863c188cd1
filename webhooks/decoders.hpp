// Every provider's decoder by the name the configuration gives it, and what each can be told.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/decoder.hpp"
#include "base/secret.hpp"
#include "core/zone.hpp"
#include "webhooks/inflate.hpp"
#include "webhooks/json_path.hpp"

namespace countersign::webhooks {

/// Where a templated alert keeps what a record is made of ("template"). A path that is not set is not looked for.
struct TemplateFields {
  std::optional<JsonPath> records = {};  // the array of records; none: the body, or its elements
  std::optional<JsonPath> line = {}, pid = {}, time = {};
  std::vector<JsonPath> host = {}, program = {};  // the first that is there
  std::vector<JsonPath> id = {};                  // joined: what is unique only together
  std::optional<JsonPath> only = {};              // records whose value here is not `only_value` are no events
  std::string only_value = {};
};

/// A shared secret's HMAC-SHA256 over the body ("template"; Grafana).
struct BodySignature {
  Secret secret = {};  // empty: none is demanded
  std::string header = "X-Grafana-Alerting-Signature";
  std::string timestamp_header = {};  // set: the signature is over "TIMESTAMP:BODY"
};

struct Options {
  core::Zone zone;  // of stamps that don't name theirs
  InflateBound bound{};
  TemplateFields fields = {};
  BodySignature signature = {};
  std::vector<std::string> topics = {};   // sns: ARNs that may be subscribed and may speak
  std::string certificate = {};           // sns: PEM; empty: fetched from where the message says, at Amazon
  std::string audience = {}, email = {};  // pubsub: of the token
  std::string keys = {};                  // pubsub: a JWKS; empty: Google's, fetched
  bool keep_unreadable = false;           // json: what is unreadable as a whole is kept too, not refused
};

/// The names make_decoder knows, in the order people look for them.
std::vector<std::string_view> provider_names();

/// Whether hosts' logs are what it carries: anybody on a host may have a line written there, and no JSON in it is to be
/// believed as if the provider itself said it.
bool carries_host_logs(std::string_view provider);

/// Fault::not_found names the providers there are, Fault::invalid what an option lacks.
Result<std::unique_ptr<app::Decoder>> make_decoder(std::string_view provider, const Options& options);

/// What "template" is told by a preset's name: grafana, datadog, … Fault::not_found names them.
Result<TemplateFields> template_preset(std::string_view name);

}  // namespace countersign::webhooks
