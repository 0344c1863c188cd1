// Where AWS credentials come from: the configuration, a shared credentials file (docs.aws.amazon.com, "Configuration
// and credential file settings"), or the environment. Read anew for each request, so that a rotated file counts at
// once.
#pragma once

#include "base/result.hpp"
#include "intake/backfill/aws_signature.hpp"

namespace countersign::intake {

struct AwsCredentialSource {
  AwsCredentials given;  // with an access key: these
  std::string file;      // else, where set, the profile of this file; else the environment (AWS_ACCESS_KEY_ID, …)
  std::string profile = "default";
};

/// Fault::unauthorized says what is missing and where.
Result<AwsCredentials> read_aws_credentials(const AwsCredentialSource& source);

}  // namespace countersign::intake
