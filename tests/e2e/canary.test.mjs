// Canaries, end to end on real parts: the server's own ssh logs in at a real sshd whose log goes through the real webhook,
// and countersign-agent watches with the kernel. The log stream is cut, the agent stopped, the host key changed, the chat
// refused: each is named. Runs alone: the kernel sees every sshd of the machine.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { Agent } from "./lib/agent.mjs";
import { papertrailEvent } from "./lib/countersign.mjs";
import { whyNoKernelWitness } from "./lib/kernel-watch.mjs";
import { assertNothingBroken, securityChannel, startBoth, wordsOf } from "./lib/slack.mjs";
import { Sshd, whyNoSshd } from "./lib/sshd.mjs";

const run = promisify(execFile);
const missing = (await whyNoSshd()) ?? (await whyNoKernelWitness());
if (missing && process.env.REQUIRE_ALL === "1") throw new Error(`REQUIRE_ALL=1 and ${missing}`);
if (missing) console.log(missing.startsWith("SKIPPED") ? missing : `SKIPPED: ${missing}`);
const real = (name, body) => test(name, { skip: missing ?? false }, body);

let folder, both, slack, countersign, agent, sshd, key, shipping = true, shipper;

before(async () => {
  if (missing) return;
  folder = await mkdtemp(join(tmpdir(), "countersign-canary-"));
  const token = randomBytes(12).toString("hex");
  await writeFile(join(folder, "agent.token"), token, { mode: 0o600 });
  sshd = await Sshd.start({ users: { canary: {} } });
  key = await sshd.makeKey("canary");
  await sshd.authorize("canary", { ...key, line: `restrict,command="true" ${key.line}` });
  await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${sshd.port} ${sshd.hostKey.line}`);
  both = await startBoth({ config: {
    host: [{ name: "bastion", log: true }],
    agent: [{ host: "bastion", token_file: join(folder, "agent.token") }],
    service_account: [{ unix_user: "canary", purpose: "canaries", key_fingerprints: [key.fingerprint], networks: ["127.0.0.0/8"], hosts: ["bastion"] }],
    reconcile: { grace: "30s", match_window: "5s" },
    canary: [{ host: "bastion", address: "127.0.0.1", port: sshd.port, user: "canary", identity_file: key.file,
               known_hosts_file: join(folder, "known_hosts"), key_fingerprint: key.fingerprint, every: "0s", within: "4s" }],
  } });
  ({ slack, countersign } = both);
  agent = await Agent.start({ url: countersign.url, token, joinToken: "none" }, { witness: { kernel: true, pam: false } });
  let shipped = 0;
  shipper = setInterval(() => {
    const lines = sshd.lines.slice(shipped);
    shipped = sshd.lines.length;
    if (lines.length > 0 && shipping)
      void countersign.papertrail(lines.map(({ message, program, at }) => papertrailEvent({ message, program, at }))).catch(() => {});
  }, 100);
});
after(async () => {
  clearInterval(shipper);
  await agent?.stop();
  await both?.stop();
  await sshd?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
  if (slack) assertNothingBroken(slack);
});

/** countersign canary: {code, runs by host, text}. */
async function canary(...more) {
  const ended = await run(countersign.binary, ["canary", "--server", countersign.url, "--token-file", join(countersign.folder, "security.token"),
                                               "--host", "bastion", ...more]).catch((error) => error);
  return { code: ended.code ?? 0, text: ended.stdout, complaint: ended.stderr };
}
async function checked() {
  const { code, text, complaint } = await canary("--format", "json");
  assert.notEqual(code, 2, complaint);
  const made = JSON.parse(text);
  return { code, made, states: Object.fromEntries(made.steps.map(({ step, state }) => [step, state])) };
}
const all = { login: "carried", log: "carried", kernel: "carried", verdict: "carried", message: "carried" };
const readyz = async () => (await countersign.api("/readyz", { role: null })).body.reasons.filter((why) => why.startsWith("the canary"));
const findings = async () => (await countersign.approvals({ limit: 1000 })).filter(({ events }) => events[0]["event.action"] === "finding_canary");

real("all is well: every step carried it, with how long each took, and nobody is asked", async () => {
  const { code, made, states } = await checked();
  assert.deepEqual(states, all, JSON.stringify(made));
  assert.equal(code, 0);
  for (const { took_s } of made.steps) assert.ok(took_s > 0 && took_s < 4);
  assert.match(made.words, /^the canary on bastion: all carried in \d+\.\d s$/);
  const [event] = (await countersign.api(`/api/v1/events?${new URLSearchParams({ query: "user.name=canary AND event.action=ssh_login" })}`)).body.events;
  assert.equal(event.id, made.event);
  assert.equal(event["approval.state"], "expected");
  assert.equal(event["ssh.key.fingerprint"], key.fingerprint);
  await slack.until(() => slack.messages(securityChannel).some((message) => /all carried in/.test(wordsOf(message))), { what: "the day's message" });
  assert.equal(slack.messages(securityChannel).length, 1);
  assert.deepEqual(await readyz(), []);
  assert.match((await countersign.api("/metrics", { role: null })).body, /countersign_canary_carried{host="bastion"} 1/);
  const twice = await canary("--host", "bastion");  // beside the one that is there already
  assert.deepEqual([twice.code, twice.complaint], [0, ""]);
  assert.equal(twice.text.match(/^bastion: /gm).length, 1);
  const { code: again, text } = await canary("--last");
  assert.equal(again, 0);
  assert.match(text, /^bastion: all carried it\n {2}login {4}carried +\d+\.\d\d s/);
});

real("the log stream is cut: the log is named, in the finding, by /readyz and by the exit", async () => {
  shipping = false;
  const { code, made, states } = await checked();
  assert.equal(code, 1);
  assert.deepEqual(states, { ...all, log: "failed", verdict: "failed" }, JSON.stringify(made));
  assert.match(made.words, /^the canary on bastion: logged in, no log line in 4s/);
  assert.deepEqual(await readyz(), [made.words]);
  const [finding, ...others] = await findings();
  assert.equal(others.length, 0);
  assert.equal(finding.reason, made.words);
  await slack.until(() => slack.messages(securityChannel).some((message) => /no log line in 4s/.test(wordsOf(message))), { what: "the finding in the channel" });
});

real("the agent is stopped: the kernel is named; the finding says so in place", async () => {
  shipping = true;
  assert.deepEqual(await agent.end(), { code: 0, signal: null });
  const { code, made, states } = await checked();
  assert.equal(code, 1);
  assert.deepEqual(states, { ...all, kernel: "failed", verdict: "failed" }, JSON.stringify(made));
  const [finding, ...others] = await findings();
  assert.equal(others.length, 0);
  assert.match(finding.reason, /no account of the kernel's in 4s/);
});

real("a host key that is not the known one: no login, and ssh's own words", async () => {
  const known = await readFile(join(folder, "known_hosts"), "utf8");
  const other = await sshd.makeKey("other-host");
  await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${sshd.port} ${other.line}`);
  const { code, made, states } = await checked();
  await writeFile(join(folder, "known_hosts"), known);
  assert.equal(code, 1);
  assert.deepEqual(states, { ...all, login: "failed", log: "not_owed", kernel: "not_owed", verdict: "not_owed" }, JSON.stringify(made));
  assert.match(made.words, /no login: ssh ended with 255: .*[Hh]ost key/);
});

real("the chat takes nothing: the message path is named", async () => {
  await agent.spawn();
  slack.fault({ times: Infinity, answer: { kind: "status", status: 500 } });
  const { states } = await checked();
  slack.faults.splice(0);
  assert.equal(states.message, "failed");
  assert.equal(states.login, "carried");
});

real("carried again: the finding says since when, and stays for somebody to sign off", async () => {
  await countersign.until(async () => (await checked()).code === 0, { within: 30_000, what: "all carried again" });
  const [finding, ...others] = await findings();
  assert.equal(others.length, 0);
  assert.equal(finding.state, "pending");
  assert.match(finding.reason, /; carried again at 20/);
  assert.deepEqual(await readyz(), []);
});

real("usage: an unknown host, a viewer's token, no host at all", async () => {
  assert.equal((await canary("--host", "nowhere")).code, 2);
  const viewer = await countersign.api("/api/v1/canaries/bastion/run", { role: "viewer", method: "POST" });
  assert.equal(viewer.status, 403);
  const bare = await run(countersign.binary, ["canary", "--server", countersign.url, "--token-file", join(countersign.folder, "security.token")]).catch((error) => error);
  assert.equal(bare.code, 2);
  assert.match(bare.stderr, /--host/);
});
