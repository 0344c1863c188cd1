// The real agent and the real server: joining, signed batches, coverage over both one's absences, and the end of a
// session that the server asks for.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Agent, until } from "./lib/agent.mjs";
import { Countersign } from "./lib/countersign.mjs";
import { whyNoKernelWitness } from "./lib/kernel-watch.mjs";
import { freePort, Sshd, whyNoSshd } from "./lib/sshd.mjs";

const missing = (await whyNoSshd()) ?? (await whyNoKernelWitness());
if (missing && process.env.REQUIRE_ALL === "1") throw new Error(`REQUIRE_ALL=1 and ${missing}`);
if (missing) console.log(missing.startsWith("SKIPPED") ? missing : `SKIPPED: ${missing}`);

const joinToken = randomBytes(12).toString("hex");
let folder, countersign, agent, sshd, key;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-agent-server-"));
  await writeFile(join(folder, "join.token"), joinToken, { mode: 0o600 });
  const config = { server: { listen: `127.0.0.1:${await freePort()}` }, host: [{ name: "bastion" }], agents: { join_token_file: join(folder, "join.token") } };
  countersign = await Countersign.start({ folder, config });
  if (!missing) {
    sshd = await Sshd.start({ users: { oswaldo: {} } });
    key = await sshd.makeKey("oswaldo");
    await sshd.authorize("oswaldo", key);
  }
  agent = await Agent.start({ url: countersign.url, token: "", joinToken },
                            { agent: { join_token_file: "join", contain: true, boot_id_file: undefined }, witness: { kernel: !missing } });
});
after(async () => {
  await agent?.stop();
  await countersign?.stop();
  await sshd?.stop();
  await rm(folder, { recursive: true, force: true });
});

const logins = async (port) => {
  const query = `event.action=ssh_login AND source.port=${port}`;
  return (await countersign.api(`/api/v1/events?${new URLSearchParams({ query })}`)).body.events;
};
const login = (port) => until(async () => (await logins(port))[0], `the login from ${port}`);
const bastion = async () => (await countersign.api("/api/v1/agents")).body.agents.find(({ host }) => host === "bastion");
const stream = async (witness) => (await bastion())?.streams.find((one) => one.class === witness);

/** The next batch of each stream has come. */
async function nextBatches() {
  for (const witness of ["pam", ...(missing ? [] : ["kernel"])]) {
    const before = (await stream(witness))?.sequence ?? 0;
    await until(async () => (await stream(witness))?.sequence > before, `the next batch of ${witness}`);
  }
}

/** Gaps in the kernel's coverage that touch the time since `from`. */
const gapsSince = async (from) => (await bastion()).coverage.gaps.filter((gap) => Date.parse(gap.to) > from);

let joined;

test("joins once, with a key of its own, and its batches go on over restarts of both", async () => {
  await nextBatches();
  joined = (await bastion()).agents.map(({ id }) => id);
  assert.equal(joined.length, 1);
  await agent.end();
  await writeFile(join(agent.folder, "join"), "another token, which would be refused\n");
  await agent.spawn();
  await countersign.restart();
  await nextBatches();
  assert.deepEqual((await bastion()).agents.map(({ id }) => id), joined);
  assert.equal((await stream("pam")).disputed, false);
  assert.doesNotMatch(agent.log, / 40[139]\b/);
});

test("the server is killed and away: what happens meanwhile comes once, and no time was blind", async () => {
  const from = Date.now();
  await nextBatches();
  await countersign.end("SIGKILL");
  for (let port = 50001; port <= 50020; ++port) assert.equal(agent.pam({ port }).code, 0);
  await countersign.restart();
  for (let port = 50001; port <= 50020; ++port) {
    const { id, "user.name": user, "approval.state": state } = await login(port);
    assert.deepEqual({ user, state }, { user: "oswaldo", state: "pending" });
    const { events } = (await countersign.approvals({ limit: 1000 })).find((approval) => approval.events.some((event) => event.id === id));
    assert.deepEqual(events.find((event) => event.id === id).sightings.map((sighting) => [sighting.class, sighting.source]), [["pam", "agent:bastion"]]);
  }
  await nextBatches();
  for (let port = 50001; port <= 50020; ++port) assert.equal((await logins(port)).length, 1);
  if (!missing) assert.deepEqual(await gapsSince(from), []);
});

test("the agent is killed: the time it was dead is the gap", { skip: missing ?? false }, async () => {
  await nextBatches();
  const killed = Date.now();
  await agent.end("SIGKILL");
  await agent.spawn();
  const back = Date.now();
  await nextBatches();
  const gaps = await gapsSince(killed);
  assert.equal(gaps.length, 1, JSON.stringify(gaps));
  assert.ok(Date.parse(gaps[0].from) <= killed && Date.parse(gaps[0].to) <= back + 1000, JSON.stringify({ gaps, killed, back }));
  assert.match(gaps[0].why, /the agent/);
});

test("a login that the kernel saw is denied: its session is ended, and the approval says so", { skip: missing ?? false }, async (t) => {
  const child = await sshd.client({ user: "oswaldo", key, command: "echo $SSH_CONNECTION; exec sleep 100" });
  t.after(() => child.kill());
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const said = await new Promise((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk))));
  const seen = await login(Number(said.split(" ")[1]));
  assert.equal(seen["ssh.key.fingerprint"], key.fingerprint);
  const approval = `/api/v1/approvals/${seen["approval.id"]}`;
  assert.equal((await countersign.api(`${approval}/decision`, { body: { decision: "deny" } })).status, 200);
  assert.equal((await countersign.api(`${approval}/contain`, { body: {} })).status, 202);
  await ended;
  const notes = await until(async () => {
    const { body } = await countersign.api(approval);
    const all = body.decisions.at(-1).notes.map((note) => note.text);
    return all.length >= 2 && all;
  }, "the agent's report");
  assert.match(notes[0], /asked the agent of bastion to end the session of oswaldo/);
  assert.match(notes[1], /ended the session/);
});
