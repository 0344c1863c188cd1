// Runs alone.
// countersign-agent against a server that keeps contract.md's rules: everything spooled arrives once, and coverage says
// exactly what could not be seen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { appendFile, rename, rm, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Agent, FakeServer, until } from "./lib/agent.mjs";
import { makeCertificate } from "./lib/certificate.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ports = (server) => server.sightings("pam").map((sighting) => sighting["source.port"]);

async function room(t, options = {}) {
  const server = await FakeServer.start();
  t.after(async () => {
    await server.vanish();
    assert.deepEqual(server.breaches, []);
  });
  const agent = await Agent.start(server, options);
  t.after(() => agent.stop());
  return { server, agent };
}

test("a login leaves the host within a second, as what it was", async (t) => {
  const { server, agent } = await room(t);
  await until(() => server.of("pam").length >= 1, "the first batch");
  const began = Date.now();
  assert.equal(agent.pam({ port: 50001 }).code, 0);
  const login = await until(() => server.sightings("pam")[0], "the login");
  assert.ok(Date.now() - began < 1000, `it took ${Date.now() - began} ms`);
  const { id, "@timestamp": at, "process.pid": pid, ...rest } = login;
  assert.match(id, /^pam:[0-9a-f]{16}$/);
  assert.equal(pid, process.pid);
  assert.ok(Math.abs(Date.parse(at) - began) < 1000);
  assert.deepEqual(rest, { "event.action": "ssh_login", "event.outcome": "success", "process.name": "sshd",
                           "user.name": "oswaldo", "source.ip": "203.0.113.7", "source.port": 50001, "process.tty": "ssh" });
  const [batch] = server.of("pam");
  assert.equal(batch.boot_id, "boot-1");
  assert.equal(batch.host, "bastion");
  assert.equal(server.gaps("pam").length, 0);
});

test("over TLS with the server's own CA; a server of another CA gets nothing", async (t) => {
  const certificate = await makeCertificate(), another = await makeCertificate();
  t.after(() => Promise.all([certificate.remove(), another.remove()]));
  const server = await FakeServer.start({ tls: certificate.tls });
  t.after(() => server.vanish());
  const agent = await Agent.start(server, { agent: { ca_file: another.caFile } });
  t.after(() => agent.stop());
  assert.equal(agent.pam({ port: 50001 }).code, 0);
  await until(() => /certificate/i.test(agent.log), "the complaint about the certificate");
  assert.equal(server.batches.length, 0);
  await agent.end();
  agent.config.agent.ca_file = certificate.caFile;
  await agent.configure();
  await agent.spawn();
  await until(() => ports(server).includes(50001), "what was kept meanwhile");
  assert.deepEqual(server.breaches, []);
});

/** How long the server is away: COUNTERSIGN_OUTAGE_MINUTES=10 makes it last. */
const away = Number(process.env.COUNTERSIGN_OUTAGE_MINUTES ?? 0.025) * 60_000;

test("the server is away: what happens meanwhile comes once, in order, without a gap", async (t) => {
  const { server, agent } = await room(t);
  await until(() => server.of("pam").length >= 1, "the first batch");
  await server.vanish();
  for (let port = 50001; port <= 50040; ++port) {
    agent.pam({ port });
    await pause(away / 40);
  }
  await server.listen();
  await until(() => ports(server).length >= 40, "all of them");
  assert.deepEqual(ports(server), Array.from({ length: 40 }, (_, i) => 50001 + i));
  assert.deepEqual(server.gaps("pam"), []);
});

test("killed: what it had seen comes once, and the time it was dead is the one gap", async (t) => {
  const { server, agent } = await room(t);
  await until(() => server.of("pam").length >= 2, "two batches");
  await server.vanish();
  agent.pam({ port: 50001 });
  agent.pam({ port: 50002 });
  await pause(1200);  // one look is kept each second
  const killedAt = new Date();
  await agent.end("SIGKILL");
  assert.equal(agent.pam({ port: 50003 }).code, 0);  // nobody listens, the login goes on
  await agent.boots("boot-2");
  const startedAt = new Date();
  await agent.spawn();
  agent.pam({ port: 50004 });
  await server.listen();
  await until(() => ports(server).includes(50004), "the newest login");
  assert.deepEqual(ports(server), [50001, 50002, 50004]);
  const [gap, ...others] = server.gaps("pam");
  assert.deepEqual(others, []);
  assert.equal(gap.why, "the host was started anew");
  const from = Date.parse(gap.from), to = Date.parse(gap.to);
  assert.ok(from <= killedAt && from > killedAt - 1600, `blind from ${gap.from}, killed at ${killedAt.toISOString()}`);
  assert.ok(to >= startedAt && to < startedAt.getTime() + 2000, `sees again at ${gap.to}, started at ${startedAt.toISOString()}`);
  assert.deepEqual([...new Set(server.of("pam").map((batch) => batch.boot_id))], ["boot-1", "boot-2"]);
});

test("stopped: nothing stays behind, and the time between is the gap", async (t) => {
  const { server, agent } = await room(t);
  await until(() => server.of("pam").length >= 1, "the first batch");
  agent.pam({ port: 50001 });
  const began = Date.now();
  assert.deepEqual(await agent.end(), { code: 0, signal: null });
  assert.ok(Date.now() - began < 4000);
  assert.deepEqual(ports(server), [50001]);
  await agent.spawn();
  await until(() => server.gaps("pam").length === 1, "the gap");
  assert.equal(server.gaps("pam")[0].why, "the agent did not run");
});

/** A small file system for the spool that lives as long as this holder, whoever mounts what. */
async function smallDisk(t, agent, megabytes) {
  const folder = join(agent.folder, "disk");
  const holder = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c",
    `mkdir -p ${folder} && mount -t tmpfs -o size=${megabytes}m tmpfs ${folder} && echo ready && exec sleep 120`]);
  t.after(() => holder.kill());
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  return { holder, inside: `/proc/${holder.pid}/root${folder}`, folder };
}

test("the spool's disk is full: what memory holds arrives all the same; killed then, its time is blind", { skip: process.getuid() !== 0 && "mounting takes root" }, async (t) => {
  const server = await FakeServer.start();
  t.after(async () => { await server.vanish(); assert.deepEqual(server.breaches, []); });
  const agent = await Agent.prepare(server);
  t.after(() => agent.stop());
  const disk = await smallDisk(t, agent, 4);
  agent.config.agent.spool = join(disk.folder, "spool");
  agent.within = ["nsenter", "--target", String(disk.holder.pid), "--mount"];
  await agent.configure();
  await agent.spawn();
  await until(() => server.of("pam").length >= 1, "the first batch");
  await server.vanish();
  agent.pam({ port: 50001 });
  await pause(1200);
  await writeFile(join(disk.inside, "filler"), Buffer.alloc(8 * 1024 * 1024)).catch(() => {});
  for (let port = 50002; port <= 50030; ++port) agent.pam({ port });
  await pause(300);
  await server.listen();
  await until(() => ports(server).length === 30, "all of them");
  assert.deepEqual(server.gaps("pam"), []);

  await server.vanish();
  await pause(700);
  const before = Date.now();
  agent.pam({ port: 50031 });
  await pause(1300);  // looks go on, and none of them is claimed
  await agent.end("SIGKILL");
  await rm(join(disk.inside, "filler"));
  await agent.spawn();
  await server.listen();
  agent.pam({ port: 50032 });
  await until(() => ports(server).includes(50032), "the newest login");
  assert.ok(!ports(server).includes(50031));
  const gaps = server.gaps("pam");
  assert.equal(gaps.length, 1);
  assert.ok(Date.parse(gaps[0].from) <= before, `blind from ${gaps[0].from}, lost at ${new Date(before).toISOString()}`);
});

test("joining: once, then every batch is signed; the join token may be gone", async (t) => {
  const { server, agent } = await room(t, { agent: { join_token_file: "join" } });
  await until(() => server.of("pam").length >= 2, "batches");
  assert.equal(server.joins, 1);
  const [id] = server.agents.keys();
  assert.ok(server.batches.every((batch) => batch.agent_id === id));
  await agent.end();
  await writeFile(join(agent.folder, "join"), "another\n");
  await agent.spawn();
  agent.pam({ port: 50001 });
  await until(() => ports(server).length === 1, "the login");
  assert.equal(server.joins, 1);
});

test("joining with a token that is none: said, and everything waits", async (t) => {
  const { server, agent } = await room(t, { agent: { join_token_file: "join" } });
  await until(() => server.batches.length >= 1, "the first batch");
  const second = await Agent.start(server, { agent: { join_token_file: "join" } });
  t.after(() => second.stop());
  await until(() => /won't let this host join: second agent for bastion/.test(second.log), "the refusal");
  assert.equal(server.agents.size, 1);
  await agent.end();
  await writeFile(join(second.folder, "join"), "wrong\n");
  await second.end();
  await second.spawn();
  await until(() => /refuses the join token/.test(second.log), "the refusal of the token");
});

test("a spool set back: the number is taken, so the agent goes on as another and loses nothing", async (t) => {
  const { server, agent } = await room(t);
  await until(() => server.of("pam").length >= 1, "the first batch");
  for (const stream of server.streams.values()) stream.sequence += 100;  // as if another had gone on with it
  agent.pam({ port: 50001 });
  await until(() => ports(server).includes(50001), "the login");
  assert.match(agent.log, /the server holds other batches of agent \S+ \(409: .*\): .* Going on as agent/);
  assert.equal(new Set(server.batches.map((batch) => batch.agent_id)).size, 2);
  assert.equal(server.batches.at(-1).sequence < 10, true);
});

test("a batch that is too large for the server is halved until it fits", async (t) => {
  const { server, agent } = await room(t);
  await until(() => server.of("pam").length >= 1, "the first batch");
  await server.vanish();
  for (let port = 50001; port <= 50008; ++port) agent.pam({ port });
  await pause(200);
  server.answer = (request, body) => (JSON.parse(body).sightings.length > 3 ? { status: 413, body: { error: "too large" } } : undefined);
  await server.listen();
  await until(() => ports(server).length === 8, "all of them");
  assert.deepEqual(server.gaps("pam"), []);
  assert.ok(Math.max(...server.of("pam").map((batch) => batch.sightings.length)) <= 3);
});

test("the host's log as a stream of its own: each line once, over restarts, kills and rotation", async (t) => {
  const server = await FakeServer.start();
  t.after(async () => { await server.vanish(); assert.deepEqual(server.breaches, []); });
  const agent = await Agent.prepare(server, { witness: { log: "auth.log", pam: false } });
  t.after(() => agent.stop());
  const log = join(agent.folder, "auth.log");
  const line = (n) => `2026-11-20T12:00:00Z bastion sshd[${n}]: Accepted publickey for oswaldo from 203.0.113.7 port ${n} ssh2\n`;
  const seen = () => server.sightings("log").map((sighting) => sighting["process.pid"]);
  await writeFile(log, "");
  await agent.spawn();
  await until(() => server.of("log").length >= 1, "the first batch");
  for (let n = 1; n <= 1500; ++n) await appendFile(log, line(n));
  await agent.end("SIGKILL");
  await agent.spawn();
  await rename(log, `${log}.1`);
  await writeFile(log, line(1501) + `2026-11-20T12:00:01Z bastion sudo: oswaldo : COMMAND=/usr/bin/mysql -phunter2\n`);
  await until(() => server.sightings("log").length >= 1502, "all lines", 20_000);
  assert.deepEqual(seen().slice(0, 1501), Array.from({ length: 1501 }, (_, i) => i + 1));
  const [first] = server.sightings("log");
  assert.equal(first["process.name"], "sshd");
  assert.equal(first["@timestamp"], "2026-11-20T12:00:00Z");
  assert.equal(first.message, "Accepted publickey for oswaldo from 203.0.113.7 port 1 ssh2");
  assert.match(server.sightings("log").at(-1).message, /mysql -p\[redacted\]$/);
});

test("what the log gets while the agent is dead is not passed over, even where it never read a line", async (t) => {
  const server = await FakeServer.start();
  t.after(() => server.vanish());
  const agent = await Agent.prepare(server, { witness: { log: "auth.log", pam: false } });
  t.after(() => agent.stop());
  const log = join(agent.folder, "auth.log");
  await writeFile(log, "2026-11-20T11:00:00Z bastion sshd[1]: Server listening on 0.0.0.0 port 22.\n");
  await agent.spawn();
  await until(() => server.of("log").length >= 3, "batches");
  await agent.end("SIGKILL");
  await appendFile(log, "2026-11-20T12:00:00Z bastion sshd[2]: Accepted publickey for oswaldo from 203.0.113.7 port 2 ssh2\n");
  await agent.spawn();
  await until(() => server.sightings("log").length === 1, "the line");
  assert.equal(server.sightings("log")[0]["process.pid"], 2);
});

test("a log that can't be read makes its stream blind, and says so", async (t) => {
  const { server, agent } = await room(t, { witness: { log: "nowhere.log" } });
  const batch = await until(() => server.of("log")[1], "a batch");
  assert.equal(batch.coverage.from, batch.coverage.to);
  assert.match(batch.coverage.why, /^degraded: can't read .*nowhere\.log/);
  assert.match(agent.log, /degraded: log sees nothing: can't read/);
  assert.equal(agent.command("doctor").status, 1);
});

test("the PAM hook never fails and never waits long: no agent, an agent that hangs; what it lost is counted", async (t) => {
  const { server, agent } = await room(t);
  await until(() => server.of("pam").length >= 1, "the first batch");
  agent.child.kill("SIGSTOP");
  let slowest = 0, sent = 0;
  const end = Date.now() + 8000;
  for (; Date.now() < end && sent < 4000 && slowest < 150; ++sent) {
    const { code, ms } = agent.pam({ port: 50000 });
    assert.equal(code, 0);
    slowest = Math.max(slowest, ms);
  }
  assert.ok(slowest < 1500, `the slowest took ${slowest} ms`);
  agent.child.kill("SIGCONT");
  await until(() => server.sightings("pam").length + server.of("pam").reduce((sum, { coverage }) => sum + coverage.lost, 0) >= sent,
              "all sent or counted");
  assert.ok(server.of("pam").some(({ coverage }) => coverage.lost > 0), "the queue was never full");
  await agent.end("SIGKILL");
  const dead = agent.pam();
  assert.equal(dead.code, 0);
  assert.ok(dead.ms < 500);
});

test("check names each fault with its line; run refuses to start with one", async (t) => {
  const server = await FakeServer.start();
  t.after(() => server.vanish());
  const agent = await Agent.prepare(server, { agent: { heartbaet: "10s" } });
  t.after(() => agent.stop());
  const checked = agent.command("check");
  assert.equal(checked.status, 2);
  assert.match(checked.stdout, /agent\.toml:\d+: unknown key 'heartbaet' in \[agent\]; did you mean 'heartbeat'\?/);
  const run = agent.command("run");
  assert.equal(run.status, 2);
  assert.match(run.stderr, /not started/);
});
