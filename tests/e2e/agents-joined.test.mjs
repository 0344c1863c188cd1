// Agents that join with a token and sign with keys of their own; clones and second agents; containment; what the
// operator sees of them.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import { Countersign } from "./lib/countersign.mjs";
import { FakeAgent, kernelLogin, openCommand } from "./lib/fake-agent.mjs";

const joinToken = randomBytes(12).toString("hex");
const run = promisify(execFile);

let countersign, folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-joined-"));
  await writeFile(join(folder, "join.token"), joinToken, { mode: 0o600 });
  countersign = await Countersign.start({ folder, config: {
    host: [{ name: "bastion", aliases: ["bastion.test"] }],
    agents: { join_token_file: join(folder, "join.token") },
  } });
});
after(async () => {
  await countersign?.stop();
  await rm(folder, { recursive: true, force: true });
});

const findings = async (kind, host) =>
  (await countersign.approvals({ state: "pending", limit: 1000 }))
    .filter(({ events: [event] }) => event["event.action"] === `finding_${kind}` && event["host.name"] === host);
const cli = async (...args) => {
  const { stdout } = await run(countersign.binary, [...args, "--server", countersign.url, "--token-file", join(folder, "admin.token")]);
  return stdout;
};

describe("joining", () => {
  test("takes the token and a signature by the key, and is the same the second time", async () => {
    const agent = new FakeAgent(countersign, { host: "bastion.test" });
    assert.equal((await agent.join("wrong")).status, 403);
    const forged = await agent.join(joinToken, { publicKey: new FakeAgent(countersign).publicKey() });
    assert.equal(forged.status, 401);
    const first = await agent.join(joinToken);
    assert.equal(first.status, 201);
    assert.equal(first.body.host, "bastion");
    assert.equal(Buffer.from(first.body.server_key, "base64").length, 32);
    const again = await agent.join(joinToken, { machineId: agent.machineId });
    assert.deepEqual({ status: again.status, body: again.body }, { status: 200, body: first.body });
    agent.host = "bastion";
    assert.deepEqual((await agent.send([kernelLogin({ port: 42001 })])).body, { acknowledged: 1 });
    const signature = agent.sign("another body");
    const { status } = await agent.post(agent.batch(), { headers: { "countersign-signature": signature } });
    assert.equal(status, 401, "another body's signature proves nothing");
  });

  test("bad requests name what is wrong", async () => {
    const agent = new FakeAgent(countersign, { host: "no host/name" });
    assert.equal((await agent.join(joinToken)).status, 400);
    agent.host = "short";
    assert.equal((await agent.join(joinToken, { publicKey: Buffer.from("short") })).status, 400);
    assert.equal((await agent.join(joinToken, { machineId: "" })).status, 400);
  });

  test("a second agent for a host is refused and a finding, until the first is removed", async () => {
    const first = new FakeAgent(countersign, { host: "second" });
    assert.equal((await first.join(joinToken)).status, 201);
    const second = new FakeAgent(countersign, { host: "second" });
    const refused = await second.join(joinToken);
    assert.equal(refused.status, 409);
    assert.match(refused.body.error, /agents remove second/);
    assert.equal((await findings("agent_second", "second")).length, 1);
    assert.match(await cli("agents", "remove", "second"), /second: 1 agent removed/);
    assert.equal((await second.join(joinToken)).status, 201);
    assert.equal((await first.send([])).status, 403, "the removed one speaks no more");
    assert.equal((await second.send([])).status, 200);
  });

  test("one machine under two names is a clone, and so is one key on two machines", async () => {
    const machineId = randomBytes(32).toString("hex");
    const original = new FakeAgent(countersign, { host: "original" });
    await original.join(joinToken, { machineId });
    const renamed = new FakeAgent(countersign, { host: "renamed" });
    assert.equal((await renamed.join(joinToken, { machineId })).status, 409);
    const copied = new FakeAgent(countersign, { host: "copied" });
    copied.keys = original.keys;
    assert.equal((await copied.join(joinToken)).status, 409);
    assert.equal((await findings("agent_clone", "original")).length, 1, "one finding while it stands");
  });

  test("two that use one key are told by their numbers", async () => {
    const agent = new FakeAgent(countersign, { host: "twin" });
    await agent.join(joinToken);
    await agent.send([]);
    const twin = new FakeAgent(countersign, { host: "twin", agentId: agent.agentId });
    twin.keys = agent.keys;
    assert.equal((await twin.send([kernelLogin({ port: 42002 })])).status, 409);
    assert.equal((await findings("agent_conflict", "twin")).length, 1);
  });

  test("another machine behind an agent's id is a clone", async () => {
    const agent = new FakeAgent(countersign, { host: "moved" });
    await agent.join(joinToken);
    await agent.send([], { machine_id: agent.machineId });
    await agent.send([], { machine_id: randomBytes(32).toString("hex") });
    assert.equal((await findings("agent_clone", "moved")).length, 1);
  });
});

describe("containment", () => {
  let agent, approval;
  before(async () => {
    agent = new FakeAgent(countersign, { host: "contained" });
    await agent.join(joinToken);
    await agent.send([kernelLogin({ port: 43001, pid: 777, address: "198.51.100.43" })]);
    approval = (await countersign.approvals()).find((one) => one.events[0]["source.port"] === 43001);
  });
  const contain = (options) => countersign.api(`/api/v1/approvals/${approval.id}/contain`, { body: {}, ...options });

  test("only what was denied, only by the security team", async () => {
    assert.equal((await contain()).status, 409);
    assert.equal((await contain({ role: "viewer" })).status, 403);
    assert.equal((await contain({ role: null })).status, 401);
    assert.equal((await countersign.api("/api/v1/approvals/0000000000001/contain", { body: {} })).status, 404);
  });

  test("a signed request is told with each answer until the agent has reported", async () => {
    await countersign.api(`/api/v1/approvals/${approval.id}/decision`, { body: { decision: "deny" } });
    const asked = await contain();
    assert.equal(asked.status, 202);
    assert.equal(asked.body.asked.length, 1);
    assert.equal((await contain()).status, 409, "once is enough");
    const other = new FakeAgent(countersign, { host: "uninvolved" });
    await other.join(joinToken);
    assert.equal((await other.send([])).body.commands, undefined);

    await countersign.restart("SIGKILL");
    let command;
    for (let i = 0; i < 2; ++i) {
      const { body } = await agent.send([]);
      assert.equal(body.commands.length, 1);
      command = openCommand(body.commands[0], agent.serverKey);
    }
    assert.deepEqual({ ...command, id: null, issued_at: null, expires_at: null },
                     { id: null, action: "end_session", agent_id: agent.agentId, host: "contained", boot_id: "b00t",
                       pid: 777, start: 812345, user: "oswaldo", issued_at: null, expires_at: null });
    assert.equal(new Date(command.expires_at) - new Date(command.issued_at), 5 * 60 * 1000);

    await agent.send([{ id: "done", "@timestamp": new Date().toISOString(), "event.action": "containment",
                        "containment.id": command.id, "event.outcome": "success", message: "sent SIGHUP to 777" }]);
    assert.equal((await agent.send([])).body.commands, undefined);
    const { body: full } = await countersign.api(`/api/v1/approvals/${approval.id}`);
    const notes = full.decisions.at(-1).notes.map((note) => note.text);
    assert.match(notes[0], /asked the agent of contained to end the session of oswaldo \(pid 777\)/);
    assert.match(notes[1], /ended the session: sent SIGHUP to 777/);
  });

  test("the command line asks too, and says why not", async () => {
    await assert.rejects(cli("approvals", "contain", "0000000000001"), (error) => error.code === 1);
  });
});

describe("what the operator sees", () => {
  test("the list, the key and the page of hosts", async () => {
    const agent = new FakeAgent(countersign, { host: "watched" });
    const { body: joined } = await agent.join(joinToken);
    await agent.send([]);
    const { body } = await countersign.api("/api/v1/agents", { role: "viewer" });
    const host = body.agents.find((one) => one.host === "watched");
    assert.equal(host.silent, false);
    assert.deepEqual(host.streams.map((stream) => [stream.class, stream.sequence]), [["kernel", 1]]);
    assert.equal(body.server_key, joined.server_key);
    assert.equal((await cli("agents", "key")).trim(), joined.server_key);
    assert.match(await cli("agents", "list"), /^watched +watching/m);
    assert.ok(JSON.parse(await cli("agents", "list", "--format", "json")).agents.length > 0);
    assert.equal((await countersign.api("/api/v1/agents/nobody", { method: "DELETE" })).status, 404);
    assert.equal((await countersign.api("/api/v1/agents/watched", { method: "DELETE", role: "viewer" })).status, 403);
  });

  test("losses and missing batches are counted and shown as gaps", async () => {
    const agent = new FakeAgent(countersign, { host: "lossy", start: new Date(Date.now() - 60_000) });
    await agent.join(joinToken);
    const from = agent.until.getTime();
    const at = (seconds) => new Date(from + seconds * 1000);
    await agent.send([], { to: at(10) });
    await agent.send([], { to: at(20), lost: 3 });
    agent.batch([], { to: at(30) });
    agent.previous = undefined;
    await agent.send([], { from: at(30), to: at(40) });
    await agent.send([], { from: at(45), to: at(50) });
    const { body } = await countersign.api("/api/v1/agents");
    const { coverage } = body.agents.find((one) => one.host === "lossy");
    const gaps = coverage.gaps.filter((gap) => new Date(gap.from) >= at(0))
      .map((gap) => [(new Date(gap.from) - from) / 1000, (new Date(gap.to) - from) / 1000, gap.lost, gap.why]);
    assert.deepEqual(gaps, [[10, 20, 3, "login records lost"], [20, 30, 0, "batch 3 is missing"],
                            [40, 45, 0, "the agent was silent"]]);
    const metrics = (await countersign.api("/metrics", { role: null })).body;
    assert.match(metrics, /countersign_count_total\{name="agents.lost.lossy"\} 3/);
    assert.match(metrics, /countersign_count_total\{name="agents.batches_missing.lossy"\} 1/);
    assert.match(metrics, /countersign_agent_age_seconds\{host="lossy"\} \d+/);
  });

  test("the security team's page of hosts", async () => {
    const entered = await fetch(new URL("/inbox/token", countersign.url), {
      method: "POST", redirect: "manual", body: new URLSearchParams({ token: countersign.tokens.security }),
      headers: { origin: countersign.url, "sec-fetch-site": "same-origin" } });
    const cookie = entered.headers.getSetCookie()[0]?.split(";")[0];
    assert.ok(cookie, `no session: ${entered.status}`);
    const page = await (await fetch(new URL("/hosts", countersign.url), { headers: { cookie } })).text();
    assert.match(page, /<th scope="row">watched<\/th>/);
    assert.match(page, /login records lost/);
  });
});
