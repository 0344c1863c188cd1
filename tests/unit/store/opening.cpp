#include <sys/wait.h>
#include <unistd.h>

#include "migrations.hpp"
#include "store/migrator.hpp"
#include "store/rows.hpp"
#include "unit/store/fixture.hpp"

namespace countersign::store {
namespace {

Connection writer(const Directory& directory) {
  auto opened = Connection::open(directory.database(), Connection::Role::writer, 1024);
  REQUIRE(opened);
  return *std::move(opened);
}

std::int64_t number(Connection& connection, Sql sql) {
  Rows rows(connection, sql);
  REQUIRE(rows.next());
  return rows.integer(0);
}

const Embedded one{"0001_first.sql", "PRAGMA application_id = 1129531214; CREATE TABLE a (x INTEGER) STRICT;"};
const Embedded two{"0002_second.sql", "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO b VALUES (1);"};

}  // namespace

TEST_CASE("migrations are applied once, in order, each whole or not at all") {
  const Directory directory;
  auto connection = writer(directory);
  const Embedded first[] = {one};
  REQUIRE(migrate(connection, first, noon));
  REQUIRE(migrate(connection, first, noon));
  const Embedded both[] = {two, one};
  REQUIRE(migrate(connection, both, noon));
  REQUIRE(migrate(connection, both, noon));
  CHECK(number(connection, "SELECT count(*) FROM b") == 1);
  CHECK(number(connection, "SELECT count(*) FROM migration") == 2);

  const Embedded bad[] = {one, two, {"0003_bad.sql", "CREATE TABLE c (x INTEGER) STRICT; nonsense;"}};
  const auto failed = migrate(connection, bad, noon);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.contains("0003_bad.sql"));
  CHECK(number(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'c'") == 0);

  const Embedded gap[] = {one, {"0003_third.sql", ""}};
  CHECK_THROWS(migrate(connection, gap, noon));
  const Embedded twice[] = {one, {"0001_other.sql", ""}};
  CHECK_THROWS(migrate(connection, twice, noon));
}

TEST_CASE("a newer database, a changed migration and another program's file are refused with the reason") {
  const Directory directory;
  auto connection = writer(directory);
  const Embedded both[] = {one, two};
  REQUIRE(migrate(connection, both, noon));
  const Embedded older[] = {one};
  const auto newer = migrate(connection, older, noon);
  REQUIRE_FALSE(newer);
  CHECK(newer.error().fault == Fault::invalid);
  CHECK(newer.error().message.contains("newer than this program"));
  const Embedded changed[] = {{"0001_first.sql", "PRAGMA application_id = 1129531214;"}, two};
  const auto edited = migrate(connection, changed, noon);
  REQUIRE_FALSE(edited);
  CHECK(edited.error().message.contains("0001_first.sql was changed"));

  const Directory elsewhere;
  auto foreign = writer(elsewhere);
  REQUIRE(foreign.execute("CREATE TABLE songs (x TEXT)"));
  const auto refused = migrate(foreign, both, noon);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.contains("another program's"));
  CHECK(number(foreign, "SELECT count(*) FROM sqlite_schema") == 1);
}

TEST_CASE("what can't be opened says why") {
  const Directory directory;
  const HandClock clock(noon);
  crypto::SystemRandom random;
  const auto fault = [&](const std::string& url) {
    Options options;
    options.url = url;
    options.clock = &clock;
    options.random = &random;
    const auto opened = open(options);
    return opened ? "" : opened.error().message;
  };
  CHECK(fault("postgres://x").contains("sqlite:PATH"));
  CHECK(fault("sqlite:").contains("sqlite:PATH"));
  CHECK(fault("sqlite:/no/such/directory/x.db").contains("No such file or directory"));
  {
    auto* const file = std::fopen(directory.database().c_str(), "w");
    REQUIRE(file != nullptr);
    std::fputs("this is no database, whatever its name may say, and long enough to be looked at as one by anybody",
               file);
    std::fclose(file);
  }
  CHECK(fault("sqlite:" + directory.database()).contains("not a database"));
}

TEST_CASE_FIXTURE(Fixture, "one process has the database: a second is told whose it is") {
  const auto here = store::open(options());
  REQUIRE_FALSE(here);
  CHECK(here.error().fault == Fault::conflict);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto there = store::open(options());
    const bool told = !there && there.error().message.contains("pid " + std::to_string(::getppid())) &&
                      there.error().message.contains("--server");
    ::_exit(told ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  reopen();  // let go with the store
}

TEST_CASE_FIXTURE(Fixture, "a reader's connection can't write") {
  auto reader = Connection::open(directory.database(), Connection::Role::reader, 1024);
  REQUIRE(reader);
  CHECK_FALSE(reader->execute("INSERT INTO meta (name, value) VALUES ('x', x'00')"));
  CHECK(number(*reader, "PRAGMA query_only") == 1);
  CHECK(number(*reader, "PRAGMA wal_autocheckpoint") == 0);
}

TEST_CASE_FIXTURE(Fixture, "the writer's connection is as durable as promised") {
  store.reset();
  auto connection = writer(directory);
  CHECK(number(connection, "PRAGMA synchronous") == 2);
  CHECK(number(connection, "PRAGMA foreign_keys") == 1);
  Rows rows(connection, "PRAGMA journal_mode");
  REQUIRE(rows.next());
  CHECK(rows.text(0) == "wal");
}

TEST_CASE(
    "hosts known under other spellings keep their agents, streams and coverage; events keep the name they came with") {
  const Directory directory;
  auto connection = writer(directory);
  const auto all = embedded::migrations();
  REQUIRE(migrate(connection, all.first(22), noon));
  REQUIRE(connection.execute(R"(
    INSERT INTO agent (host, id, machine, version, boot, first_seen, last_seen) VALUES ('Bastion.', 'a1', '', '', '', 1, 1),
      ('web1', 'a2', '', '', '', 1, 1), ('Web2', 'a3', '', '', '', 1, 1), ('web2', 'a3', '', '', '', 1, 2);
    INSERT INTO agent_stream (id, host, agent, witness, sequence, digest, last_seen) VALUES (7, 'Bastion.', 'a1', 'kernel', 17, x'00', 1);
    INSERT INTO coverage_span VALUES ('Bastion.', 'kernel', 1, 9), ('x..', 'kernel', 1, 9);
    INSERT INTO first_root VALUES ('BASTION', 3, 1), ('Bastion.', 2, 1), ('bastion', 5, 1);
    INSERT INTO first_seen VALUES ('person:Alice', 'host', 'Bastion.'), ('person:Alice', 'key', 'SHA256:Abc');
    INSERT INTO arrival (source, host, first, heard, period, rhythm, said) VALUES ('hook', 'BASTION', 1, 2, 3, x'', 0),
      ('hook', '', 1, 2, 3, x'', 0);
  )"));
  REQUIRE(migrate(connection, all, noon));
  const std::pair<Sql, int> counts[] = {
      {"SELECT count(*) FROM agent WHERE host = 'bastion' AND id = 'a1'", 1},
      {"SELECT count(*) FROM agent WHERE host IN ('web1', 'web2', 'Web2')",
       3},  // the second a3 stands as it is: it is another's row
      {"SELECT count(*) FROM agent_stream WHERE host = 'bastion' AND sequence = 17 AND id = 7", 1},
      {"SELECT count(*) FROM coverage_span WHERE host IN ('bastion', 'Bastion.') AND until_at = 9", 2},
      {"SELECT count(*) FROM coverage_span", 3},
      {"SELECT count(*) FROM first_root WHERE host = 'bastion' AND time = 2", 1},
      {"SELECT count(*) FROM first_seen WHERE value = 'bastion'", 1},
      {"SELECT count(*) FROM first_seen WHERE value = 'SHA256:Abc'", 1},
      {"SELECT count(*) FROM arrival WHERE host = 'bastion'", 1},
      {"SELECT count(*) FROM arrival", 2}};
  for (const auto& [rows, expected] : counts) {
    CAPTURE(rows.text);
    CHECK(number(connection, rows) == expected);
  }
}

}  // namespace countersign::store
