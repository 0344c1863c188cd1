#include "webhooks/decoders.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

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
};

constexpr std::array kProviders = {Provider{"papertrail", make_plain<Papertrail>},
                                   Provider{"json", make_plain<GenericJson>},
                                   Provider{"splunk_hec", make_splunk_hec},
                                   Provider{"firehose", make_firehose},
                                   Provider{"loki", make_loki},
                                   Provider{"otlp", make_otlp},
                                   Provider{"sns", make_sns},
                                   Provider{"eventbridge", make_eventbridge},
                                   Provider{"template", make_template},
                                   Provider{"pubsub", make_pubsub},
                                   Provider{"logplex", make_logplex},
                                   Provider{"elasticsearch", make_elasticsearch},
                                   Provider{"journal", make_journal}};

}  // namespace

std::vector<std::string_view> provider_names() {
  std::vector<std::string_view> names;
  for (const auto& provider : kProviders)
    names.push_back(provider.name);
  return names;
}

Result<std::unique_ptr<app::Decoder>> make_decoder(std::string_view provider, const Options& options) {
  for (const auto& known : kProviders)
    if (known.name == provider) return known.make(options);
  return fail(Fault::not_found, "\"{}\" is no provider; known are {}", provider, fmt::join(provider_names(), ", "));
}

}  // namespace countersign::webhooks
