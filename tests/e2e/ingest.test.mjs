// Lines brought by hand: each event once however often they are brought, nobody asked unless that is wanted.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";

let server, file;

const ingest = (args, input) => command("ingest", "--config", server.configFile, ...args, { input });

function command(...words) {
  const { input = "" } = typeof words.at(-1) === "object" ? words.pop() : {};
  return new Promise((resolve) => {
    const child = execFile(process.env.COUNTERSIGN, words,
                           (error, out, err) => resolve({ code: error?.code ?? 0, out, err }));
    child.stdin.on("error", () => {});  // it may end without reading
    child.stdin.end(input);
  });
}

const running = () => ["--server", server.url, "--format", "json", "--source", "papertrail"];

before(async () => {
  server = await Countersign.start({ config: { webhook: { narrow: { provider: "json", token: "t", hosts: ["web*"] } } } });
  file = join(server.folder, "auth.log");
  const lines = [];
  for (let i = 0; i < 2500; ++i)
    lines.push(`2026-11-19T10:00:${String(i % 60).padStart(2, "0")}Z bastion sshd[${1000 + i}]: ` +
               (i % 5 === 0 ? acceptedLine({ port: 20000 + i }) : `Connection closed by 203.0.113.7 port ${20000 + i} [preauth]`));
  lines.push("2026-11-19T10:01:00Z bastion sshd[7]: something no rule understands");
  await writeFile(file, lines.join("\n") + "\n");
});

after(() => server?.stop());

test("a file: every event once, also the second time; nobody is asked", async () => {
  const first = await ingest([...running(), file]);
  assert.equal(first.code, 0, first.err);
  assert.deepEqual(JSON.parse(first.out), { received: 2501, events: 500, duplicates: 0, quarantined: 1, ignored: 2000 });
  const again = JSON.parse((await ingest([...running(), file])).out);
  assert.deepEqual([again.events, again.quarantined + again.duplicates], [0, 501]);
  assert.equal((await server.approvals()).length, 0);
});

test("files in gzip, as logrotate leaves them; a damaged one says so and its good lines count", async () => {
  const lines = (first) => Array.from({ length: 30 }, (_, i) =>
    `2026-11-19T11:00:00Z bastion sshd[1]: ${acceptedLine({ address: "203.0.113.9", port: first + i })}\n`).join("");
  const whole = join(server.folder, "auth.log.2.gz"), cut = join(server.folder, "auth.log.3.gz");
  await writeFile(whole, gzipSync(lines(1000)));
  const packed = gzipSync(lines(2000));
  await writeFile(cut, packed.subarray(0, packed.length - 4));
  const good = await ingest([...running(), whole]);
  assert.equal(good.code, 0, good.err);
  assert.equal(JSON.parse(good.out).events, 30);
  const bad = await ingest([...running(), cut, whole]);
  assert.equal(bad.code, 2);
  assert.match(bad.err, /auth.log.3.gz is damaged or cut/);
  const { events, duplicates } = JSON.parse(bad.out);
  assert.deepEqual([events, duplicates], [30, 30]);
});

test("the half line where a gzip was cut is no login: the whole file brings each once", async () => {
  const lines = Array.from({ length: 300 }, (_, i) =>
    `2026-11-19T12:00:00Z cutter sshd[${i}]: ${acceptedLine({ address: "203.0.113.45", port: 30000 + i * 97 % 10007 })}\n`);
  const whole = join(server.folder, "whole.log.gz"), packed = gzipSync(lines.join(""));
  await writeFile(whole, packed);
  for (const size of [packed.length >> 1, (packed.length >> 1) + 7, packed.length - 40, packed.length - 12]) {
    const cut = join(server.folder, "cut.log.gz");
    await writeFile(cut, packed.subarray(0, size));
    const part = await ingest([...running(), cut]);
    assert.equal(part.code, 2);
    assert.match(part.err, /its last lines are missing/);
    assert.equal(JSON.parse(part.out).quarantined, 0, "half a line");
    const parsed = await command("parse", cut);
    assert.equal(parsed.code, 2);
    for (const line of parsed.out.trim().split("\n")) assert.ok(JSON.parse(line)["ssh.key.fingerprint"].endsWith("ABCDEFG"), line);
  }
  assert.equal((await ingest([...running(), whole])).code, 0);
  const { body } = await server.api("/api/v1/events?limit=1000&query=host.name%3Dcutter");
  assert.equal(body.events.length, 300);
});

test("a last line without its end counts where the file ended well", async () => {
  const line = (port) => `2026-11-19T12:10:00Z bastion sshd[1]: ${acceptedLine({ address: "203.0.113.46", port })}`;
  const packed = join(server.folder, "no-newline.gz");
  await writeFile(packed, gzipSync(line(1)));
  assert.equal(JSON.parse((await ingest([...running(), packed])).out).events, 1);
  assert.equal(JSON.parse((await ingest(running(), line(2))).out).events, 1);
});

test("standard input, bare messages; with --ask its person is asked", async () => {
  const { code, out } = await ingest([...running(), "--input", "message", "--host", "web1", "--ask"], acceptedLine({ port: 1 }) + "\n");
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).events, 1);
  const approvals = await server.until(async () => (await server.approvals()).length === 1 && (await server.approvals()));
  assert.equal(approvals[0].events[0]["host.name"], "web1");
});

test("a thousand lines that nobody can read stop nothing: they are in quarantine, and the rest goes on", async () => {
  const good = (port) => JSON.stringify({ message: acceptedLine({ address: "203.0.113.47", port }), program: "sshd", host: "jsonl1", "@timestamp": "2026-11-19T12:20:00Z" });
  const lines = [...Array.from({ length: 1000 }, (_, i) => good(1 + i)), ...Array(1000).fill("not json"), ...Array.from({ length: 5 }, (_, i) => good(2001 + i))];
  const args = [...running(), "--input", "jsonl"], input = lines.join("\n") + "\n";
  const first = await ingest(args, input);
  assert.equal(first.code, 0, first.err);
  assert.deepEqual(JSON.parse(first.out), { received: 2005, events: 1005, duplicates: 0, quarantined: 1000, ignored: 0 });
  assert.deepEqual(JSON.parse((await ingest(args, input)).out), { received: 2005, events: 0, duplicates: 2005, quarantined: 0, ignored: 0 });
});

test("a line no request has room for stops nothing: it is counted, and the exit is 2", async () => {
  const line = (port) => `2026-11-19T12:30:00Z bastion sshd[1]: ${acceptedLine({ address: "203.0.113.48", port })}`;
  const long = (size) => `2026-11-19T12:30:00Z bastion sshd[1]: ${"x".repeat(size)}`;
  const { code, out, err } = await ingest(running(), [line(1), long(500_000), long(600_000), long(2_000_000), line(2)].join("\n") + "\n");
  assert.equal(code, 2);
  assert.equal(err, "-:4: left out: longer than any request may be\n1 line is too large for a request: left out\n");
  assert.deepEqual(JSON.parse(out), { received: 4, events: 2, duplicates: 0, quarantined: 2, ignored: 0 });
});

test("a line of too many parts is left out alone, with its file and number; what went with it is taken", async () => {
  const good = (port) => JSON.stringify({ message: acceptedLine({ address: "203.0.113.51", port }), program: "sshd", host: "jsonl2", "@timestamp": "2026-11-19T12:35:00Z" });
  const parts = `[${Array(100_100).fill("{}").join(",")}]`;
  const lines = Array.from({ length: 1200 }, (_, i) => (i === 6 ? "" : [0, 300, 1100].includes(i) ? parts : good(1 + i)));
  const named = join(server.folder, "parts.jsonl");
  await writeFile(named, lines.join("\n") + "\n");
  const args = [...running(), "--input", "jsonl", named];
  const { code, out, err } = await ingest(args);
  assert.equal(code, 2);
  for (const number of [1, 301, 1101])
    assert.ok(err.includes(`${named}:${number}: left out: more than 100000 parts in one delivery; send smaller batches\n`), err);
  assert.match(err, /^3 lines are too large for a request: left out$/m);
  assert.deepEqual(JSON.parse(out), { received: 1196, events: 1196, duplicates: 0, quarantined: 0, ignored: 0 });
  assert.equal(JSON.parse((await ingest(args)).out).duplicates, 1196);
});

test("of many lines left out twenty are named, and all are counted", async () => {
  const { code, err } = await ingest(running(), `${"x".repeat(1_100_000)}\n`.repeat(25));
  assert.equal(code, 2);
  assert.equal(err.split("\n").length, 22);
  assert.match(err, /^-:20: left out: .*\n25 lines are too large for a request: left out\n$/m);
});

test("an input that can't be read is named, and what the others brought is sent and summed", async () => {
  const line = (port) => `2026-11-19T12:40:00Z bastion sshd[1]: ${acceptedLine({ address: "203.0.113.49", port })}\n`;
  for (const [port, name, error] of [[1, join(server.folder, "nosuch"), "No such file or directory"], [2, server.folder, "Is a directory"]]) {
    const { code, out, err } = await ingest([...running(), "-", name], line(port));
    assert.equal(code, 2);
    assert.equal(err, `can't read ${name}: ${error}\n`);
    assert.equal(JSON.parse(out).events, 1);
  }
});

test("ask is yes or no; help names the default input", async () => {
  const body = JSON.stringify({ message: "Connection closed", program: "sshd", host: "bastion" });
  for (const [ask, status] of [["maybe", 400], ["YES", 400], ["no", 200], ["yes", 200]])
    assert.equal((await server.api(`/api/v1/ingest?source=papertrail&ask=${ask}`, { role: "security", body })).status, status, ask);
  assert.match((await command("ingest", "--help")).out.replace(/\s+/g, " "), /syslog lines \(the default\)/);
});

test("a query that is none is shown with the place of its fault", async () => {
  const asked = (query) => new Promise((resolve) => {
    execFile(process.env.COUNTERSIGN, ["events", "--config", server.configFile, query], (error, out, err) => resolve({ code: error?.code ?? 0, err }));
  });
  assert.deepEqual(await asked("user.name=oswaldo AND"),
                   { code: 2, err: "position 22: expected a field, such as user.name=oswaldo\n  user.name=oswaldo AND\n                       ^\n" });
  assert.equal((await asked("(user.name=x")).code, 2);
});

test("events tell a failure from a login, and name no part that isn't there", async () => {
  const lines = [acceptedLine({ address: "203.0.113.50", port: 1 }), "Failed password for oswaldo from 203.0.113.50 port 999 ssh2",
                 "Server listening on 0.0.0.0 port 22."];
  const at = "2026-11-19T12:50:00";
  assert.equal((await ingest(running(), lines.map((line, i) => `${at}.${i}Z web9 sshd[1]: ${line}\n`).join(""))).code, 0);
  const { out } = await command("events", "--config", server.configFile, "--server", server.url, "host.name=web9");
  assert.match(out, /ssh_login oswaldo@web9 from 203\.0\.113\.50 port 1 publickey SHA256:\S+$/m);
  assert.match(out, /ssh_\w+ failed oswaldo@web9 from 203\.0\.113\.50 port 999 password$/m);
  assert.doesNotMatch(out, /from +port|from *$|port *$| $/m);
});

test("a span that ends before it begins is an error", async () => {
  for (const words of [["events"], ["approvals", "list"]])
    for (const [to, code] of [["2026-11-19T10:00:00Z", 2], ["2026-11-19T13:00:00+01:00", 0]])
      assert.equal((await command(...words, "--config", server.configFile, "--server", server.url, "--from", "2026-11-19T12:00:00Z", "--to", to)).code, code, to);
});

test("a webhook's name binds as its token does, and nobody speaks as an agent", async () => {
  const line = (host) => `2026-11-19T11:00:00Z ${host} sshd[1]: ${acceptedLine({ port: 4 })}\n`;
  const args = ["--server", server.url, "--format", "json"];
  const { out } = await ingest([...args, "--source", "narrow"], line("web7") + line("bastion"));
  assert.deepEqual(JSON.parse(out), { received: 2, events: 1, duplicates: 0, quarantined: 1, ignored: 0 });
  const { code, err } = await ingest([...args, "--source", "agent:bastion"], line("bastion"));
  assert.equal(code, 2);
  assert.match(err, /from agents alone/);
});

test("a program's token brings lines of configured sources alone: another is refused with the one that is meant, or with those there are", async () => {
  const line = `2026-11-19T11:00:00Z bastion sshd[1]: ${acceptedLine({ port: 6 })}`;
  const brought = (source, role) => server.api(`/api/v1/ingest?source=${source}`, { role, body: JSON.stringify({ message: line }) });
  for (const [source, mend] of [["papertrial", /did you mean 'papertrail'\?/], ["somebody-else", /there are .*narrow/]]) {
    const reply = await brought(source, "ingest");
    assert.equal(reply.status, 400);
    assert.match(JSON.stringify(reply.body), mend);
  }
  assert.equal((await brought("papertrail", "ingest")).status, 200);
  assert.equal((await brought("an-old-disk", "security")).status, 200);
});

test("who brings a login first takes no question away: the webhook's own line asks, once", async () => {
  const port = 7777, line = acceptedLine({ port, address: "203.0.113.77" });
  const before = (await server.approvals()).length;
  const brought = await ingest(["--server", server.url, "--format", "json", "--source", "narrow", "--input", "message", "--host", "web7"], line + "\n");
  assert.equal(JSON.parse(brought.out).events, 1);
  assert.equal((await server.approvals()).length, before);
  const event = papertrailEvent({ message: line, host: "web7", id: 7777 });
  for (let i = 0; i < 2; ++i) assert.equal((await server.papertrail([event])).status, 200);
  const approvals = await server.until(async () => (await server.approvals()).length > before && (await server.approvals()));
  assert.equal(approvals.length, before + 1);
  assert.equal(approvals[0].events.length, 1);
  assert.equal(approvals[0].events[0]["source.port"], port);
  assert.equal(approvals[0].events[0].sightings.length, 2);
});

test("a file that isn't there, and a server that isn't", async () => {
  const missing = await ingest([...running(), "/nowhere/auth.log"]);
  assert.equal(missing.code, 2);
  assert.match(missing.err, /can't read \/nowhere\/auth.log/);
  assert.equal((await ingest(["--server", "http://127.0.0.1:1", "--source", "x", file])).code, 2);
});

test("a token the server does not know is named by where it came from, and nothing is counted beside the refusal", async () => {
  const name = join(server.folder, "wrong.token"), token = "not-one-of-yours";
  await writeFile(name, token);
  const own = ["--server", server.url, "--token-file", name];
  const old = join(server.folder, "old.toml");
  await writeFile(old, `[server]\nlisten = "${new URL(server.url).host}"\n[[api_token]]\nname = "old"\nrole = "security"\ntoken_file = "wrong.token"\n`);
  for (const [args, from] of [[own, name], [["--config", old], `[[api_token]] "old" in ${old}`]]) {
    const { code, out, err } = await command("ingest", ...args, "--source", "papertrail", file);
    assert.deepEqual([code, out, err], [2, "", `the API token of ${from} is unknown to ${server.url}\n`]);
    assert.ok(!err.includes(token));
  }
  for (const words of [["approvals", "list"], ["audit", "head"], ["audit", "verify"], ["report"], ["events"], ["agents", "list"], ["hosts", "list"], ["canary", "--last"]]) {
    const { code, err } = await command(...words, ...own);
    assert.equal(code, 2, words.join(" "));
    assert.match(err, /^the API token of .*wrong.token is unknown to http/, words.join(" "));
  }
});

test("without a server it works alone", async () => {
  await server.end();
  const { code, out, err } = await ingest(["--format", "json", "--source", "papertrail", file]);
  assert.equal(code, 0, err);
  assert.equal(JSON.parse(out).events, 0);
});
