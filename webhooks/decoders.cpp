#include "webhooks/decoders.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "webhooks/generic_json.hpp"
#include "webhooks/papertrail.hpp"
#include "webhooks/providers.hpp"

namespace countersign::webhooks {
namespace {

template <typename Kind>
Made make_plain(const Options& options) {
  return std::make_unique<Kind>(options);
}

struct Provider {
  std::string_view name;
  Made (*make)(const Options&);
  bool host_logs;
};

constexpr std::array kProviders = {Provider{"papertrail", make_plain<Papertrail>, true},
                                   Provider{"json", make_plain<GenericJson>, false},
                                   Provider{"splunk_hec", make_splunk_hec, true},
                                   Provider{"firehose", make_firehose, true},
                                   Provider{"loki", make_loki, true},
                                   Provider{"otlp", make_otlp, true},
                                   Provider{"sns", make_sns, false},
                                   Provider{"eventbridge", make_eventbridge, false},
                                   Provider{"template", make_template, false},
                                   Provider{"pubsub", make_pubsub, false},
                                   Provider{"logplex", make_logplex, true},
                                   Provider{"elasticsearch", make_elasticsearch, true},
                                   Provider{"journal", make_journal, true}};

}  // namespace

std::vector<std::string_view> provider_names() {
  std::vector<std::string_view> names;
  for (const auto& provider : kProviders)
    names.push_back(provider.name);
  return names;
}

bool carries_host_logs(std::string_view provider) {
  const auto known = std::ranges::find(kProviders, provider, &Provider::name);
  return known != kProviders.end() && known->host_logs;
}

Result<std::unique_ptr<app::Decoder>> make_decoder(std::string_view provider, const Options& options) {
  for (const auto& known : kProviders)
    if (known.name == provider) return known.make(options);
  return fail(Fault::not_found, "\"{}\" is no provider; known are {}", provider, fmt::join(provider_names(), ", "));
}

}  // namespace countersign::webhooks
