#include "store/store.hpp"

#include "migrations.hpp"
#include "store/lock.hpp"
#include "store/login_rehash.hpp"
#include "store/meta.hpp"
#include "store/migrator.hpp"
#include "store/readers.hpp"
#include "store/writer.hpp"

namespace countersign::store {
namespace {

constexpr int reader_cache_kib = 8 * 1024;
// Ids of rows that are gone again are nobody's; a second of them keeps clear of those, also when the clock is behind.
constexpr std::int64_t id_margin = std::int64_t{1000} << 21;

class SqliteStore final : public app::Store {
 public:
  SqliteStore(Lock lock, Connection writing, std::vector<Connection> reading, IdSource ids, SqliteLedger::Marks marks,
              Options options)
      : lock_(std::move(lock)),
        writer_(
            std::move(writing), *options.clock, ids, std::move(marks), options.write_queue,
            [commit = std::move(options.on_commit), looks = std::move(options.on_looks),
             feed = std::move(options.on_feed)](const Changed& changed) {
              if (commit && (changed.deliveries || changed.timers)) commit(changed.deliveries, changed.timers);
              if (looks && changed.looks) looks();
              if (feed && changed.feed) feed();
            },
            std::move(options.follow_up)),
        readers_(std::move(reading), options.read_queue) {}

  void write(Work work, Done done) override { writer_.submit(std::move(work), std::move(done), false); }
  void write_repeatable(Work work, Done done) override { writer_.submit(std::move(work), std::move(done), true); }
  bool read(Read read) override { return readers_.submit(std::move(read)); }
  bool healthy() const override { return writer_.healthy(); }

 private:
  Lock lock_;      // let go last
  Writer writer_;  // closes after the readers, and so is the one that checkpoints
  Readers readers_;
};

Result<SqliteLedger::Marks> read_marks(Connection& connection, Random& random) {
  auto chain = random_meta(connection, "audit_chain", random);
  if (!chain) return std::unexpected(chain.error());
  const auto key = random_meta(connection, "login_key", random);
  if (!key) return std::unexpected(key.error());
  // Of the database, so that it moves with it: agents know the server by it.
  if (auto signing = random_meta(connection, "server_key", random, 32); !signing)
    return std::unexpected(signing.error());
  return SqliteLedger::Marks{*std::move(chain), hash_key(*key)};
}

std::unexpected<Error> at(const std::string& path, const Error& error) {
  return fail(error.fault, "{}: {}", path, error.message);
}

}  // namespace

Result<std::unique_ptr<app::Store>> open(Options options) {
  constexpr std::string_view scheme = "sqlite:";
  if (!options.url.starts_with(scheme) || options.url.size() == scheme.size())
    return fail(Fault::invalid, "\"{}\" is not a store this version knows: sqlite:PATH", options.url);
  const auto path = options.url.substr(scheme.size());

  auto lock = Lock::take(path);
  if (!lock) return std::unexpected(lock.error());
  auto writing = Connection::open(path, Connection::Role::writer, options.cache_mib * 1024);
  if (!writing) return std::unexpected(writing.error());
  if (auto migrated = migrate(*writing, embedded::migrations(), options.clock->now()); !migrated)
    return at(path, migrated.error());
  auto marks = read_marks(*writing, *options.random);
  if (!marks) return at(path, marks.error());
  if (auto rehashed = rehash_logins(*writing, marks->login_key); !rehashed) return at(path, rehashed.error());
  const auto newest = newest_id(*writing);
  if (!newest) return at(path, newest.error());

  std::vector<Connection> reading;
  for (std::size_t i = 0; i < options.readers; ++i) {
    auto reader = Connection::open(path, Connection::Role::reader, reader_cache_kib);
    if (!reader) return std::unexpected(reader.error());
    reading.push_back(*std::move(reader));
  }
  const Id floor{*newest ? newest->value + id_margin : 0};
  return std::make_unique<SqliteStore>(*std::move(lock), *std::move(writing), std::move(reading), IdSource(floor),
                                       *std::move(marks), std::move(options));
}

}  // namespace countersign::store
