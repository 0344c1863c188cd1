#include "intake/backfill/aws_credentials.hpp"

#include <cstdlib>
#include <sstream>

#include "base/file.hpp"

namespace countersign::intake {
namespace {

constexpr std::size_t longest_file = 1 << 20;

std::string without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets variables once it runs
  return value ? value : "";
}

Result<AwsCredentials> from_file(const AwsCredentialSource& source) {
  const auto text_of_file = read_file(source.file, longest_file);
  if (!text_of_file) return fail(Fault::unauthorized, "can't read {}: {}", source.file, text_of_file.error().message);
  std::istringstream in(*text_of_file);
  AwsCredentials credentials;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    const auto text = without_blanks(line);
    if (text.starts_with('[')) inside = text == "[" + source.profile + "]";
    const auto equals = text.find('=');
    if (!inside || text.starts_with('#') || equals == std::string::npos) continue;
    const auto key = without_blanks(text.substr(0, equals));
    auto value = without_blanks(text.substr(equals + 1));
    if (key == "aws_access_key_id") credentials.access_key_id = value;
    if (key == "aws_secret_access_key")
      credentials.secret_access_key = Secret(std::move(value));
    else if (key == "aws_session_token")
      credentials.session_token = Secret(std::move(value));
  }
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    return fail(Fault::unauthorized, "{} has no aws_access_key_id and aws_secret_access_key for [{}]", source.file,
                source.profile);
  return credentials;
}

}  // namespace

Result<AwsCredentials> read_aws_credentials(const AwsCredentialSource& source) {
  if (!source.given.access_key_id.empty()) return source.given;
  if (!source.file.empty()) return from_file(source);
  AwsCredentials credentials{environment("AWS_ACCESS_KEY_ID"), Secret(environment("AWS_SECRET_ACCESS_KEY")),
                             Secret(environment("AWS_SESSION_TOKEN"))};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    return fail(Fault::unauthorized,
                "no AWS credentials: give access_key_id and secret_access_key_file, a credentials_file, or "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment");
  return credentials;
}

}  // namespace countersign::intake
