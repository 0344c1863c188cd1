// Two accounts of one login that contradict each other, on a host without an agent: who holds a token that may post can
// tell of a login before its line comes, with a key that is expected. The channel hears of it. The real program.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";

const robots = "SHA256:robotEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG";
const stolen = "SHA256:stolenFGHijklMNOPqrstUVWXyz0123456789ABCDEFG";
const began = new Date(Math.floor(Date.now() / 1000) * 1000 - 5000);
let server;

before(async () => {
  server = await Countersign.start({ config: {
    service_account: [{ unix_user: "deploy", purpose: "deployments", owner: "Alice", key_fingerprints: [robots] }],
    notify: { group_window: "0s" },
  } });
});
after(() => server?.stop());

const run = (...args) => new Promise((resolve) =>
  execFile(server.binary, args, (error, out, err) => resolve({ code: error?.code ?? 0, out, err })));
const asked = () => ["--server", server.url, "--token-file", join(server.folder, "viewer.token")];
const line = (port, key, at = began) =>
  server.papertrail([papertrailEvent({ message: acceptedLine({ user: "deploy", port, key: `ED25519 ${key}` }), host: "web1", at })]);
const post = (port, key, at = began) => server.api("/api/v1/events", { role: "ingest", body: {
  "@timestamp": at.toISOString(), "event.action": "ssh_login", "event.outcome": "success", "host.name": "web1", "user.name": "deploy",
  "source.ip": "203.0.113.7", "source.port": port, "ssh.method": "publickey", "ssh.key.fingerprint": key } });
const logins = async (port) =>
  (await server.api(`/api/v1/events?${new URLSearchParams({ query: `event.action=ssh_login AND source.port=${port}` })}`)).body.events;
const findings = async () => (await server.approvals()).filter(({ kind }) => kind === "finding");

test("the same told twice is expected, and nobody hears of it", async () => {
  assert.equal((await post(1, robots)).status, 201);
  assert.equal((await line(1, robots)).body.duplicates, 1);
  assert.equal((await logins(1))[0]["approval.state"], "expected");
});

test("forged first with the robot's key, the true line next: the channel is asked, the decision stands", async () => {
  assert.equal((await post(2, robots, new Date(began.getTime() - 20_000))).status, 201);
  assert.equal((await line(2, stolen)).body.duplicates, 1);
  const [finding] = await server.until(async () => (await findings()).length > 0 && findings(), { what: "the finding" });
  const [login] = await logins(2);
  assert.equal(login["approval.state"], "expected");
  assert.equal(login.verdict, "unenrolled");
  assert.equal(finding.state, "pending");
  assert.equal(finding.addressed_to, "security_channel");
  assert.match(finding.reason, /^Accounts of one login differ: deploy on web1 from 203\.0\.113\.7 port 2 at /);
  assert.match(finding.reason, /Nobody was asked about it \(conforms to the policy of service account deploy: deployments\)/);
  assert.ok(finding.reason.includes(`ingest-token (api) says publickey with ${robots}, papertrail (log) says publickey with ${stolen}`), finding.reason);
  assert.equal(finding.events[0]["finding.about"], login.id);
  await server.until(async () => (await server.api(`/api/v1/approvals/${finding.id}`)).body.notifications
    .some(({ to, state }) => to === "security_channel" && state === "sent"), { what: "the channel's message" });

  assert.equal((await line(2, stolen)).status, 200);  // by another id, and after a restart: nothing more
  await server.restart("SIGKILL");
  assert.equal((await post(2, robots, new Date(began.getTime() - 20_000))).status, 201);
  assert.equal((await post(3, robots)).status, 201);
  await line(3, robots);
  assert.equal((await findings()).length, 1);
});

test("the true line first: the same finding", async () => {
  await line(4, robots);
  assert.equal((await post(4, stolen)).status, 201);
  await server.until(async () => (await findings()).length === 2, { what: "a second finding" });
});

test("report, audit and verdicts treat it as any finding", async () => {
  const { body: report } = await server.api("/api/v1/report");
  const told = report.findings.filter(({ kind }) => kind === "accounts_differ");
  assert.equal(told.length, 2);
  assert.equal(report.summary.unenrolled, 4);
  assert.deepEqual(told.flatMap(({ events }) => events.map(({ login }) => login.sightings.map(({ class: witness }) => witness).toSorted().join())).toSorted(),
                   ["api,log", "api,log,log"]);
  const text = await run("report", ...asked());
  assert.equal(text.code, 1, text.err);
  assert.match(text.out, /accounts of one login differ/);
  const [first] = (await findings()).slice(-1);
  assert.equal((await server.api(`/api/v1/approvals/${first.id}/decision`, { body: { decision: "deny", reason: "stolen" } })).status, 200);
  const checked = await run("audit", "verify", "--config", server.configFile, "--server", server.url);
  assert.equal(checked.code, 0, checked.out + checked.err);
  const bundle = join(server.folder, "bundle");
  const made = await run("audit", "export", bundle, "--from", new Date(began.getTime() - 3_600_000).toISOString(), "--to", new Date().toISOString(),
                         "--config", server.configFile, "--server", server.url);
  assert.equal(made.code, 0, made.err);
  const outside = await new Promise((resolve) => execFile("python3", [join(bundle, "verify.py"), bundle], (error, out, err) => resolve({ code: error?.code ?? 0, out, err })));
  assert.equal(outside.code, 0, outside.out + outside.err);
});
