#include "main/config/config.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "main/policy.hpp"
#include "unit/main/config_folder.hpp"

using namespace countersign;
using namespace countersign::cli;

TEST_CASE("every fault has its file, its line, what is wrong and the mend") {
  const std::string expected = "[[expected]]\nreason = \"r\"\nauthor = \"a\"\nuntil = 2036-01-01T00:00:00Z\n";
  const struct {
    std::string text;
    int line;
    std::string says;
  } table[] = {
      {"[server]\nlistn = \"x:1\"", 2, "unknown key 'listn' in [server]; did you mean 'listen'?"},
      {"[serveur]\nlisten = \"x:1\"", 1, "unknown key 'serveur'; did you mean 'server'?"},
      {"[server]\nlisten = \"localhost\"", 2, "has no port"},
      {"[server]\nlisten = \":8080\"", 2, "is not an IP address and a port"},
      {"[server]\nlisten = \"127.0.0.1:99999\"", 2, "has no port from 0 to 65535"},
      {"[server]\nlisten = \"256.1.1.1:80\"", 2, "is not an IP address and a port"},
      {"[server]\ntls_certificate = \"c.pem\"\ntls_private_key = \"token\"", 2, "c.pem: No such file or directory"},
      {"[server]\ntls_certificate = \"token\"\ntls_private_key = \"k.pem\"", 3, "k.pem: No such file or directory"},
      {"[server]\ntls_certificate = \"token\"\ntls_private_key = \"token\"", 2, "must be a PEM file"},
      {"[store]\nurl = \"sqlite:/nowhere/at/all/x.db\"", 2, "there is no folder /nowhere/at/all for the store"},
      {"[slack]\nsecurity_channel = \"C1\"\nbot_token_file = \"token\"\nsigning_secret_file = \"token\"\nca_file = "
       "\"ca.pem\"",
       5, "ca.pem: No such file or directory"},
      {"[[export]]\nname = \"x\"\nurl = \"https://x\"\nsecret_file = \"token\"\nca_file = \"ca.pem\"", 5,
       "ca.pem: No such file or directory"},
      {"[[pager]]\nkind = \"webhook\"\nurl = \"https://x\"\nsecret_file = \"token\"\nca_file = \"token\"", 5,
       "it must be a PEM file the service can read"},
      {"[[pager]]\nkind = \"email\"\nserver = \"smtp://x\"\nfrom = \"a@b\"\nto = [\"c@d\"]\nca_file = \"ca.pem\"", 6,
       "ca.pem: No such file or directory"},
      {"[backfill.x]\nkind = \"papertrail\"\ntoken_file = \"token\"\nca_file = \"people.d\"", 4,
       "people.d: it is a folder and no file"},
      {"[audit]\nurl = \"https://x\"\nsecret_file = \"token\"\nca_file = \"ca.pem\"", 4,
       "ca.pem: No such file or directory"},
      {"[server]\nlisten = 8080", 2, "'listen' must be text in quotes"},
      {"[server]\ntls_certificate = \"c.pem\"", 2, "TLS needs both"},
      {"[server]\nrequest_memory_mib = 8", 2, "must be a number from 16 to 65536"},
      {"[webhook.x]\nprovider = \"json\"\ntoken_file = \"token\"\nmax_body_mib = 0", 4, "a number from 1 to 1024"},
      {"[server]\npublic_url = \"countersign.example.com\"", 2, "must begin with https://"},
      {"[store]\nurl = \"postgresql://x\"", 2, "is no store this version has"},
      {"[webhook.x]\ntoken_file = \"token\"", 1, "[webhook.x] needs 'provider'"},
      {"[webhook.x]\nprovider = \"papertral\"\ntoken_file = \"token\"", 2, "is no provider; known are"},
      {"[webhook.x]\nprovider = \"json\"", 1, "has no token"},
      {"[webhook.x]\nprovider = \"json\"\ntoken_file = \"nowhere\"", 3, "can't read the secret"},
      {"[webhook.x]\nprovider = \"json\"\ntoken_env = \"COUNTERSIGN_TEST_UNSET\"", 3, "has no COUNTERSIGN_TEST_UNSET"},
      {"[webhook.x]\nprovider = \"json\"\ntoken_file = \"token\"\nclass = \"human\"", 4, "no class of witness"},
      {"[webhook.x]\nprovider = \"lokki\"\ntoken_file = \"token\"", 2, "known are papertrail, json, splunk_hec"},
      {"[syslog.x]\ntransport = \"tcp\"", 1, "[syslog.x] needs 'listen'"},
      {"[syslog.x]\nlisten = \"localhost:514\"", 2, "is not an IP address and a port"},
      {"[syslog.x]\nlisten = \"127.0.0.1:514\"\ntransport = \"tpc\"", 3, "write \"tcp\", \"tls\" or \"udp\""},
      {"[syslog.x]\nlisten = \"127.0.0.1:514\"\ntransport = \"tls\"", 3, "needs tls_certificate and tls_private_key"},
      {"[syslog.x]\nlisten = \"127.0.0.1:514\"\ntransport = \"tls\"\ntls_certificate = \"c.pem\"\ntls_private_key = "
       "\"k.pem\"",
       4, "it must be a PEM file the service can read"},
      {"[syslog.x]\nlisten = \"127.0.0.1:514\"\nclient_ca = \"ca.pem\"", 3, "of no use without transport = \"tls\""},
      {"[syslog.x]\nlisten = \"127.0.0.1:514\"\nclient_names = [\"*.x\"]", 3, "nothing proves a sender's name"},
      {"[syslog.x]\nlisten = \"127.0.0.1:514\"\nnetworks = [\"10.0.0.0/99\"]", 3, "10.0.0.0/99"},
      {"[syslog.x]\nlisten = \"127.0.0.1:514\"\nclass = \"kernel\"", 3, "no class of syslog's"},
      {"[tail.x]\njournal = true\nfacilities = [\"auth\", \"authprv\"]", 3,
       "'authprv' is no facility; known are kern,"},
      {"[tail.x]\npath = \"/var/log/auth.log\"\nidentifiers = [\"sshd\"]", 3, "identifiers are a journal's"},
      {"[tail.x]\njournal = true\nfacilities = []\nidentifiers = []", 3, "would read nothing"},
      {"[tail.x]\npath = \"/var/log/auth.log\"\ndirectory = \"/var/log/journal\"", 3, "directory is a journal's"},
      {"[webhook.x]\nprovider = \"loki\"\ntoken_file = \"token\"\ntopics = [\"arn:x\"]", 4, "topics"},
      {"[webhook.x]\nprovider = \"loki\"", 1, "has no token"},
      {"[webhook.x]\nprovider = \"sns\"", 2, "sns needs topics"},
      {"[webhook.x]\nprovider = \"sns\"\ntopics = [\"arn:x\"]\ncertificate_file = \"missing.pem\"", 4, "can't read"},
      {"[webhook.x]\nprovider = \"pubsub\"\naudience = \"a\"", 2, "pubsub needs audience and email"},
      {"[webhook.x]\nprovider = \"template\"\ntoken_file = \"token\"\npreset = \"grafna\"", 4, "known are datadog"},
      {"[webhook.x]\nprovider = \"template\"\ntoken_file = \"token\"\n[webhook.x.fields]\nline = \"a..b\"", 5,
       "a key is missing"},
      {"[webhook.x]\nprovider = \"template\"\ntoken_file = \"token\"\n[webhook.x.fields]\nonly = \"a\"", 5,
       "PATH=VALUE"},
      {"[webhook.x]\nprovider = \"template\"\ntoken_file = \"token\"\n[webhook.x.fields]\nlien = \"a\"", 5,
       "unknown key 'lien'"},
      {"[webhook.x]\nprovider = \"json\"\ntoken_file = \"token\"\ntimezone = \"Mars\"", 4, "is no time zone"},
      {"[notify]\nescalate_after = \"30 minutes\"", 2, "not a duration"},
      {"[notify.critical]\nrepeat_evry = \"1h\"", 2, "did you mean 'repeat_every'?"},
      {"[notify]\nrepeat_every = \"0\"", 2, "would be a flood"},
      {"[slack]\nsecurity_channel = \"C1\"\nsigning_secret_file = \"token\"", 1, "needs the bot's token"},
      {"[inbox]\nenabled = false", 1, "nobody can be asked"},
      {"[[person]]\nname = \"A\"\nunix_users = [\"a\"]\nkey_fingerprints = [\"SHA256:k\"]\n\n[[person]]\nname = \"B\"\n"
       "key_fingerprints = [\"SHA256:k\"]",
       8, "the key SHA256:k belongs to both A and B"},
      {"[[person]]\nname = \"A\"\nunix_users = [\"a\"]\n[[person]]\nname = \"A\"\nunix_users = [\"b\"]", 5,
       "the name A is given twice"},
      {"[[person]]\nname = \"security_channel\"\nunix_users = [\"a\"]", 2, "no person can be called"},
      {"[[person]]\nunix_users = [\"a\"]", 1, "[[person]] needs 'name'"},
      {"[[person]]\nname = \"\"\nunix_users = [\"a\"]", 2, "[[person]] needs 'name'"},
      {"[[person]]\nname = \"A\"\nunix_users = [\"a@\"]", 3, "'a@' is no account"},
      {"[[person]]\nname = \"A\"\nunix_users = [\"@web*\"]", 3, "'@web*' is no account"},
      {"[[person]]\nname = \"A\"\nunix_users = [\"\"]", 3, "'' is no account"},
      {"[[person]]\nname = \"A\"\nkey_fingerprints = [\"sha256:xyz\", \"MD5:aa:bb\"]", 3,
       "'sha256:xyz' is no fingerprint"},
      {"[[person]]\nname = \"A\"\nkey_fingerprints = [\"sha256:xyz\", \"MD5:aa:bb\"]", 3,
       "'MD5:aa:bb' is no fingerprint"},
      {"[webhook.x]\nprovider = \"json\"\ntoken_file = []", 3, "'token_file' is an empty list"},
      {"[[person]]\nname = \"A\"\nkey_fingerprints = [\"ssh-ed25519 AAAA\"]", 3, "is no fingerprint"},
      {"[[service_account]]\nunix_user = \"d\"\nnetworks = [\"10.0.0.0/40\"]", 3, "prefix length of 0 to 32"},
      {"[[service_account]]\nunix_user = \"d\"\nreview_by = \"2027-01-01\"", 3, "must be a date without quotes"},
      {"[[host]]\nname = \"h\"\nseverity = \"severe\"", 3, "is no severity"},
      {"[[host]]\nname = \"h\"\n[[host]]\nname = \"g\"\naliases = [\"h\"]", 5, "belongs to both h and g"},
      {"[[expected]]\nreason = \"r\"\nauthor = \"a\"", 1, "needs its end"},
      {expected + "host = \"*\"", 1, "needs a scope"},
      {expected + "network = \"0.0.0.0/0\"", 1, "needs a scope"},
      {expected + "key = \"nonsense\"", 5, "'nonsense' is no key's fingerprint"},
      {"[[api_token]]\nname = \"t\"\nrole = \"boss\"\ntoken_file = \"token\"", 3, "is no role"},
      {"[[api_token]]\nname = \"t\"\nrole = \"admin\"", 1, "needs a secret"},
      {"[tail.t]\njournal = true\n[[api_token]]\nname = \"t\"\nrole = \"ingest\"\ntoken_file = \"token\"", 4,
       "'t' is the name of a source"},
      {"[[api_token]]\nname = \"agent:bastion\"\nrole = \"ingest\"\ntoken_file = \"token\"", 2, "the name of a source"},
      {"[people]\ndirectory = \"nowhere\"", 2, "can't list"},
      {"[[export]]\nurl = \"https://x\"\nsecret_file = \"token\"", 1, "[[export]] needs 'name'"},
      {"[[export]]\nname = \"a b\"\nurl = \"https://x\"\nsecret_file = \"token\"", 2, "an export's name has letters"},
      {"[[export]]\nname = \"x\"\nurl = \"https://x\"", 1, "needs a secret to sign its entries with"},
      {"[[export]]\nname = \"x\"\nurl = \"smtp://x\"\nsecret_file = \"token\"", 3, "must begin with https://"},
      {"[[export]]\nname = \"x\"\nurl = \"https://x\"\nsecret_file = \"token\"\nkinds = [\"all\"]", 5,
       "'all' is no kind of the feed (pending, decisions, findings, verdicts)"},
      {"[[export]]\nname = \"x\"\nurl = \"https://x\"\nsecret_file = \"token\"\nfrom = \"yesterday\"", 5,
       "'from' is \"now\" (what comes)"},
      {"[[canary]]\nhost = \"b\"\nuser = \"c\"\nidentity_file = \"k\"", 1, "[[canary]] needs 'key_fingerprint'"},
      {"[[canary]]\nhost = \"b\"\nuser = \"c\"\nkey_fingerprint = \"SHA256:x\"", 1,
       "[[canary]] needs the key it logs in with"},
      {"[[canary]]\nhost = \"b\"\nuser = \"c\"\nkey_fingerprint = \"MD5:x\"\nidentity_file = \"k\"", 4,
       "what ssh-keygen -lf shows"},
      {"[[canary]]\nhost = \"b\"\nuser = \"c\"\nkey_fingerprint = \"SHA256:x\"\nidentity_file = \"k\"\naddress = "
       "\"-oProxyCommand=x\"",
       6, "is no host name or address"},
      {"[[canary]]\nhost = \"b\"\nuser = \"c\"\nkey_fingerprint = \"SHA256:x\"\nidentity_file = \"k\"\nevery = \"1m\"",
       6, "at least twice 'within'"},
      {"[[pager]]\nkind = \"pigeon\"", 2, "'pigeon' is no kind of pager; write \"webhook\" or \"email\""},
      {"[[pager]]\nname = \"x\"", 1, "[[pager]] needs 'kind'"},
      {"[[pager]]\nkind = \"webhook\"\nsecret_file = \"token\"", 1, "[[pager]] needs 'url'"},
      {"[[pager]]\nkind = \"webhook\"\nurl = \"https://x\"", 1, "needs a secret to sign its pages with"},
      {"[[pager]]\nkind = \"webhook\"\nurl = \"ftp://x\"\nsecret_file = \"token\"", 3, "must begin with https://"},
      {"[[pager]]\nkind = \"webhook\"\nurl = \"https://u:p@x/\"\nsecret_file = \"token\"", 3, "holds a password"},
      {"[[pager]]\nkind = \"webhook\"\nurl = \"https://x\"\nsecret_file = \"token\"\nserver = \"smtp://x\"", 5,
       "unknown key 'server'"},
      {"[[pager]]\nkind = \"email\"\nserver = \"mail.example.com\"\nfrom = \"a@b\"\nto = [\"c@d\"]", 3,
       "must begin with smtps://"},
      {"[[pager]]\nkind = \"email\"\nserver = \"smtp://x\"\nfrom = \"A <a@b>\"\nto = [\"c@d\"]", 4,
       "is no mail address"},
      {"[[pager]]\nkind = \"email\"\nserver = \"smtp://x\"\nfrom = \"a@b\"\nto = [\"c@d\\r\\nx\"]", 5,
       "is no mail address"},
      {"[[pager]]\nkind = \"email\"\nserver = \"smtp://x\"\nfrom = \"a@b\"", 1, "mails nobody"},
      {"[[pager]]\nkind = \"email\"\nserver = \"smtp://x\"\nfrom = \"a@b\"\nto = [\"c@d\"]\nuser = \"u\"", 6,
       "needs its password"},
      {"[[pager]]\nkind = \"email\"\nserver = \"smtp://x\"\nfrom = \"a@b\"\nto = [\"c@d\"]\npassword_file = \"token\"",
       1, "a password and no user"},
      {"[[pager]]\nkind = \"email\"\nserver = \"smtp://x\"\nfrom = \"a@b\"\nto = [\"c@d\"]\n[[pager]]\nkind = "
       "\"email\"\n"
       "server = \"smtp://x\"\nfrom = \"a@b\"\nto = [\"c@d\"]",
       7, "the pager's name email is given twice"},
      {"[[pager]]\nkind = \"email\"\nname = \"a b\"\nserver = \"smtp://x\"\nfrom = \"a@b\"\nto = [\"c@d\"]", 3,
       "a pager's name has letters"},
      {"[[pager]]\nkind = \"webhook\"\nname = \"audit.x\"\nurl = \"https://x\"\nsecret_file = \"token\"", 3,
       "no pager's name can begin with 'audit.'"},
      {"[audit]\nhead_file = \"none/heads.jsonl\"", 2, "there is no folder"},
      {"[audit]\nhead_file = \".\"", 2, "is a folder; name a file in it"},
      {"[audit]\nurl = \"https://x\"", 1, "[audit] needs a secret to sign the head with"},
      {"[audit]\nurl = \"ftp://x\"\nsecret_file = \"token\"", 2, "must begin with https://"},
      {"[audit]\nsecret_file = \"token\"", 1, "nobody to send the head to"},
      {"[audit]\nhead_fil = \"heads.jsonl\"", 2, "head_file"},
      {"[notify]\ndaily_at = \"8:00\"", 2, "'8:00' is no time of the day; write \"08:00\", or \"off\""},
      {"[notify]\ndaily_at = \"24:00\"", 2, "is no time of the day"},
      {"[notify]\ndaily_at = \"08:60\"", 2, "is no time of the day"},
      {"[notify]\ndaily_zone = \"Mars/Olympus\"", 2, "'Mars/Olympus' is no time zone"},
      {"[[person]]\nname = \"pager:x\"\nunix_users = [\"a\"]", 2, "can begin with 'pager:'"},
      {"[notify]\npage_after_outage = \"0\"", 2, "would page for every message that is late"},
      {"[notify]\nheartbeat_url = \"hc.example.com\"", 2, "'heartbeat_url' must begin with https://"},
      {"[server\nlisten = 1", 1, ""},
  };
  const Folder folder;
  for (const auto& row : table) {
    CAPTURE(row.text);
    const auto loaded = folder.load(row.text);
    CHECK(has_errors(loaded.problems));
    const auto found = std::ranges::find_if(loaded.problems, [&](const Problem& problem) {
      return !problem.warning && problem.text.find(row.says) != std::string::npos;
    });
    REQUIRE(found != loaded.problems.end());
    CHECK(found->line == row.line);
    CHECK(found->file == folder.at("c.toml"));
  }
}

TEST_CASE("JSON is believed of what carries no host's log, or where it is said") {
  const Folder folder;
  using Names = std::vector<std::string>;
  const Names all{"*"};
  const struct {
    std::string table;
    Names expected;
    int line;
    std::string warns;
  } table[] = {
      {"[webhook.x]\nprovider = \"json\"\ntoken_file = \"token\"", all, 0, ""},
      {"[webhook.x]\nprovider = \"eventbridge\"\ntoken_file = \"token\"", all, 0, ""},
      {"[webhook.x]\nprovider = \"sns\"\ntopics = [\"arn:x\"]\ntoken_file = \"token\"", all, 0, ""},
      {"[webhook.x]\nprovider = \"papertrail\"\ntoken_file = \"token\"", {}, 0, ""},
      {"[webhook.x]\nprovider = \"loki\"\ntoken_file = \"token\"\ndefault_program = \"sshd\"", {}, 0, ""},
      {"[webhook.x]\nprovider = \"firehose\"\ntoken_file = \"token\"\njson_rules = [\"aws.*\"]", {"aws.*"}, 0, ""},
      {"[webhook.x]\nprovider = \"json\"\ntoken_file = \"token\"\ndefault_program = \"sshd\"", all, 4,
       "brings lines of sshd, and one that holds JSON may pose as any event"},
      {"[webhook.x]\nprovider = \"json\"\ntoken_file = \"token\"\ndefault_program = \"sshd\"\njson_rules = []",
       {},
       0,
       ""},
      {"[webhook.x]\nprovider = \"json\"\ntoken_file = \"token\"\njson_rules = [\"aws.*\", \"awss.*\"]",
       {"aws.*", "awss.*"},
       4,
       "no rule that reads JSON is called 'awss.*'; write one of auditd.*, aws.*, github.*"},
      {"[tail.x]\njournal = true", {}, 0, ""},
      {"[tail.x]\npath = \"/var/log/x\"\njson_rules = [\"osquery.*\"]", {"osquery.*"}, 0, ""},
      {"[syslog.x]\nlisten = \"127.0.0.1:514\"", {}, 0, ""},
      {"[syslog.x]\nlisten = \"127.0.0.1:514\"\njson_rules = [\"sshd.*\"]",
       {"sshd.*"},
       3,
       "no rule that reads JSON is called 'sshd.*'"},
  };
  for (const auto& row : table) {
    CAPTURE(row.table);
    const auto loaded = folder.load(row.table);
    const auto& config = loaded.config;
    const auto& rules = !config.webhooks.empty() ? config.webhooks.front().json_rules
                        : !config.tails.empty()  ? config.tails.front().json_rules
                                                 : config.syslogs.at(0).json_rules;
    CHECK(rules.patterns == row.expected);
    auto problems = make_policy(loaded).problems;
    std::erase_if(problems, [](const Problem& problem) { return !problem.text.contains("JSON"); });
    REQUIRE(problems.size() == (row.warns.empty() ? 0 : 1));
    if (problems.empty()) continue;
    CHECK(problems.front().warning);
    CHECK(problems.front().line == row.line);
    CHECK(problems.front().text.contains(row.warns));
  }
}

TEST_CASE("all faults are found, not only the first") {
  const Folder folder;
  const auto loaded = folder.load("[server]\na = 1\nb = 2\n[notify]\npage_after = 3\n");
  CHECK(std::ranges::count(loaded.problems, false, &Problem::warning) == 3);
}

TEST_CASE("what the contract writes is read") {
  const Folder folder;
  folder.write("people.d/a.toml", "[[person]]\nname = \"Carol\"\nunix_users = [\"carol@db*\"]\n");
  folder.write("token2", "other");
  const auto loaded = folder.load(R"(
[server]
listen = "127.0.0.1:0"
public_url = "https://countersign.example.com/"
[store]
url = "sqlite:/tmp/x.db"
[webhook.papertrail]
provider = "papertrail"
token_file = ["token", "token2"]
hosts = ["web*"]
default_program = "sshd"
[notify]
group_window = "10s"
escalate_after = "1m"
[notify.critical]
escalate_after = "5s"
[people]
directory = "people.d"
[[person]]
name = "Alice"
unix_users = ["alice", "ubuntu@web*"]
key_fingerprints = ["SHA256:abc"]
certificate_ids = ["alice@example.com", { id = "alice", ca = "SHA256:ca" }]
[[service_account]]
unix_user = "deploy"
key_fingerprints = ["SHA256:ci"]
networks = ["10.0.0.0/8"]
review_by = 2027-01-01
[[host]]
name = "bastion"
aliases = ["10.0.0.5"]
severity = "critical"
log = true
[[api_token]]
name = "ops"
role = "security"
token_file = "token"
)");
  for (const auto& problem : loaded.problems)
    CHECK_MESSAGE(problem.warning, to_text(problem));
  const auto& config = loaded.config;
  CHECK(config.public_url == "https://countersign.example.com");
  REQUIRE(config.webhooks.size() == 1);
  CHECK(config.webhooks[0].tokens.size() == 2);
  CHECK(config.webhooks[0].tokens[0].equals("s3cret"));  // without its line's end
  CHECK(config.schedule.pace(core::Severity::normal).escalate_after == std::chrono::minutes(1));
  CHECK(config.schedule.pace(core::Severity::critical).escalate_after == std::chrono::seconds(5));
  CHECK(config.schedule.pace(core::Severity::critical).group_window == std::chrono::seconds(10));
  REQUIRE(config.directory.people.size() == 2);
  CHECK(config.directory.people[0].accounts[1].host == "web*");
  CHECK(config.directory.people[0].certificates[1].authority == "SHA256:ca");
  CHECK(config.directory.people[1].name == "Carol");
  CHECK(config.directory.services[0].review_by == std::chrono::sys_days(std::chrono::year(2027) / 1 / 1));
  CHECK(config.directory.hosts[0].severity == core::Severity::critical);
  CHECK(config.inbox);  // the default where no [slack] is
  CHECK(make_policy(loaded).policy);
}

TEST_CASE("two people on one key over two files: the second file is named") {
  const Folder folder;
  folder.write("people.d/a.toml", "[[person]]\nname = \"B\"\nkey_fingerprints = [\"SHA256:k\"]\n");
  const auto loaded =
      folder.load("[people]\ndirectory = \"people.d\"\n[[person]]\nname = \"A\"\nkey_fingerprints = [\"SHA256:k\"]\n");
  const auto found = std::ranges::find(loaded.problems, false, &Problem::warning);
  REQUIRE(found != loaded.problems.end());
  CHECK(found->file == folder.at("people.d/a.toml"));
  CHECK(found->line == 3);
}

TEST_CASE("a secret in the configuration itself is warned about, and never printed") {
  const Folder folder;
  const auto loaded = folder.load("[webhook.x]\nprovider = \"json\"\ntoken = \"hunter2\"\n");
  CHECK_FALSE(has_errors(loaded.problems));
  REQUIRE_FALSE(loaded.problems.empty());
  for (const auto& problem : loaded.problems)
    CHECK(problem.text.find("hunter2") == std::string::npos);
}

TEST_CASE("rule folders that are not there are warned about, and the built-in rules read") {
  const Folder folder;
  const auto made = make_policy(folder.load("[rules]\ndirectories = [\"nowhere\"]\n"));
  REQUIRE(made.policy);
  CHECK_FALSE(made.policy->engine.rules().empty());
  CHECK(std::ranges::any_of(made.problems, [](const Problem& problem) {
    return problem.text.find("the built-in rules are used") != std::string::npos;
  }));
}

TEST_CASE("a faulty rule is a fault with its file and line") {
  const Folder folder;
  std::filesystem::create_directories(folder.at("rules"));
  folder.write("rules/x.toml",
               "[[rule]]\nid = \"x\"\nprograms = [\"p\"]\npattern = '('\naction = \"a\"\n"
               "[[rule.match]]\nmessage = \"x\"\n");
  const auto made = make_policy(folder.load("[rules]\ndirectories = [\"rules\"]\n"));
  CHECK_FALSE(made.policy);
  const auto found = std::ranges::find(made.problems, false, &Problem::warning);
  REQUIRE(found != made.problems.end());
  CHECK(found->file == folder.at("rules/x.toml"));
}

TEST_CASE("whom a rule asks is a person of the configuration, or the channel") {
  const Folder folder;
  folder.make_folder("rules");
  const struct {
    const char* to;
    const char* case_to;
    int line;  // of the fault; 0: none
    const char* says;
  } table[] = {
      {"Alice", "security_channel", 0, ""},
      {"Alise", "Alice", 6, "rule 'x' asks 'Alise', who is no configured person; did you mean 'Alice'?"},
      {"security_channel", "Zedekiah", 10, "asks 'Zedekiah', who is no configured person; add a [[person]]"},
  };
  for (const auto& row : table) {
    CAPTURE(row.to);
    folder.write(
        "rules/x.toml",
        fmt::format("[[rule]]\nid = \"x\"\nprograms = [\"p\"]\npattern = 'x'\naction = \"ssh_login\"\n"
                    "to = \"{}\"\nmatch = ['x']\n[[rule.case]]\nwhen = {{ \"user.name\" = \"root\" }}\nto = \"{}\"\n",
                    row.to, row.case_to));
    const auto made = make_policy(
        folder.load("[rules]\ndirectories = [\"rules\"]\n[[person]]\nname = \"Alice\"\nunix_users = [\"a\"]\n"));
    const auto found = std::ranges::find(made.problems, false, &Problem::warning);
    CHECK((made.policy != nullptr) == (row.line == 0));
    REQUIRE((found == made.problems.end()) == (row.line == 0));
    if (row.line == 0) continue;
    CHECK(found->file == folder.at("rules/x.toml"));
    CHECK(found->line == row.line);
    CHECK_MESSAGE(found->text.contains(row.says), found->text);
  }
}

TEST_CASE("the audit chain's head has its publishers, and the day its time") {
  Folder folder;
  folder.write("token", "secret");
  const auto loaded = folder.load(R"(
[audit]
head_file = "heads.jsonl"
url = "https://archive.example.com/heads"
secret_file = "token"
[notify]
daily_at = "06:30"
daily_zone = "+02:00"
)");
  CHECK_FALSE(has_errors(loaded.problems));
  CHECK(loaded.config.schedule.publishers == std::vector<std::string>{"audit.file", "audit.webhook"});
  CHECK(loaded.config.head_file == folder.at("heads.jsonl"));
  REQUIRE(loaded.config.head_webhook);
  CHECK(loaded.config.head_webhook->name == "audit.webhook");
  REQUIRE(loaded.config.schedule.daily);
  CHECK(loaded.config.schedule.daily->at == std::chrono::minutes(390));
  CHECK(loaded.config.schedule.daily->zone_name == "+02:00");
  CHECK_FALSE(folder.load("[notify]\ndaily_at = \"off\"").config.schedule.daily);
}

TEST_CASE("pagers are read, named by their kind where they have no name, and known to the schedule") {
  const Folder folder;
  folder.write("ca.pem", a_certificate);
  const auto loaded = folder.load(R"(
[webhook.x]
provider = "json"
token_file = "token"
[notify]
heartbeat_url = "https://hc.example.com/x"
[[pager]]
kind = "webhook"
url = "https://oncall.example.com/hook"
secret_file = "token"
ca_file = "ca.pem"
[[pager]]
kind = "email"
name = "mail"
server = "smtp://mail.example.com:587"
from = "countersign@example.com"
to = ["a@example.com", "b@example.com"]
user = "u"
password_file = "token"
)");
  CHECK_MESSAGE(loaded.problems.empty(), (loaded.problems.empty() ? "" : to_text(loaded.problems[0])));
  const auto& config = loaded.config;
  CHECK(config.heartbeat_url == "https://hc.example.com/x");
  CHECK(config.schedule.pagers == std::vector<std::string>{"webhook", "mail"});
  REQUIRE(config.pagers.size() == 2);
  const auto& hook = std::get<chat::WebhookPagerSettings>(config.pagers[0]);
  CHECK(hook.name == "webhook");
  CHECK(hook.url == "https://oncall.example.com/hook");
  CHECK(hook.secret.equals("s3cret"));
  CHECK(hook.ca_file == folder.at("ca.pem"));
  const auto& mail = std::get<chat::EmailPagerSettings>(config.pagers[1]);
  CHECK(mail.name == "mail");
  CHECK(mail.server == "smtp://mail.example.com:587");
  CHECK(mail.from == "countersign@example.com");
  CHECK(mail.to.size() == 2);
  CHECK(mail.user == "u");
  CHECK(mail.password.equals("s3cret"));
}
