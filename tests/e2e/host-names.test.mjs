// DNS names are case-insensitive and the root's dot says nothing: a login is one whatever its witnesses call its host,
// and nobody forges a line past the kernel's witness by spelling the host otherwise.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";
import { FakeAgent, kernelLogin } from "./lib/fake-agent.mjs";

const token = randomBytes(12).toString("hex");
let folder, countersign, agent;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-names-"));
  await writeFile(join(folder, "bastion.token"), token, { mode: 0o600 });
  countersign = await Countersign.start({ config: (made) => ({
    host: [{ name: "Bastion", log: true }],
    agent: [{ host: "bastion.", token_file: join(folder, "bastion.token") }],
    webhook: { bound: { provider: "json", token_file: join(made.folder, "webhook.token"), hosts: ["Web*"] } },
    reconcile: { grace: "1s", match_window: "30s" },
  }) });
  agent = new FakeAgent(countersign, { token, host: "BASTION", start: new Date(Date.now() - 60_000) });
});
after(async () => {
  await countersign?.stop();
  await rm(folder, { recursive: true, force: true });
});

const logins = async (port) =>
  (await countersign.api(`/api/v1/events?query=${encodeURIComponent(`event.action=ssh_login AND source.port=${port}`)}`)).body.events;

/** The one event of that port, once it has the verdict; the agent goes on watching meanwhile. */
const judged = (port, verdict) => countersign.until(async () => {
  assert.equal((await agent.send([])).status, 200);
  const events = await logins(port);
  assert.equal(events.length, 1, JSON.stringify(events));
  return events[0].verdict === verdict && events[0];
}, { what: `${port} to be ${verdict}`, within: 20_000 });

test("one login under every spelling, and it matches", async () => {
  assert.equal((await agent.send([kernelLogin({ port: 41000, "host.name": "bastion" })])).status, 200);
  for (const host of ["BASTION.", "Bastion", "bastion"])
    await countersign.papertrail([papertrailEvent({ message: acceptedLine({ port: 41000 }), host })]);
  const event = await judged(41000, "matched");
  assert.equal(event["host.name"], "bastion");
  for (const query of ["host.name=BASTION.", "host.name=Bast*", "host.name=bastion"])
    assert.equal((await countersign.api(`/api/v1/events?query=${encodeURIComponent(`${query} AND event.action=ssh_login AND source.port=41000`)}`)).body.events.length, 1, query);
});

for (const [host, port] of [["bastion", 42001], ["BASTION", 42002], ["Bastion.", 42003]])
  test(`a line forged under ${host} is missing_kernel`, async () => {
    await countersign.papertrail([papertrailEvent({ message: acceptedLine({ port }), host })]);
    await judged(port, "missing_kernel");
  });

test("the report knows one host", async () => {
  const { body } = await countersign.api("/api/v1/report");
  assert.deepEqual(body.hosts.map(({ name }) => name), ["bastion"]);
});

test("a token speaks for its hosts under every spelling, and for no others", async () => {
  const post = async (host, port) => countersign.api("/webhooks/bound", {
    role: null, body: JSON.stringify({ message: acceptedLine({ port }), host, program: "sshd" }),
    headers: { authorization: `Bearer ${countersign.webhookToken}` } });
  for (const [host, port, events] of [["WEB1.", 43001, 1], ["web2", 43002, 1], ["Bastion", 43003, 0], ["xweb1", 43004, 0]]) {
    const reply = await post(host, port);
    assert.equal(reply.body.events, events, host);
    assert.equal(reply.body.quarantined, 1 - events, host);
  }
  const other = await agent.post({ ...agent.batch(), host: "Web1" });
  assert.equal(other.status, 403);
});
