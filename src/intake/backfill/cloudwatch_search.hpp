// CloudWatch Logs' FilterLogEvents (docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents):
// AWS JSON 1.1 with Signature Version 4; nextToken until there is none, through empty pages too. A token ends after a
// day: then the span is asked for anew.
#pragma once

#include "intake/backfill/aws_credentials.hpp"
#include "intake/backfill/search.hpp"

namespace countersign::intake {

struct CloudWatchSearchSettings {
  std::string url;  // empty: the region's own
  std::string region, log_group;
  std::string filter;         // a filter pattern; empty: everything
  std::string stream_prefix;  // empty: every stream
  AwsCredentialSource credentials;
};

std::unique_ptr<Search> make_cloudwatch_search(CloudWatchSearchSettings settings);

}  // namespace countersign::intake
