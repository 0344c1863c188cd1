// Tails through every form of rotation while lines arrive at 10,000/s, with the server killed in the middle: each line
// once, by count. Files as logrotate and others rotate them; the journal as systemd's own writer rotates and vacuums it.
// Runs alone: it writes as fast as it says.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, copyFileSync, existsSync, openSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { acceptedLine, Countersign } from "./lib/countersign.mjs";

const run = promisify(execFile);
const perSecond = 10_000, tick = 20, seconds = 1.6;
const forms = ["plain", "rename", "copytruncate", "twice_gzip", "remove", "symlink", "late", "dated"];
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let server, folder, number = 0;
const place = (name) => join(folder, `${name}.log`);
const journal = () => join(folder, "journal");

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-tails-"));
  await chmod(folder, 0o755);  // another user writes to its journald
  await mkdir(join(journal(), "log"), { recursive: true });
  for (const form of forms) {
    if (form === "symlink") {
      writeFileSync(join(folder, "symlink-1"), "");
      symlinkSync(join(folder, "symlink-1"), place(form));
    } else if (form !== "late") {
      writeFileSync(place(form), "");
    }
  }
  const tail = Object.fromEntries(forms.map((form) => [form, { path: place(form), from: "end" }]));
  tail.journal = { journal: true, directory: join(journal(), "log"), from: "start" };
  server = await Countersign.start({ config: { tail, notify: { group_window: "1h" } } });
  await wait(500);  // every tail has looked once: what comes now is new
});

after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A line nobody wrote before: its address and port say its number. */
function message() {
  ++number;
  return acceptedLine({ address: `10.0.${Math.floor(number / 50_000)}.1`, port: 1024 + (number % 50_000) });
}
const fileLine = () => `${new Date().toISOString()} bastion sshd[${1 + (number % 30_000)}]: ${message()}\n`;

async function counted(source, result) {
  const { body } = await server.api("/metrics", { role: null });
  const found = new RegExp(`^countersign_messages_total\\{result="${result}",source="${source}"\\} (\\d+)`, "m").exec(body);
  return found ? Number(found[1]) : 0;
}

/** Each line once: as many events as were written, and none that was there already. */
async function all(source, written) {
  await server.until(async () => (await counted(source, "events")) >= written, { within: 60_000, what: `${written} lines of ${source}` })
    .catch(async (error) => { throw new Error(`${await counted(source, "events")} of ${written}: ${error.message}`); });
  await wait(600);  // two looks more: nothing comes twice
  assert.deepEqual([await counted(source, "events"), await counted(source, "duplicates")], [written, 0], source);
}

/** Writes at that speed while `steps` happen, evenly spread; `append` writes one block. Answers how many were written. */
async function atSpeed(append, steps) {
  const begin = performance.now();
  const begun = number;
  const pending = steps.map((step, i) => ({ at: ((i + 1) * seconds * 1000) / (steps.length + 1), step }));
  let under = Promise.resolve();  // one after the other, while the writer goes on
  for (;;) {
    const now = performance.now() - begin;
    while (pending.length > 0 && pending[0].at <= now) under = under.then(pending.shift().step);
    const owed = Math.min(now / 1000, seconds) * perSecond - (number - begun);
    if (owed >= 1) append(Math.floor(owed));
    if (now >= seconds * 1000 && pending.length === 0) break;
    await wait(tick);
  }
  await under;
  return number - begun;
}

/** A log that this writes to as a daemon does: by an open file, until it is told to open it again. */
class Log {
  constructor(path) {
    this.path = path;
    this.reopen();
  }
  reopen() {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = openSync(this.path, "a");
  }
  append(count) {
    let block = "";
    for (let i = 0; i < count; ++i) block += fileLine();
    writeSync(this.descriptor, block);
  }
}

/** One line that is read: from now on the place has a digest of how its file begins. Answers how many that were. */
async function standing(source, log) {
  log.append(1);
  await all(source, 1);
  return 1;
}

const killAndStart = () => server.restart("SIGKILL");

/** While the server is dead. */
const whileDown = (change) => async () => {
  await server.end("SIGKILL");
  await change();
  await server.restart("SIGKILL");
};

const shift = (path, { rename = true } = {}) => {  // as logrotate numbers them
  for (let i = 8; i >= 1; --i)
    for (const zipped of ["", ".gz"]) if (existsSync(`${path}.${i}${zipped}`)) renameSync(`${path}.${i}${zipped}`, `${path}.${i + 1}${zipped}`);
  if (rename) renameSync(path, `${path}.1`);
};
const gzip = (path) => {
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  rmSync(path);
};

test("no rotation", async () => {
  const log = new Log(place("plain"));
  await all("plain", await atSpeed((count) => log.append(count), [killAndStart]));
});

test("renamed; the writer goes on in the old file until it is told", async () => {
  const log = new Log(place("rename"));
  const rotate = async () => {
    shift(place("rename"));
    writeFileSync(place("rename"), "");
    await wait(60);
    log.reopen();
  };
  await all("rename", (await standing("rename", log)) + await atSpeed((count) => log.append(count), [rotate, rotate, killAndStart, rotate, whileDown(rotate)]));
});

test("copied and truncated", async () => {
  const log = new Log(place("copytruncate"));
  // In one step: what is written between logrotate's copy and its truncation is lost by logrotate itself.
  const rotate = () => {
    shift(place("copytruncate"), { rename: false });
    copyFileSync(place("copytruncate"), `${place("copytruncate")}.1`);
    truncateSync(place("copytruncate"));
  };
  const first = await standing("copytruncate", log);
  await all("copytruncate", first + (await atSpeed((count) => log.append(count), [rotate, killAndStart, rotate, whileDown(rotate)])));
});

test("rotated twice and compressed while the server was down", async () => {
  const log = new Log(place("twice_gzip"));
  const rotate = () => {
    shift(place("twice_gzip"));
    log.reopen();
    log.append(100);
    gzip(`${place("twice_gzip")}.1`);
  };
  const first = await standing("twice_gzip", log);
  const written = await atSpeed((count) => log.append(count), [killAndStart, whileDown(async () => { rotate(); await wait(100); rotate(); })]);
  await all("twice_gzip", first + written);
});

test("named by date", async () => {
  const log = new Log(place("dated"));
  let day = 20;
  const rotate = () => {
    renameSync(place("dated"), `${place("dated")}-202611${day++}`);
    log.reopen();
  };
  await all("dated", (await standing("dated", log)) + await atSpeed((count) => log.append(count), [rotate, whileDown(async () => { rotate(); log.append(100); rotate(); log.append(100); gzip(`${place("dated")}-20261121`); })]));
});

test("removed and made anew", async () => {
  const log = new Log(place("remove"));
  const rotate = () => {
    rmSync(place("remove"));
    log.reopen();
  };
  // Killed apart from that: what is removed before it was read is gone for everybody.
  const first = await atSpeed((count) => log.append(count), [rotate]);
  await all("remove", first);
  await all("remove", first + (await atSpeed((count) => log.append(count), [killAndStart])));
});

test("a symbolic link led to the next file", async () => {
  const log = new Log(place("symlink"));
  let next = 2;
  const rotate = () => {
    rmSync(place("symlink"));
    symlinkSync(join(folder, `symlink-${next++}`), place("symlink"));
    log.reopen();
  };
  // Led on once before it is read again: of a second one in between nobody knows the name.
  const first = await atSpeed((count) => log.append(count), [rotate, killAndStart]);
  await all("symlink", first);
  await all("symlink", first + (await atSpeed((count) => log.append(count), [whileDown(rotate)])));
});

test("a file that appears later is all new", async () => {
  const log = new Log(place("late"));
  await all("late", await atSpeed((count) => log.append(count), [killAndStart]));
});

// systemd's own journald in a mount namespace of its own, and writers whom it knows by their program.
const missing = process.getuid() !== 0 ? "not root" : existsSync("/lib/systemd/systemd-journald") ? null : "no systemd-journald";
if (missing && process.env.REQUIRE_ALL === "1") throw new Error(`REQUIRE_ALL=1 and ${missing}`);
const library = fileURLToPath(new URL("lib/", import.meta.url));

/** A process that sends each line it is given to journald as sshd's; "sshd" is one by the journal's word too. */
function journalWriter(program, { uid = 0 } = {}) {
  const child = spawn(program, [join(library, "journal_writer.py"), join(journal(), "run/dev-log")],
                      { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, PYTHONHOME: "/usr" }, uid, gid: uid });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  const ended = once(child, "exit").then(() => Number(said));
  return { write: (line) => child.stdin.write(`${line}\n`), end: () => { child.stdin.end(); return ended; } };
}

test("the journal", { skip: missing ?? false }, async (context) => {
  const journald = spawn("unshare", ["--mount", "bash", join(library, "private-journald.sh"), journal()], { stdio: ["ignore", "inherit", "inherit"] });
  const ended = once(journald, "exit");
  context.after(async () => {
    journald.kill("SIGTERM");
    await ended;
  });
  await server.until(() => existsSync(join(journal(), "run/dev-log")), { what: "journald's socket" });
  const sshd = join(journal(), "sshd");
  copyFileSync(realpathSync("/usr/bin/python3"), sshd);

  await context.test("rotated while entries arrive at that speed, the server killed: each once", async () => {
    const writer = journalWriter(sshd);
    const append = (count) => {
      for (let i = 0; i < count; ++i) writer.write(message());
    };
    const rotate = () => journald.kill("SIGUSR2");
    const begin = performance.now();
    const written = await atSpeed(append, [rotate, killAndStart, rotate, whileDown(rotate)]);
    assert.equal(await writer.end(), written);
    context.diagnostic(`${written} entries in ${Math.round(performance.now() - begin)} ms`);
    await all("journal", written);
  });

  await context.test("vacuumed of what was read", async () => {
    const machine = readdirSync(join(journal(), "log"))[0];
    const { stderr } = await run("journalctl", ["--directory", join(journal(), "log", machine), "--vacuum-files=1"]);
    assert.match(stderr, /Vacuuming done, freed [1-9]/);
    const had = await counted("journal", "events");
    const writer = journalWriter(sshd);
    const written = await atSpeed((count) => { for (let i = 0; i < count; ++i) writer.write(message()); }, [killAndStart]);
    await writer.end();
    await all("journal", had + written);
  });

  await context.test("other programs that rules name are read, whatever their facility", async () => {
    const log = (tag, line) => run("logger", ["--socket", join(journal(), "run/dev-log"), "--tag", tag, "--priority", "daemon.info", line]);
    await log("somebody", "none of ours");
    await log("tailscaled", 'ssh-session(sess-1): handling new SSH connection from alice@example.com (100.64.0.7) to ssh-user "ubuntu"');
    const event = await server.until(async () =>
      (await server.api(`/api/v1/events?query=${encodeURIComponent("rule.id=tailscale.ssh")}`, { role: "viewer" })).body.events[0],
    { what: "the session through Tailscale" });
    assert.deepEqual([event["user.name"], event["source.ip"]], ["ubuntu", "100.64.0.7"]);
    const { body } = await server.api("/metrics", { role: null });
    assert.doesNotMatch(body, /countersign_messages_total{result="ignored",source="journal"} [1-9]/);
  });

  await context.test("forged lines are one finding, however many come, and no person is asked about them", async () => {
    const forged = journalWriter(realpathSync("/usr/bin/python3"), { uid: 65534 });
    for (let i = 0; i < 2000; ++i) forged.write(acceptedLine({ user: "alice", address: "10.9.9.9", port: 20_000 + i }));
    await forged.end();
    // A process that has ended before the journal looks is known by its user at least.
    await run("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "logger", "--socket", join(journal(), "run/dev-log"), "--tag", "sshd",
                          "--priority", "auth.info", acceptedLine({ user: "alice", address: "10.9.9.9", port: 22_500 })]);
    const true_one = journalWriter(sshd);
    true_one.write(acceptedLine({ user: "alice", address: "10.9.9.9", port: 23_000 }));
    await true_one.end();
    const asked = await server.until(async () => {
      const approvals = await server.approvals({ person: "Alice" });
      const ofSshd = approvals.filter((one) => one.events.some((event) => event["process.name"] === "sshd"));
      return ofSshd.length > 0 && ofSshd;
    }, { what: "the true login" });
    assert.equal(asked.length, 1);
    assert.deepEqual(asked[0].events.map((event) => event["source.port"]), [23_000]);
    const findings = (await server.approvals()).filter((one) => one.events.some((event) => event["log.mismatch"]));
    assert.equal(findings.length, 1);
    assert.equal(findings[0].addressed_to, "security_channel");
    assert.equal(findings[0].notifications.filter((one) => one.to === "security_channel").length, 1);
    assert.match(findings[0].events[0]["log.mismatch"], /^python3\S* \(\/usr\/bin\/python3\S*, uid 65534\) wrote it$/);
    const find = async (port) => (await server.api(`/api/v1/events?query=${encodeURIComponent(`source.ip=10.9.9.9 AND source.port=${port}`)}`, { role: "viewer" })).body.events;
    for (const port of [20_000, 21_999, 22_500]) {
      const [event] = await find(port);  // stored all the same
      assert.equal(event["approval.id"], findings[0].id);
    }
    assert.match((await find(22_500))[0]["log.mismatch"], /^(logger|a process) \(.*uid 65534\) wrote it$/);
  });
});
