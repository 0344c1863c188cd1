// The program as an operator meets it: start, signals, reload, a full disk, and what its commands say and exit with.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";

const execute = promisify(execFile);
const quiet = { notify: { group_window: "0s" } };  // each login its own approval
let port = 20000;
const login = (more = {}) => papertrailEvent({ message: acceptedLine({ port: port++, ...more }) });

/** Runs `countersign ARGS…`: {code, out, err}. */
async function command(...args) {
  const input = typeof args.at(-1) === "object" ? args.pop().input : "";
  const running = execute(process.env.COUNTERSIGN, args, { maxBuffer: 16 << 20 });
  running.child.stdin.on("error", () => {});
  running.child.stdin.end(input);
  return running.then(({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
                      ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }));
}

async function started(t, options = { config: quiet }) {
  const countersign = await Countersign.start(options);
  t.after(() => countersign.stop());
  return countersign;
}

/** A request whose body is sent in two parts: {rest(), answer}. */
function halfSent(countersign, event) {
  const body = new URLSearchParams({ payload: JSON.stringify({ events: [event] }) }).toString();
  const { hostname, port: to } = new URL(countersign.url);
  const socket = createConnection({ host: hostname, port: to });
  socket.write(`POST /webhooks/papertrail?token=${countersign.webhookToken} HTTP/1.1\r\nHost: x\r\n` +
               `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 100)}`);
  let text = "";
  socket.on("data", (chunk) => (text += chunk)).on("error", () => {});
  return { rest: () => socket.write(body.slice(100)), answer: new Promise((resolve) => socket.once("close", () => resolve(text))) };
}

describe("signals", () => {
  test("port 0 shows the real one, and it answers there", async (t) => {
    const countersign = await started(t);
    assert.match(countersign.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    assert.equal((await countersign.api("/healthz", { role: null })).status, 200);
    const ready = await countersign.api("/readyz", { role: null });
    assert.equal(ready.status, 200);
    assert.equal(ready.body.status, "ok");
  });

  test("SIGTERM finishes the request in flight and exits 0", async (t) => {
    const countersign = await started(t);
    const half = halfSent(countersign, login());
    await countersign.until(async () => /countersign_http_connections_open [2-9]/.test((await countersign.api("/metrics")).body));
    const began = Date.now();
    countersign.child.kill("SIGTERM");
    await countersign.until(() => countersign.log.includes("finishing what is in flight"));
    half.rest();
    assert.match(await half.answer, /^HTTP\/1\.1 200 /);
    assert.deepEqual(await countersign.exited, { code: 0, signal: null });
    assert.ok(Date.now() - began < 10_000);
    await countersign.restart();
    assert.equal((await countersign.approvals()).length, 1, "what was answered is kept");
  });

  test("SIGTERM with a client that never finishes: 0 within 10 s all the same", async (t) => {
    const countersign = await started(t);
    const half = halfSent(countersign, login());
    await countersign.until(async () => /countersign_http_connections_open [2-9]/.test((await countersign.api("/metrics")).body));
    const began = Date.now();
    assert.deepEqual(await countersign.end(), { code: 0, signal: null });
    assert.ok(Date.now() - began < 10_000, `${Date.now() - began} ms`);
    assert.doesNotMatch(await half.answer, / 200 /);
  });

  test("SIGHUP reloads people; a bad file is refused whole", async (t) => {
    const countersign = await started(t);
    const personOf = async (user) => {
      await countersign.papertrail([login({ user })]);
      return (await countersign.approvals({ limit: 1 }))[0].person;
    };
    assert.equal(await personOf("bob"), null);
    await appendFile(countersign.configFile, '[[person]]\nname = "Bob"\nunix_users = ["bob"]\n');
    countersign.child.kill("SIGHUP");
    await countersign.until(() => countersign.log.includes("reloaded"));
    assert.equal(await personOf("bob"), "Bob");

    await appendFile(countersign.configFile, '[[person]]\nname = "Carol"\nunix_users = ["carol"]\nshoe_size = 38\n');
    countersign.child.kill("SIGHUP");
    await countersign.until(() => countersign.log.includes("refused whole"));
    assert.match(countersign.log, /countersign\.toml:\d+: .*shoe_size/);
    assert.equal(await personOf("carol"), null, "nothing of a bad file is used");
    assert.equal(await personOf("bob"), "Bob", "what was read before stays");
  });

  test("SIGHUP with a folder, a pipe or a link to nothing where a file should be: refused, and the service goes on", async (t) => {
    const countersign = await started(t);
    const folder = join(dirname(countersign.configFile), "odd.d");
    await mkdir(folder);
    await appendFile(countersign.configFile, '[people]\ndirectory = "odd.d"\n[[person]]\nname = "Dora"\nunix_users = ["dora"]\n');
    const odd = join(folder, "f.toml");
    const put = [[() => mkdir(odd), /odd\.d\/f\.toml:1: .*a folder/], [() => execute("mkfifo", [odd]), /odd\.d\/f\.toml:1: .*a pipe/],
                 [() => symlink("nowhere", odd), /odd\.d\/f\.toml:1: .*No such file/]];
    for (const [index, [make, says]] of put.entries()) {
      await make();
      countersign.child.kill("SIGHUP");
      await countersign.until(() => countersign.log.split("refused whole").length === index + 2);
      assert.match(countersign.log, says);
      await countersign.papertrail([login({ user: "dora" })]);
      assert.equal((await countersign.approvals({ limit: 1 }))[0].person, null, "the configuration read before stands");
      const checked = await command("check", "--config", countersign.configFile);
      assert.equal(checked.code, 2);
      assert.match(checked.out, says);
      const second = await command("serve", "--config", countersign.configFile);
      assert.equal(second.code, 2);
      assert.match(second.err, says);
      await rm(odd, { recursive: true });
    }
    countersign.child.kill("SIGHUP");
    await countersign.until(() => countersign.log.includes("reloaded"));
  });

  test("a second server on the same store is refused, and the first goes on", async (t) => {
    const countersign = await started(t);
    const second = await command("serve", "--config", countersign.configFile);
    assert.equal(second.code, 2);
    assert.equal(second.out, "");
    assert.match(second.err, new RegExp(`another countersign \\(pid ${countersign.child.pid}\\) has it open`));
    assert.equal((await countersign.papertrail([login()])).status, 200);
  });
});

test("a full disk: 503, /readyz says why, nothing acknowledged is lost, and it recovers by itself", async (t) => {
  const disk = await mkdtemp(join(tmpdir(), "countersign-disk-"));
  const refused = await execute("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", disk]).then(() => null, (error) => error.stderr?.trim() || error.message);
  if (refused) {
    await rm(disk, { recursive: true });
    assert.notEqual(process.env.REQUIRE_ALL, "1", `REQUIRE_ALL=1 and no tmpfs can be mounted: ${refused}`);
    console.log(`SKIPPED: no tmpfs can be mounted: ${refused}`);
    return t.skip(`SKIPPED: no tmpfs can be mounted: ${refused}`);
  }
  let countersign;
  t.after(async () => {
    await countersign?.stop();
    await execute("umount", [disk]);
    await rm(disk, { recursive: true });
  });
  countersign = await Countersign.start({ config: { ...quiet, store: { url: `sqlite:${join(disk, "countersign.db")}` } } });
  const acknowledged = [];
  const post = async (event) => {
    const { status, headers } = await countersign.papertrail([event]);
    if (status === 200) acknowledged.push(event);
    return { status, headers };
  };
  assert.equal((await post(login())).status, 200);
  const ballast = join(disk, "ballast");
  await writeFile(ballast, Buffer.alloc(4 << 20)).catch((error) => assert.equal(error.code, "ENOSPC"));

  let unlucky, answer;
  do answer = await post((unlucky = login()));  // the log may have some room yet
  while (answer.status === 200 && acknowledged.length < 2000);
  assert.equal(answer.status, 503);
  assert.ok(answer.headers.get("retry-after"));
  const ready = await countersign.api("/readyz", { role: null });
  assert.equal(ready.status, 503);
  assert.match(ready.body.reasons.join(), /store/);
  assert.equal((await countersign.api("/healthz", { role: null })).status, 200, "alive all the same");

  await rm(ballast);
  await countersign.until(async () => (await countersign.api("/readyz", { role: null })).status === 200, { what: "ready again" });
  assert.equal((await post(unlucky)).status, 200);
  await countersign.restart("SIGKILL");
  const kept = [];
  for (let cursor = ""; cursor !== undefined;) {
    const { body } = await countersign.api(`/api/v1/events?limit=1000${cursor && `&cursor=${cursor}`}`);
    kept.push(...body.events.map((event) => event["source.port"]));
    cursor = body.next_cursor;
  }
  const sent = acknowledged.map(({ message }) => Number(/port (\d+)/.exec(message)[1]));
  assert.deepEqual(kept.sort(), sent.sort(), "each once");
});

describe("commands", () => {
  let folder;
  before(async () => (folder = await mkdtemp(join(tmpdir(), "countersign-commands-"))));
  after(() => rm(folder, { recursive: true }));

  const key = "SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG";
  async function config(name, text) {
    await writeFile(join(folder, "token"), "a-long-enough-token\n", { mode: 0o600 });
    const file = join(folder, name);
    await writeFile(file, `[store]\nurl = "sqlite:${join(folder, "countersign.db")}"\n[webhook.papertrail]\nprovider = "papertrail"\n` +
                          `token_file = "token"\n${text}`);
    return file;
  }

  test("check: 0 for a good file, warnings or not", async () => {
    const good = await config("good.toml", '[[person]]\nname = "Oswaldo"\nunix_users = ["oswaldo"]\n');
    assert.equal((await command("check", "--config", good)).code, 0);
    const warned = await config("warned.toml", '[retention]\nevents = "400d"\n');
    const { code, out } = await command("check", "--config", warned);
    assert.equal(code, 0);
    assert.match(out, /warned\.toml:\d+: .*warning/);
  });

  test("check: 2, with the place, the fault and the mend", async () => {
    const unknown = await config("unknown.toml", '[notify]\nescalate_aftr = "30m"\n');
    const first = await command("check", "--config", unknown);
    assert.equal(first.code, 2);
    assert.match(first.out, /unknown\.toml:7: .*'escalate_aftr'.*did you mean 'escalate_after'/);

    const shared = await config("shared.toml", `[[person]]\nname = "A"\nkey_fingerprints = ["${key}"]\n[[person]]\nname = "B"\nkey_fingerprints = ["${key}"]\n`);
    const second = await command("check", "--config", shared);
    assert.equal(second.code, 2);
    assert.match(second.out, /shared\.toml:11: .*both A and B/);
    const json = await command("check", "--config", shared, "--format", "json");
    assert.equal(JSON.parse(json.out.trim().split("\n")[0]).line, 11);

    assert.equal((await command("check", "--config", join(folder, "none.toml"))).code, 2);
    assert.equal((await command("check")).code, 2);
    const serve = await command("serve", "--config", unknown);
    assert.equal(serve.code, 2);
    assert.match(serve.err, /did you mean 'escalate_after'/);
  });

  test("explain: 0 with rule, fields and person; 1 where no rule reads it", async () => {
    const file = await config("explain.toml", '[[person]]\nname = "Oswaldo"\nunix_users = ["oswaldo"]\n');
    const known = await command("explain", "--config", file, "--format", "json", acceptedLine());
    assert.equal(known.code, 0, known.err);
    const told = JSON.parse(known.out);
    assert.equal(told.rule, "sshd.accepted");
    assert.equal(told.event["user.name"], "oswaldo");
    assert.equal(told["leads to"].person, "Oswaldo");
    assert.equal((await command("explain", "there is no such message")).code, 1);
    // A JSON object of no program's is read by the rules for JSON; what a program is named of, by that one's.
    const signin = '{"uuid":"u","published":"2026-11-20T01:02:03Z","eventType":"user.session.start","outcome":{"result":"SUCCESS"}}';
    const ruleOf = async (...words) => JSON.parse((await command("explain", "--format", "json", ...words)).out).rule;
    assert.equal(await ruleOf(signin), "okta.signin");
    assert.equal(await ruleOf("--program", "", signin), "okta.signin");
    assert.equal(await ruleOf("--program", "sshd", signin), null);
    const unknown = await command("explain", '{"a":1}');
    assert.equal(unknown.code, 1);
    assert.match(unknown.out, /no rule for JSON or for sshd reads this/);
    assert.equal((await command("explain", "--program", "crond", acceptedLine())).code, 1);
    assert.equal((await command("explain")).code, 2);
  });

  test("parse: one object an event, from every kind of line", async () => {
    const stamp = [`<38>1 2026-11-20T01:02:03.5Z web1 sshd 2211 - - `, `<38>Nov 20 01:02:03 web1 sshd[2211]: `,
                   `2026-11-20T01:02:03.5+00:00 web1 sshd-session[2211]: `];
    const input = [...stamp.map((head, i) => head + acceptedLine({ port: 1000 + i })),
                   "Nov 20 01:02:03 web1 sshd[2211]: message repeated 2 times: [ Accepted password for bob from 198.51.100.4 port 2222 ssh2]",
                   "Nov 20 01:02:03 web1 sshd[2211]: Server listening on :: port 22.",
                   "Nov 20 01:02:03 web1 sshd[2211]: nobody ever saw this line",
                   "Nov 20 01:02:03 web1 crond[9]: Accepted publickey for eve from 1.2.3.4 port 5 ssh2"].join("\r\n") + "\n";
    const { code, out } = await command("parse", { input });
    assert.equal(code, 0);
    const events = out.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(events.map((e) => e["source.port"]), [1000, 1001, 1002, 2222]);
    assert.ok(events.every((e) => e["host.name"] === "web1" && e["process.pid"] === 2211 && e["rule.id"]));
    assert.equal(events[3]["event.count"], 2);
    const stats = JSON.parse((await command("parse", "--stats", { input })).out);
    assert.deepEqual({ lines: stats.lines, events: stats.events, quarantined: stats.quarantined, ignored: stats.ignored },
                     { lines: 7, events: 4, quarantined: 1, ignored: 2 });
    assert.equal((await command("parse", join(folder, "no-such-file"))).code, 2);
  });

  test("approvals: list, show, approve, deny, and what they exit with", async (t) => {
    const countersign = await started(t);
    await countersign.papertrail([login(), login()]);
    const token = join(countersign.folder, "security.token");
    const approvals = (...args) => command("approvals", ...args, "--server", countersign.url, "--token-file", token);
    const listed = await approvals("list", "--format", "json", "--state", "pending");
    assert.equal(listed.code, 0, listed.err);
    const [first, second] = JSON.parse(listed.out).approvals.map(({ id }) => id);
    assert.match((await approvals("list")).out, new RegExp(`${first} .*Oswaldo`));
    const shown = await approvals("show", first, "--format", "json");
    assert.equal(JSON.parse(shown.out).id, first);

    assert.equal((await approvals("approve", first, "--reason", "a planned visit")).code, 0);
    const again = await approvals("approve", first);
    assert.equal(again.code, 1, "it is decided");
    assert.match(again.err, /security-token/);
    assert.equal((await approvals("deny", second)).code, 0);
    assert.equal((await approvals("show", "0000000000000")).code, 1, "unknown");
    const states = (await countersign.approvals()).map(({ state }) => state).sort();
    assert.deepEqual(states, ["approved", "denied"]);

    const viewer = await command("approvals", "approve", first, "--server", countersign.url, "--token-file", join(countersign.folder, "viewer.token"));
    assert.notEqual(viewer.code, 0);
    await writeFile(join(folder, "wrong"), "not the token\n");
    assert.equal((await command("approvals", "list", "--server", countersign.url, "--token-file", join(folder, "wrong"))).code, 2);
    assert.equal((await command("approvals", "list", "--server", "http://127.0.0.1:9", "--token-file", token)).code, 2);
    assert.equal((await command("approvals", "nonsense")).code, 2);
  });

  test("--help everywhere", async () => {
    for (const words of [[], ["serve"], ["check"], ["parse"], ["explain"], ["approvals"], ["approvals", "list"], ["events"]])
      assert.equal((await command(...words, "--help")).code, 0, words.join(" "));
    assert.equal((await command("no-such-command")).code, 2);
  });
});
