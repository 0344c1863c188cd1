// AWS Signature Version 4 (docs.aws.amazon.com, "Signing AWS API requests"): the Authorization header of a request.
// Pure and safe for concurrent access.
#pragma once

#include "base/secret.hpp"
#include "base/time.hpp"
#include "net/client.hpp"

namespace countersign::intake {

struct AwsCredentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;  // empty: none
};

/// Adds X-Amz-Date, X-Amz-Security-Token and Authorization; every header there is signed, and Host with them.
/// Path and query stand in the URL in their canonical form already.
void sign(net::Call& call, const AwsCredentials& credentials, std::string_view region, std::string_view service,
          Timestamp now);

}  // namespace countersign::intake
