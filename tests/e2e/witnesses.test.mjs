// Two witnesses, end to end on real parts: a real sshd whose log goes through the real webhook, and countersign-agent
// with the kernel as its witness. Each verdict is seen in the API, in the channel and in the report.
// Runs alone: the kernel sees every sshd of the machine, and this host's log has lines of ours only.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
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

// Papertrail stamps arrival: the login may have been as much before, and the kernel must have watched from 2 s before that.
const match_window = "2s", watchedBefore = 4000;
let folder, both, watchedSince, slack, countersign, agent, sshd, quiet, key;

before(async () => {
  if (missing) return;
  folder = await mkdtemp(join(tmpdir(), "countersign-witnesses-"));
  const token = randomBytes(12).toString("hex");
  await writeFile(join(folder, "agent.token"), token, { mode: 0o600 });
  sshd = await Sshd.start({ users: { oswaldo: {} } });
  quiet = await Sshd.start({ users: { oswaldo: {} }, config: ["LogLevel QUIET"] });
  key = await sshd.makeKey("oswaldo");
  for (const room of [sshd, quiet]) await room.authorize("oswaldo", key);
  both = await startBoth({ config: {
    host: [{ name: "bastion", log: true }],
    agent: [{ host: "bastion", token_file: join(folder, "agent.token") }],
    reconcile: { grace: "2s", match_window },
  } });
  ({ slack, countersign } = both);
  agent = await Agent.start({ url: countersign.url, token, joinToken: "none" }, { witness: { kernel: true, pam: false } });
  watchedSince = Date.now();
});
after(async () => {
  await agent?.stop();
  await both?.stop();
  for (const room of [sshd, quiet]) await room?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
  if (slack) assertNothingBroken(slack);
});

/** What sshd wrote, as the log's provider tells it. */
const tell = async (lines) => {
  const events = lines.map(({ message, program, at }) => papertrailEvent({ message, program, at }));
  assert.equal((await countersign.papertrail(events)).status, 200);
};
const logins = async (query = "") => {
  const asked = `event.action=ssh_login AND event.outcome=success${query && ` AND ${query}`}`;
  return (await countersign.api(`/api/v1/events?${new URLSearchParams({ query: asked, limit: 1000 })}`)).body.events;
};

/** The one login from that port, once its verdict is this one. */
async function judged(port, verdict, within = 20_000) {
  let found;
  const is = async () => (found = await logins(`source.port=${port}`)).length === 1 && found[0].verdict === verdict;
  await countersign.until(is, { within, what: `${verdict} from port ${port}` })
    .catch((error) => assert.fail(`${JSON.stringify(found, null, 1)}\n${error.message}`));
  return found[0];
}

const findingsAbout = async (login) => (await countersign.approvals({ limit: 1000 }))
  .filter(({ events }) => events.some((event) => event["finding.about"] === login.id));

/** The finding about a login, as the channel and the approvals have it. */
async function finding(login, words) {
  const [approval, ...others] = await countersign.until(async () => {
    const all = await findingsAbout(login);
    return all.length > 0 && all;
  }, { what: `a finding about ${login["source.port"]}` });
  assert.equal(others.length, 0);
  assert.equal(approval.addressed_to, "security_channel");
  assert.equal(approval.state, "pending");
  assert.equal(approval.events[0]["event.action"], `finding_${login.verdict}`);
  const about = (message) => wordsOf(message).includes(`port ${login["source.port"]}`) && words.test(wordsOf(message));
  await slack.until(() => slack.messages(securityChannel).filter(about).length === 1, { what: `${words} in the channel` });
}

/** The sides that tell of a login. */
async function sides(login) {
  const { body } = await countersign.api(`/api/v1/approvals/${login["approval.id"]}`);
  return body.events.find(({ id }) => id === login.id).sightings.map((sighting) => sighting.class).sort();
}

const seen = {};

real("a login that sshd logs and the kernel sees: matched, by independent witnesses", async () => {
  const session = await sshd.login({ user: "oswaldo", key });
  assert.equal(session.code, 0, session.complaint);
  await tell(session.lines);
  seen.matched = await judged(session.port, "matched");
  assert.deepEqual(await sides(seen.matched), ["kernel", "log"]);
  assert.equal(seen.matched["ssh.key.fingerprint"], key.fingerprint);
  assert.equal(seen.matched["process.pid"], session.accepted.pid);
  await slack.until(() => slack.messages("U0OSWALDO").some((message) => /Confirmed by the kernel/.test(wordsOf(message))), { what: "the owner is told" });
  assert.deepEqual(await findingsAbout(seen.matched), []);
});

real("LogLevel QUIET, and only PAM's lines come: missing_log", async () => {
  const session = await quiet.login({ user: "oswaldo", key });
  assert.equal(session.code, 0, session.complaint);
  assert.equal(session.accepted, undefined);
  await tell(session.lines);
  seen.missing_log = await judged(session.port, "missing_log");
  assert.deepEqual(await sides(seen.missing_log), ["kernel"]);
  await finding(seen.missing_log, /no log tells of/);
});

real("a line that logger forged: missing_kernel", async () => {
  const forged = "Accepted publickey for oswaldo from 203.0.113.7 port 51234 ssh2: ED25519 SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG";
  await countersign.until(() => Date.now() > watchedSince + watchedBefore, { what: "time enough that the agent watched" });
  const from = sshd.lines.length;
  await run("nsenter", ["-t", String(sshd.child.pid), "-m", "logger", "-t", "sshd", forged]);
  const line = await sshd.until(() => sshd.lines.slice(from).find(({ message }) => message === forged), "the forged line");
  await tell([line]);
  seen.missing_kernel = await judged(51234, "missing_kernel");
  assert.deepEqual(await sides(seen.missing_kernel), ["log"]);
  await finding(seen.missing_kernel, /the kernel knows nothing of/);
});

real("the agent is stopped: indeterminate, which accuses nobody; started again it sees again", async () => {
  assert.deepEqual(await agent.end(), { code: 0, signal: null });
  const session = await sshd.login({ user: "oswaldo", key });
  await tell(session.lines);
  seen.indeterminate = await judged(session.port, "indeterminate");
  assert.deepEqual(await sides(seen.indeterminate), ["log"]);
  assert.match(seen.indeterminate["verdict.reasons"], /the kernel's witness was blind: agent silent \(/);
  assert.deepEqual(await findingsAbout(seen.indeterminate), []);

  await agent.spawn();
  const next = await sshd.login({ user: "oswaldo", key });
  await tell(next.lines);
  await judged(next.port, "matched");
  await judged(session.port, "indeterminate");
});

real("the report counts each, and shows the findings and the time nobody watched", async () => {
  const { body: report } = await countersign.api("/api/v1/report");
  const all = await logins();
  const count = (verdict) => all.filter((login) => login.verdict === verdict).length;  // also of another sshd of this machine
  assert.equal(report.summary.logins, all.length);
  for (const verdict of ["matched", "missing_log", "missing_kernel", "indeterminate"]) {
    assert.equal(report.summary[verdict], count(verdict), verdict);
    assert.ok(all.some(({ id }) => id === seen[verdict].id), verdict);
  }
  for (const verdict of ["missing_log", "missing_kernel"])
    assert.ok(report.findings.some(({ events }) => events.some((event) => event["finding.about"] === seen[verdict].id)), verdict);
  const { coverage } = report.hosts.find(({ name }) => name === "bastion");
  const stopped = Date.parse(seen.indeterminate["@timestamp"]);
  const blind = coverage.gaps.find((gap) => Date.parse(gap.from) <= stopped && Date.parse(gap.to ?? gap.until) > stopped);
  assert.match(blind?.why ?? JSON.stringify(coverage), /agent/);

  const told = await run(countersign.binary, ["report", "--server", countersign.url, "--token-file", join(countersign.folder, "viewer.token")])
    .catch((error) => error);
  assert.equal(told.code, 1, told.stderr);  // it found something
  assert.match(told.stdout, /missing/);
});
