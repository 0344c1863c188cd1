// The decoders of the providers, a file each. All are immutable and safe for concurrent access.
// Facts about each (who sends, what must come back) stand in its own file.
#pragma once

#include "webhooks/decoders.hpp"

namespace countersign::webhooks {

using Made = Result<std::unique_ptr<app::Decoder>>;

Made make_splunk_hec(const Options& options);
Made make_firehose(const Options& options);
Made make_loki(const Options& options);
Made make_otlp(const Options& options);
Made make_sns(const Options& options);
Made make_eventbridge(const Options& options);
Made make_template(const Options& options);
Made make_pubsub(const Options& options);
Made make_logplex(const Options& options);
Made make_journal(const Options& options);
Made make_elasticsearch(const Options& options);

}  // namespace countersign::webhooks
