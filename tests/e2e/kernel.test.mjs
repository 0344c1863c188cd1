// A real sshd is logged into in every way it has, and the kernel's witness says what each was, and nothing else. The
// same table runs against Debian 12's OpenSSH 9.2 and against 10.0 of its backports (sshd-session, sshd-auth).
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { KernelWatch, whyNoKernelWitness } from "./lib/kernel-watch.mjs";
import { Sshd, whyNoSshd } from "./lib/sshd.mjs";

const run = promisify(execFile);
const missing = (await whyNoSshd()) ?? (await whyNoKernelWitness());
if (missing && process.env.REQUIRE_ALL === "1") throw new Error(`REQUIRE_ALL=1 and ${missing}`);
if (missing) console.log(missing.startsWith("SKIPPED") ? missing : `SKIPPED: ${missing}`);
const next = fileURLToPath(new URL("../../build/openssh-next", import.meta.url));

const password = "correct horse";
const fast = ["KexAlgorithms=curve25519-sha256"];
const ended = (child) => new Promise((resolve) => (child.exitCode ?? child.signalCode) === null ? child.once("exit", resolve) : resolve());

/** "Accepted …" as sshd logs it, in the sighting's names. */
function accepted(line) {
  const parts = /^Accepted (\S+?)(?:\/(\S+))? for (\S+) from (\S+) port (\d+) ssh2(?:: (\S+?)(?:-CERT)? (SHA256:\S+)(?: ID (\S+) \(serial (\d+)\) CA \S+ (SHA256:\S+))?)?$/.exec(line.message);
  assert.ok(parts, line.message);
  const [, method, submethod, user, ip, port, type, key, certificate, serial, authority] = parts;
  return facts({ "process.pid": line.pid, "user.name": user, "source.ip": ip, "source.port": Number(port), "ssh.method": method,
                 "ssh.submethod": submethod, "ssh.key.type": type, "ssh.key.fingerprint": key, "ssh.certificate.id": certificate,
                 "ssh.certificate.serial": serial, "ssh.ca.fingerprint": authority });
}

/** What both accounts of a login have in common. */
function facts(event) {
  const names = ["process.pid", "user.name", "source.ip", "source.port", "ssh.method", "ssh.submethod", "ssh.key.type",
                 "ssh.key.fingerprint", "ssh.certificate.id", "ssh.certificate.serial", "ssh.ca.fingerprint"];
  return Object.fromEntries(names.filter((name) => event[name] !== undefined).map((name) => [name, event[name]]));
}

function countOf(list) {
  const count = {};
  for (const item of list) count[item] = (count[item] ?? 0) + 1;
  return count;
}

function generation(name, openssh, prepare) {
  describe(name, { skip: missing ?? false }, () => {
    let watch, sshd, plain, keys;

    before(async () => {
      await prepare();
      const users = { oswaldo: { password }, alice: { password }, mallory: {} };
      watch = await KernelWatch.start("--commands");
      sshd = await Sshd.start({ openssh, users, config: ["KbdInteractiveAuthentication yes", "PasswordAuthentication yes", "MaxAuthTries 6"] });
      plain = await Sshd.start({ openssh, users, config: ["UsePAM no", "Subsystem sftp /usr/lib/openssh/sftp-server"] });
      await watch.until(() => watch.met.has(sshd.port) && watch.met.has(plain.port), "the first connections");
      watch.only(sshd.port, plain.port);
      keys = {};
      for (const [key, type] of [["ed25519", "ed25519"], ["rsa", "rsa"], ["ecdsa", "ecdsa"], ["certified", "ed25519"], ["stranger", "ed25519"]])
        keys[key] = await sshd.makeKey(key, type);
      await sshd.certify(keys.certified, { id: "alice@example.com", serial: 7, principals: ["alice"] });
      for (const room of [sshd, plain]) {
        await room.authorize("oswaldo", keys.ed25519, keys.rsa, keys.ecdsa);
        await room.authorize("root", keys.ed25519);
      }
    });
    /** A room for one test; the connection that tried whether it listens has been seen. */
    async function room(t, options) {
      const made = await Sshd.start({ openssh, ...options });
      t.after(() => made.stop());
      watch.only(made.port);
      await made.authorize("oswaldo", keys.ed25519, keys.rsa);
      await watch.until(() => watch.met.has(made.port), "the first connection");
      return made;
    }
    after(async () => {
      await sshd?.stop();
      await plain?.stop();
      await watch?.stop();
    });

    /**
     * Does `what` (which answers when it is over), waits until the kernel has seen `expected` (a count by action, log lines
     * and commands aside), and makes sure that nothing more was, and that each login is as sshd logged it.
     */
    async function sees(room, expected, what) {
      const from = watch.seen.length, firstLine = room.lines.length;
      const result = await what();
      const others = new Set(["ssh_log_line", "ssh_command_start", "ssh_command_end"]);
      const seen = () => watch.seen.slice(from).filter((sighting) => !others.has(sighting["event.action"]));
      const total = Object.values(expected).reduce((a, b) => a + b, 0);
      await watch.until(() => seen().length >= total, `${JSON.stringify(expected)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));  // what is invented would come as late as this
      assert.deepEqual(countOf(seen().map((sighting) => sighting["event.action"])), expected);
      const lines = () => room.lines.slice(firstLine);
      const logins = watch.of("ssh_login", from);
      if (!room.quiet) {
        await room.until(() => lines().filter((line) => line.message.startsWith("Accepted ")).length >= logins.length, "sshd logs it");
        assert.deepEqual(logins.map(facts), lines().filter((line) => line.message.startsWith("Accepted ")).map(accepted));
      }
      for (const sighting of seen()) {
        assert.ok(Math.abs(Date.parse(sighting["@timestamp"]) - Date.now()) < 30_000, "its time is ours");
        assert.equal(sighting["process.start"], seen().find((s) => s["session.id"] === sighting["session.id"])["process.start"]);
      }
      const commands = watch.of("ssh_command_start", from).map((sighting) => sighting["process.command_line"]);
      return { result, logins, commands, seen: seen(), from };
    }
    const session = { ssh_connection_start: 1, ssh_login: 1, ssh_session_end: 1 };
    const login = async (room, options) => {
      const child = await room.client({ ...options, options: [...fast, ...(options.options ?? [])] });
      let out = "";
      child.stdout.on("data", (chunk) => (out += chunk));
      await ended(child);
      return { code: child.exitCode, out };
    };

    for (const type of ["ed25519", "rsa", "ecdsa"])
      test(`publickey, ${type}`, async () => {
        const { logins, commands } = await sees(sshd, session, () => login(sshd, { user: "oswaldo", key: keys[type], from: "127.0.0.5" }));
        assert.equal(logins[0]["ssh.key.fingerprint"], keys[type].fingerprint);
        assert.equal(logins[0]["source.ip"], "127.0.0.5");
        assert.equal(logins[0]["server.port"], String(sshd.port));
        assert.equal(logins[0]["user.id"], "61000");
        assert.deepEqual(commands, ["sh -c true"]);
      });

    test("a certificate", async () => {
      // The client offers the bare key too, which nobody lists.
      const { logins } = await sees(sshd, { ...session, ssh_auth_failure: 1 }, () => login(sshd, { user: "alice", key: keys.certified }));
      assert.equal(logins[0]["ssh.certificate.id"], "alice@example.com");
      assert.equal(logins[0]["ssh.certificate.serial"], "7");
      assert.equal(logins[0]["ssh.ca.fingerprint"], sshd.authority.fingerprint);
    });

    test("a password, with and without PAM", async () => {
      for (const room of [sshd, plain]) {
        const options = ["PreferredAuthentications=password"];
        const { logins } = await sees(room, session, () => login(room, { user: "oswaldo", password, options }));
        assert.equal(logins[0]["ssh.method"], "password");
      }
    });

    test("keyboard-interactive", async () => {
      const options = ["PreferredAuthentications=keyboard-interactive"];
      const { logins } = await sees(sshd, session, () => login(sshd, { user: "oswaldo", password, options }));
      assert.equal(logins[0]["ssh.submethod"], "pam");
    });

    test("no PAM", async () => {
      const { commands } = await sees(plain, session, () => login(plain, { user: "oswaldo", key: keys.ed25519, command: "exit 3" }));
      assert.deepEqual(commands, ["sh -c 'exit 3'"]);
      const end = await watch.until(() => watch.of("ssh_command_end").at(-1), "the command's end");
      assert.equal(end["process.exit_code"], "3");
    });

    test("root, a command", async () => {
      const { logins, commands } = await sees(sshd, session, () => login(sshd, { user: "root", key: keys.ed25519, command: "exec true" }));
      assert.equal(logins[0]["user.id"], "0");
      assert.match(commands[0], /-c 'exec true'$/);
      assert.equal(commands.at(-1), "true");
    });

    test("a terminal", async () => {
      await sees(sshd, session, () => login(sshd, { user: "oswaldo", key: keys.ed25519, tail: ["-tt", "TARGET", "tty"] }));
    });

    test("a command's arguments, exit code and signal", async () => {
      const word = "x".repeat(3000);
      const command = `/bin/echo 'a b' ${word} >/dev/null; sh -c 'kill -9 $$'; exit 4`;
      const { commands, from } = await sees(sshd, session, () => login(sshd, { user: "oswaldo", key: keys.ed25519, command }));
      assert.equal(commands[1], `/bin/echo 'a b' ${word}`);
      await watch.until(() => watch.of("ssh_command_end", from).length === 3, "three ends");
      assert.deepEqual(watch.of("ssh_command_end", from).map((end) => end["process.exit_code"] ?? `signal ${end["process.exit_signal"]}`), ["0", "signal 9", "4"]);
    });

    test("scp, old and new protocol, both ways", async () => {
      const there = join(sshd.folder, "home", "there");
      await run("chmod", ["777", join(sshd.folder, "home")]);
      const expected = { ...session, ssh_file_transfer: 1 };
      for (const [flags, words, direction, protocol] of [
        [["-O"], ["/etc/hostname", `TARGET:${there}`], "upload", "scp"], [["-O"], [`TARGET:${there}`, "/dev/null"], "download", "scp"],
        [[], ["/etc/hostname", `TARGET:${there}`], "upload", "sftp"], [[], [`TARGET:${there}`, "/dev/null"], "download", "sftp"]]) {
        const { seen } = await sees(sshd, expected, () => login(sshd, { user: "oswaldo", key: keys.ed25519, program: "scp", tail: [...flags, "-q", ...words] }));
        const [transfer] = seen.filter((sighting) => sighting["event.action"] === "ssh_file_transfer");
        assert.deepEqual([transfer["file.path"], transfer["file.direction"], transfer["file.protocol"], transfer["event.outcome"]],
                         [there, direction, protocol, "success"]);
      }
    });

    test("sftp, internal and external", async () => {
      for (const room of [sshd, plain]) {
        const home = join(room.folder, "home");
        await run("chmod", ["777", home]);
        await mkdir(join(home, "in"), { recursive: true });
        await run("chmod", ["777", join(home, "in")]);
        const input = `-ls -l ${home}\n-get ${home}/none /dev/null\nput /etc/hostname ${home}/in/one\nput /etc/hostname ${home}/in/two\nget ${home}/in/one /dev/null\n`;
        const { seen } = await sees(room, { ...session, ssh_file_transfer: 3 }, () =>
          login(room, { user: "oswaldo", key: keys.ed25519, program: "sftp", tail: ["-q", "-b", "-", "TARGET"], input }));
        assert.deepEqual(seen.filter((s) => s["event.action"] === "ssh_file_transfer").map((s) => [s["file.path"], s["file.direction"]]),
                         [[`${home}/in/one`, "upload"], [`${home}/in/two`, "upload"], [`${home}/in/one`, "download"]]);
      }
    });

    for (const user of ["oswaldo", "root"])
      test(`-N as ${user}, then the client is killed`, async () => {
        await sees(sshd, session, async () => {
          const from = watch.seen.length;
          const child = await sshd.client({ user, key: keys.ed25519, options: fast, tail: ["-N", "TARGET"] });
          await watch.until(() => watch.of("ssh_login", from).length, "its login");
          child.kill("SIGKILL");
          await ended(child);
        });
      });

    test("ControlMaster: one login, many commands", async () => {
      const socket = join(sshd.folder, "control");
      const { commands } = await sees(sshd, session, async () => {
        const master = await sshd.client({ user: "oswaldo", key: keys.ed25519, options: fast, tail: ["-M", "-S", socket, "-N", "TARGET"] });
        await sshd.until(() => run("ssh", ["-S", socket, "-O", "check", "x"]).catch(() => null), "the master");
        for (const word of ["one", "two", "three"]) await run("ssh", ["-S", socket, "-p", String(sshd.port), "x@127.0.0.1", `/bin/echo ${word}`]);
        await run("ssh", ["-S", socket, "-O", "exit", "x"]);
        await ended(master);
      });
      assert.deepEqual(commands.filter((line) => line.startsWith("/bin/echo")), ["/bin/echo one", "/bin/echo two", "/bin/echo three"]);
    });

    test("a connection out of a session, by a program and by forwarding", async () => {
      const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      const { port } = server.address();
      const out = { ...session, connection_out: 1 };
      const command = `perl -MIO::Socket::INET -e 'IO::Socket::INET->new("127.0.0.1:${port}") or die'`;
      for (const options of [{ command }, { tail: ["-W", `127.0.0.1:${port}`, "TARGET"] }]) {
        const { seen } = await sees(sshd, out, () => login(sshd, { user: "oswaldo", key: keys.ed25519, ...options }));
        const [made] = seen.filter((sighting) => sighting["event.action"] === "connection_out");
        assert.deepEqual([made["destination.ip"], made["destination.port"]], ["127.0.0.1", String(port)]);
        assert.ok(made["source.port"] > 0);
      }
      server.close();
    });

    test("IPv6, a v4-mapped address and an sshd for each connection", async (t) => {
      const each = await room(t, { users: { oswaldo: {} }, listen: "::", each: true });
      for (const from of ["::1", "127.0.0.7"]) {
        const { logins } = await sees(each, session, () => login(each, { user: "oswaldo", key: keys.ed25519, from }));
        assert.equal(logins[0]["source.ip"], from);
      }
    });

    test("LogLevel QUIET", async (t) => {
      const quiet = await room(t, { users: { oswaldo: {} }, config: ["LogLevel QUIET"] });
      quiet.quiet = true;
      const { logins } = await sees(quiet, session, () => login(quiet, { user: "oswaldo", key: keys.rsa, from: "127.0.0.9" }));
      assert.equal(logins[0]["ssh.key.fingerprint"], keys.rsa.fingerprint);
      assert.equal(logins[0]["source.ip"], "127.0.0.9");
      assert.ok(!quiet.lines.some((line) => line.message.startsWith("Accepted")));
    });

    test("turned away: a wrong password, an unknown user, a key nobody lists", async () => {
      const attempt = async (options, expected) => {
        const { seen } = await sees(sshd, { ssh_connection_start: 1, ssh_auth_failure: expected.length }, () => login(sshd, options));
        const failures = seen.filter((sighting) => sighting["event.action"] === "ssh_auth_failure");
        assert.deepEqual(failures.map((f) => [f["user.name"], f["ssh.method"], f["ssh.key.fingerprint"], "event.reason" in f]), expected);
        assert.ok(failures.every((f) => !JSON.stringify(f).includes("not the one")), "no password");
      };
      const options = ["PreferredAuthentications=password"];
      await attempt({ user: "oswaldo", password: "not the one", options }, [["oswaldo", "password", undefined, false]]);
      await attempt({ user: "oswaldo", password: "not the one", options: ["PreferredAuthentications=keyboard-interactive"] },
                    [["oswaldo", "keyboard-interactive", undefined, false]]);
      await attempt({ user: "nosuch", password: "not the one", options }, [["nosuch", undefined, undefined, true], ["nosuch", "password", undefined, true]]);
      await attempt({ user: "oswaldo", key: keys.stranger, options: ["PreferredAuthentications=publickey"] }, [["oswaldo", "publickey", keys.stranger.fingerprint, false]]);
    });

    test("two factors are one login; the first alone is none", async (t) => {
      const both = await room(t, { users: { oswaldo: { password } }, config: ["AuthenticationMethods publickey,password"] });
      const options = ["PasswordAuthentication=yes"];
      const { logins } = await sees(both, session, () => login(both, { user: "oswaldo", key: keys.ed25519, password, options }));
      assert.equal(logins[0]["ssh.method"], "password");
      await sees(both, { ssh_connection_start: 1 }, () => login(both, { user: "oswaldo", key: keys.ed25519 }));
      await sees(both, { ssh_connection_start: 1, ssh_auth_failure: 1 }, () => login(both, { user: "oswaldo", key: keys.ed25519, password: "no", options }));
    });

    for (const whom of ["monitor", "server"])
      test(`a session killed by its ${whom}`, async () => {
        await sees(sshd, session, async () => {
          const from = watch.seen.length;
          const child = await sshd.client({ user: "oswaldo", key: keys.ed25519, options: fast, command: "exec sleep 30" });
          const command = await watch.until(() => watch.of("ssh_command_start", from).at(-1), "its command");
          const pid = whom === "server" ? Number(command["command.parent_pid"]) : command["process.pid"];
          process.kill(pid, "SIGKILL");
          if (whom === "monitor") child.kill();
          await ended(child);
        });
      });

    test("the client is gone between authentication and session", async () => {
      // A relay that counts the bytes that the client sends until it is let in, and next time cuts the line after as
      // many: not the pieces they come in, which differ. A little sooner, within the last piece: their number may vary.
      const slack = 16;
      const relay = (cutAfter) => new Promise((resolve) => {
        const server = createServer((client) => {
          let count = 0, over = false;
          const upstream = createConnection({ host: "127.0.0.1", port: sshd.port, localAddress: "127.0.0.1" });
          client.on("error", () => {});
          upstream.on("error", () => {});
          upstream.on("data", (chunk) => client.write(chunk));
          client.on("data", (chunk) => {
            count += chunk.length;
            if (!over) upstream.write(chunk);
            if (!over && count >= cutAfter - slack) {
              over = true;
              setImmediate(() => upstream.resetAndDestroy());
              client.destroy();
            }
            server.count = count;
          });
          client.on("close", () => upstream.destroy());
          upstream.on("close", () => client.destroy());
        });
        server.listen(0, "127.0.0.1", () => resolve(server));
      });
      const counting = await relay(Infinity);
      const options = [...fast, "PreferredAuthentications=publickey"];
      let sent;
      await sees(sshd, session, async () => {
        const from = watch.seen.length;
        const child = await sshd.client({ user: "oswaldo", key: keys.ed25519, options, port: counting.address().port, tail: ["-N", "TARGET"] });
        await watch.until(() => watch.of("ssh_login", from).length, "the login");
        sent = counting.count;
        child.kill();
        await ended(child);
      });
      counting.close();
      const cutting = await relay(sent);
      await sees(sshd, session, async () => {
        const child = await sshd.client({ user: "oswaldo", key: keys.ed25519, options, port: cutting.address().port, tail: ["-N", "TARGET"] });
        const uncut = setTimeout(() => child.kill(), 20_000);
        await ended(child);
        clearTimeout(uncut);
        assert.ok(!child.killed, "the relay never cut the line");
      });
      cutting.close();
    });

    test("what sshd handed to syslog, to the word", async () => {
      const heard = (room) => room.lines.filter((line) => line.program.startsWith("sshd")).map((line) => `${line.pid} ${line.message}`);
      const pids = new Set(sshd.lines.map((line) => line.pid));
      const said = () => watch.of("ssh_log_line").filter((s) => pids.has(s["process.pid"]) || pids.has(s["command.pid"])).map((s) => s.message);
      await watch.until(() => said().length >= heard(sshd).length, "as many lines");
      assert.deepEqual(said(), heard(sshd).map((line) => line.slice(line.indexOf(" ") + 1)));
    });

    test("nothing was lost", () => assert.deepEqual(watch.lost, { logins: 0, detail: 0 }));
  });
}

generation("Debian 12's OpenSSH", "", async () => {});
generation("OpenSSH 10.0", next, async () => run(fileURLToPath(new URL("lib/openssh-next.sh", import.meta.url)), [next]));
