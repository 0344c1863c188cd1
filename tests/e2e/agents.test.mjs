// The server's side of agents: batches with fixed tokens, numbered, repeated, skipped, forged, hostile.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { FakeAgent, kernelLogin } from "./lib/fake-agent.mjs";
import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";

const token = randomBytes(12).toString("hex");
const otherToken = randomBytes(12).toString("hex");

let countersign;
before(async () => {
  countersign = await Countersign.start({ config: (made) => ({
    host: [{ name: "bastion", aliases: ["bastion.test"] }],
    agent: [{ host: "bastion", token_file: join(made.folder, "agent.token") },
            { host: "web1", token_file: [join(made.folder, "web1.token")] }],
  }), ...(await tokens()) });
});
after(() => countersign?.stop());

/** The agents' token files must be there before the server reads them. */
async function tokens() {
  const { mkdtemp } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  const folder = await mkdtemp(join(tmpdir(), "countersign-agents-"));
  await writeFile(join(folder, "agent.token"), token, { mode: 0o600 });
  await writeFile(join(folder, "web1.token"), otherToken, { mode: 0o600 });
  return { folder };
}

const findings = async (kind) =>
  (await countersign.approvals({ state: "pending", limit: 1000 }))
    .filter((approval) => approval.events.some((event) => event["event.action"] === `finding_${kind}`));
const events = async (query) => {
  const { body } = await countersign.api(`/api/v1/events?${new URLSearchParams({ query, limit: 1000 })}`);
  return body.events;
};

describe("who may post", () => {
  test("no token and a wrong one are 401, another host's is 403, an alias is the host's own", async () => {
    const agent = new FakeAgent(countersign, { token: "nobody's" });
    assert.equal((await agent.send([])).status, 401);
    assert.equal((await countersign.api("/agents/v1/batches", { role: null, body: agent.batch() })).status, 401);
    const other = new FakeAgent(countersign, { token: otherToken });
    const { status, body } = await other.send([]);
    assert.equal(status, 403);
    assert.match(body.error, /web1.*bastion/);
    const alias = new FakeAgent(countersign, { token, host: "bastion.test", agentId: "alias", witness: "pam" });
    assert.deepEqual((await alias.send([])).body, { acknowledged: 1 });
  });

  test("other methods and paths say so", async () => {
    assert.equal((await countersign.api("/agents/v1/batches", { role: null })).status, 405);
    assert.equal((await countersign.api("/agents/v1/nothing", { role: null, body: {} })).status, 404);
  });
});

describe("a stream of batches", () => {
  const agent = () => new FakeAgent(countersign, { token: otherToken, host: "web1", agentId: `a-${randomBytes(3).toString("hex")}` });

  test("a login the kernel saw is asked about, and a log line adds its sighting to it", async () => {
    const one = new FakeAgent(countersign, { token, agentId: "kernel-1" });
    const at = new Date();
    const { status, body } = await one.send([kernelLogin({ port: 40001, at })]);
    assert.deepEqual({ status, body }, { status: 200, body: { acknowledged: 1 } });
    const [event] = await events("source.port=40001");
    assert.equal(event["host.name"], "bastion");
    assert.equal(event["session.id"], "session-4243");
    assert.equal(event["approval.state"], "pending");
    await countersign.papertrail([papertrailEvent({ message: acceptedLine({ port: 40001 }), at })]);
    assert.equal((await events("source.port=40001")).length, 1);
    const approval = (await countersign.approvals()).find((a) => a.events.some((e) => e.id === event.id));
    const seen = approval.events.find((e) => e.id === event.id).sightings;
    assert.deepEqual(seen.map((s) => [s.class, s.source]).sort(), [["kernel", "agent:bastion"], ["log", "papertrail"]]);
  });

  test("a repeated number is acknowledged and applied once, also with another moment of sending", async () => {
    const one = agent();
    const batch = one.batch([kernelLogin({ port: 40002 })]);
    const host = "web1";
    for (const sent of [batch, batch, { ...batch, sent_at: new Date(Date.now() + 5000).toISOString() }])
      assert.deepEqual((await one.post(sent)).body, { acknowledged: 1 });
    assert.equal((await events(`source.port=40002 AND host.name=${host}`)).length, 1);
  });

  test("a number with other content is 409, a finding, and nothing of it is applied", async () => {
    const one = agent();
    await one.send([kernelLogin({ port: 40003 })]);
    const forged = { ...one.batch([kernelLogin({ port: 40004 })]), sequence: 1 };
    for (let i = 0; i < 2; ++i) {
      const { status, body } = await one.post(forged);
      assert.equal(status, 409);
      assert.match(body.error, /other content/);
    }
    assert.equal((await events("source.port=40004")).length, 0);
    const [finding, ...more] = (await findings("agent_conflict")).filter((f) => f.events[0]["agent.id"] === one.agentId);
    assert.deepEqual(more, [], "raised once while it stands");
    assert.equal(finding.addressed_to, "security_channel");
    assert.equal(finding.events[0]["host.name"], "web1");
    one.sequence = 1;
    assert.equal((await one.send([kernelLogin({ port: 40005 })], {})).status, 200, "what it saw is not lost");
    assert.equal((await events("source.port=40005")).length, 1);
  });

  test("a batch past a gap is taken, and one that comes late still brings what it saw", async () => {
    const one = agent();
    await one.send([]);
    const skipped = one.batch([kernelLogin({ port: 40006 })]);
    one.previous = undefined;
    assert.deepEqual((await one.send([kernelLogin({ port: 40007 })])).body, { acknowledged: 3 });
    assert.deepEqual((await one.post(skipped)).body, { acknowledged: 2 });
    assert.equal((await events("source.port=40006")).length, 1);
    assert.equal((await events("source.port=40007")).length, 1);
  });

  test("a batch that does not follow the one before it is a finding", async () => {
    const one = agent();
    await one.send([]);
    one.previous = "0".repeat(64);
    assert.equal((await one.send([])).status, 200);
    const found = (await findings("agent_chain")).filter((f) => f.events[0]["agent.id"] === one.agentId);
    assert.equal(found.length, 1);
  });

  test("what is no login is stored without asking", async () => {
    const one = agent();
    const at = new Date().toISOString();
    const started = { "@timestamp": at, "source.ip": "198.51.100.9", "source.port": 40008, "session.id": "s8" };
    await one.send([{ ...started, id: "c1", "event.action": "ssh_connection_start" },
                    { ...started, id: "c2", "event.action": "ssh_auth_failure", "user.name": "root" },
                    { "@timestamp": at, id: "c3", "event.action": "ssh_command_start", "session.id": "s8", "process.command_line": "id" },
                    { "@timestamp": at, id: "c4", "event.action": "ssh_session_end", "session.id": "s8" }]);
    const stored = await events("session.id=s8");
    assert.deepEqual(stored.map((e) => e["event.action"]).sort(),
                     ["ssh_auth_failure", "ssh_command_start", "ssh_connection_start", "ssh_session_end"]);
    assert.ok(stored.every((event) => event["approval.id"] === undefined));
    assert.equal(stored.find((e) => e["event.action"] === "ssh_auth_failure")["event.outcome"], "failure");
  });

  test("lines of class log go through the rules", async () => {
    const log = new FakeAgent(countersign, { token: otherToken, host: "web1", agentId: "log-1", witness: "log" });
    const at = new Date().toISOString();
    await log.send([{ id: "l1", "@timestamp": at, "process.name": "sshd", "process.pid": 99, message: acceptedLine({ port: 40009 }) },
                    { id: "l2", "@timestamp": at, "process.name": "sshd", message: "Gibberish that no rule reads 40009" },
                    { id: "l3", "@timestamp": at, "process.name": "cron", message: "not ours" }]);
    const [event] = await events("source.port=40009");
    assert.equal(event["host.name"], "web1");
    assert.equal(event["rule.id"].startsWith("sshd."), true);
    const { body } = await countersign.api("/api/v1/quarantine?limit=1000");
    assert.ok(body.quarantine.some((q) => q.source === "agent:web1" && q.message.includes("Gibberish")));
  });
});

describe("hostile bodies", () => {
  const agent = () => new FakeAgent(countersign, { token, agentId: `h-${randomBytes(3).toString("hex")}` });
  const bad = (change) => async () => {
    const one = agent();
    const batch = one.batch();
    const body = change(batch);
    return (await one.post(typeof body === "string" ? body : { ...batch, ...body })).status;
  };
  const cases = {
    "no JSON": [bad(() => "{"), 400],
    "an array": [bad(() => "[]"), 400],
    "bytes that are no text": [bad(() => "{\"host\":\"\xff\xfe\""), 400],
    "nested a hundred deep": [bad(() => `{"host":"bastion","sightings":${"[".repeat(100)}${"]".repeat(100)}}`), 400],
    "no host": [bad(() => ({ host: undefined })), 400],
    "a host that is a number": [bad(() => ({ host: 7 })), 400],
    "a sequence of zero": [bad(() => ({ sequence: 0 })), 400],
    "a sequence that is a fraction": [bad(() => ({ sequence: 1.5 })), 400],
    "a sequence beyond all numbers": [bad(() => JSON.stringify({ host: "bastion", agent_id: "x" }).replace("}", ",\"sequence\":99999999999999999999}")), 400],
    "an unknown class": [bad(() => ({ class: "gut feeling" })), 400],
    "sightings that are an object": [bad(() => ({ sightings: {} })), 400],
    "coverage without an end": [bad(() => ({ coverage: { from: new Date().toISOString() } })), 400],
    "coverage backwards": [bad(() => ({ coverage: { from: "2026-11-20T10:00:00Z", to: "2026-11-20T09:00:00Z" } })), 400],
    "a negative loss": [bad((b) => ({ coverage: { ...b.coverage, lost: -1 } })), 400],
    "ten thousand sightings": [bad(() => ({ sightings: Array.from({ length: 10_000 }, () => ({})) })), 413],
    "two mebibytes": [bad(() => ({ sightings: [{ message: "x".repeat(2 * 1024 * 1024) }] })), 413],
  };
  for (const [name, [post, status]] of Object.entries(cases))
    test(`${name}: ${status}`, async () => assert.equal(await post(), status));

  test("what can't be read is quarantined, and the good beside it is kept", async () => {
    const one = agent();
    const unreadable = [7, null, "text", [], {}, { id: "x", "@timestamp": "yesterday", "event.action": "ssh_login" },
                        { id: "y", "@timestamp": new Date().toISOString() },
                        kernelLogin({ "host.name": "another" }),
                        Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`field${i}`, i]))];
    const { status, body } = await one.send([...unreadable, kernelLogin({ port: 40010, user: "al\u0007ice\u202e" })]);
    assert.deepEqual({ status, body }, { status: 200, body: { acknowledged: 1 } });
    assert.equal((await events("source.port=40010")).length, 1);
    const { body: listed } = await countersign.api("/api/v1/quarantine?limit=1000");
    const mine = listed.quarantine.filter((q) => q.source === "agent:bastion" && q.why.startsWith("unreadable"));
    assert.ok(mine.length >= unreadable.length, `${mine.length} of ${unreadable.length} in quarantine`);
  });
});

test("a crash between batches loses and doubles nothing", async () => {
  const one = new FakeAgent(countersign, { token, agentId: "crash" });
  for (let round = 0; round < 3; ++round) {
    const batch = one.batch([kernelLogin({ id: `crash-${round}`, port: 41000 + round })]);
    const first = one.post(batch).catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, round * 3));
    await countersign.restart("SIGKILL");
    await first;
    assert.deepEqual((await one.post(batch)).body, { acknowledged: round + 1 });
    assert.equal((await events(`source.port=${41000 + round}`)).length, 1);
  }
});
