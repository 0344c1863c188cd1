#include "agent/redaction.hpp"

#include <re2/re2.h>

namespace countersign::agent {

std::vector<Redaction> built_in_redactions() {
  // A value is quoted, or goes on to the next blank.
  constexpr auto value = R"((?:'[^']*'|"[^"]*"|[^\s'"]+))";
  const std::string secret =
      "(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)";
  const auto with_value = [&](const std::string& pattern) { return pattern + value; };
  return {
      // password=…, DB_PASSWORD: …; --api-key …
      {with_value(R"((?i)((?:^|[\s"'?&;,{(-])[\w.-]*)" + secret + R"([\w.-]*['"]?\s*[=:]\s*))"), R"(\1[redacted])"},
      {with_value(R"((?i)((?:^|\s)--?[\w.-]*)" + secret + R"([\w.-]*\s+))"), R"(\1[redacted])"},
      // Authorization: Bearer …, also inside a quoted header
      {R"((?i)((?:proxy-)?authorization['"]?\s*[:=]\s*['"]?(?:(?:basic|bearer|token|digest|negotiate)\s+)?)[^\s'"]+)",
       R"(\1[redacted])"},
      {R"((?i)\b(bearer\s+)[a-z0-9._~+/=-]{8,})", R"(\1[redacted])"},
      // https://user:password@host
      {R"((?i)\b([a-z][a-z0-9+.-]*://[^\s/:@'"]*:)[^\s/@'"]+@)", R"(\1[redacted]@)"},
      {R"(\b(?:AKIA|ASIA)[A-Z0-9]{16}\b)", "[redacted]"},
      {R"(\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk_live_|rk_live_)[A-Za-z0-9_-]{10,})", "[redacted]"},
      {R"(\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)", "[redacted]"},  // a JSON web token
      {R"((?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$))", "[redacted]"},
      // mysql -psecret, mysql -p'…'; curl -u name:secret; sshpass -p secret
      {with_value(R"((\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^|;&]*?\s-p))"), R"(\1[redacted])"},
      {R"((\b(?:curl|wget)\b[^|;&]*?\s(?:-u|--user)[\s=]*['"]?[^\s:'"]+:)[^\s'"]+)", R"(\1[redacted])"},
      {with_value(R"((\bsshpass\b[^|;&]*?\s-p\s*))"), R"(\1[redacted])"},
  };
}

struct Redactor::Rule {
  std::unique_ptr<re2::RE2> expression;
  std::string replacement;
};

Redactor::Redactor(const std::vector<Redaction>& redactions) {
  for (const auto& redaction : redactions)
    rules_.push_back({std::make_unique<re2::RE2>(redaction.pattern, re2::RE2::Quiet), redaction.replacement});
}

Redactor::~Redactor() = default;
Redactor::Redactor(Redactor&&) noexcept = default;

std::string Redactor::operator()(std::string_view text) const {
  std::string clean(text);
  for (const auto& rule : rules_)
    re2::RE2::GlobalReplace(&clean, *rule.expression, rule.replacement);
  return clean;
}

}  // namespace countersign::agent
