// Clouds' own senders of audit events, as they deliver to a running service with the built-in rules: what comes in one
// body is an event each, and comes again as nothing new.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createSign, generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Countersign } from "./lib/countersign.mjs";

const run = promisify(execFile);

const repository = fileURLToPath(new URL("../..", import.meta.url));
const sample = (name) => readFile(join(repository, "webhooks/samples", name), "utf8");

const google = generateKeyPairSync("rsa", { modulusLength: 2048 });
const audience = "https://countersign.example.com", email = "push@example.iam.gserviceaccount.com";

let server;
before(async () => {
  const jwks = { keys: [{ ...google.publicKey.export({ format: "jwk" }), kid: "k1", alg: "RS256" }] };
  const scratch = await mkdtemp(join(tmpdir(), "countersign-envelopes-"));
  after(() => rm(scratch, { recursive: true, force: true }));
  await writeFile(join(scratch, "google.json"), JSON.stringify(jwks));
  server = await Countersign.start({
    config: (made) => {
      const token_file = join(made.folder, "webhook.token");
      const hook = (provider) => ({ provider, token_file });
      return { webhook: { cluster: hook("json"), okta: hook("json"), trail: hook("json"), workspace: hook("json"),
                          bridge: hook("eventbridge"), alerts: hook("template"),
                          push: { provider: "pubsub", audience, email, keys_file: join(scratch, "google.json"), default_program: "sshd" } } };
    },
  });
});
after(() => server?.stop());

async function post(name, body, token = server.webhookToken) {
  const response = await fetch(`${server.url}/webhooks/${name}`, {
    method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

async function events(query) {
  const { body } = await server.api(`/api/v1/events?query=${encodeURIComponent(query)}`, { role: "viewer" });
  return body.events;
}

for (const { name, file, events: count, ignored, query, expected } of [
  { name: "cluster", file: "kubernetes_audit_eventlist.json", events: 1, ignored: 1, query: "event.action=kubernetes_exec",
    expected: [{ "user.name": "alice@example.com", "source.ip": "203.0.113.7", "kubernetes.namespace": "kube-system", "kubernetes.pod": "coredns-0" }] },
  { name: "okta", file: "okta_event_hook.json", events: 1, ignored: 1, query: "event.provider=okta",
    expected: [{ "event.action": "signin", "user.name": "alice@example.com", "@timestamp": "2026-11-20T01:02:03Z" }] },
  { name: "trail", file: "cloudtrail_file.json", events: 2, ignored: 0, query: "event.action=console_login",
    expected: [{ "event.outcome": "success" }, { "event.outcome": "failure" }] },
  { name: "workspace", file: "google_reports_activities.json", events: 2, ignored: 0, query: "event.provider=google_workspace",
    expected: [{ "user.name": "alice@example.com", "event.outcome": "success" }, { "user.name": "bob@example.com", "event.outcome": "failure" }] },
]) {
  test(`${file} is its events, once`, async () => {
    const body = await sample(file);
    assert.deepEqual(await post(name, body), { received: 2, events: count, duplicates: 0, quarantined: 0, ignored });
    assert.deepEqual(await post(name, body), { received: 2, events: 0, duplicates: count, quarantined: 0, ignored });
    const found = await events(query);
    assert.equal(found.length, count);
    for (const one of expected)
      assert.ok(found.some((event) => Object.entries(one).every(([key, value]) => event[key] === value)), JSON.stringify(found));
  });
}

test("parse reads what is in an envelope", async () => {
  const list = await sample("kubernetes_audit_eventlist.json");
  const file = join(server.folder, "lists.jsonl");
  await writeFile(file, list + list.replace("[{", "[7,{") + "[1,2]\n");
  const { stdout } = await run(process.env.COUNTERSIGN, ["parse", "--input", "jsonl", "--stats", file]);
  assert.deepEqual(JSON.parse(stdout), { lines: 6, events: 2, quarantined: 2, ignored: 2, by_rule: { "kubernetes.exec": 2 },
                                         ignored_by_rule: { "kubernetes.other": 2 } });
});

test("Okta's log stream through EventBridge is Okta's event", async () => {
  const body = await sample("eventbridge_okta.json");
  const tally = (events, duplicates) => ({ received: 1, events, duplicates, quarantined: 0, ignored: 0 });
  assert.deepEqual(await post("bridge", body), tally(1, 0));
  assert.deepEqual(await post("bridge", body), tally(0, 1));
});

test("Okta's verification of a hook is answered", async () => {
  const headers = { "x-okta-verification-challenge": "abc" };
  for (const name of ["okta", "alerts"]) {
    const answer = await fetch(`${server.url}/webhooks/${name}`, { headers });
    assert.deepEqual([answer.status, await answer.text()], [200, '{"verification":"abc"}']);
  }
  assert.equal((await fetch(`${server.url}/webhooks/bridge`, { headers })).status, 401);
});

test("Google Workspace's sign-in by Cloud Logging and Pub/Sub is a sign-in", async () => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const content = `${part({ alg: "RS256", kid: "k1", typ: "JWT" })}.${part({
    iss: "https://accounts.google.com", aud: audience, email, email_verified: true, iat: now, exp: now + 600 })}`;
  const token = `${content}.${createSign("RSA-SHA256").update(content).sign(google.privateKey, "base64url")}`;
  const data = Buffer.from(await sample("gcp_workspace_login.json")).toString("base64");
  const push = JSON.stringify({ message: { messageId: "1", data }, subscription: "projects/p/subscriptions/s" });
  assert.deepEqual(await post("push", push, token), { received: 1, events: 1, duplicates: 0, quarantined: 0, ignored: 0 });
  assert.deepEqual(await post("push", push, token), { received: 1, events: 0, duplicates: 1, quarantined: 0, ignored: 0 });
  const [event] = await events("rule.id=google.cloud_signin");
  assert.deepEqual([event["user.name"], event["source.ip"]], ["alice@example.com", "203.0.113.7"]);
});
