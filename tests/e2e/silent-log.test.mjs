// A host whose log stops: a finding, degraded health, amended when it is back; kept through a restart.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Countersign, papertrailEvent } from "./lib/countersign.mjs";

let server;
const speak = () => server.papertrail([papertrailEvent({ message: "session opened", program: "cron" })]);
const findings = async () => (await server.approvals()).filter((each) => each.events[0]["event.action"] === "finding_log_silent");
const reasons = async () => (await server.api("/readyz", { role: null })).body.reasons.filter((reason) => reason.startsWith("no log of bastion"));

before(async () => {
  server = await Countersign.start({ config: { host: [{ name: "bastion", log: true, silent_after: "2s" }] } });
});
after(() => server?.stop());

test("silence is found once, shown, survives a restart, and ends", async () => {
  assert.equal((await speak()).body.ignored, 1);
  const [found] = await server.until(async () => (await findings()).length === 1 && findings(), { what: "the finding", within: 40_000 });
  assert.equal(found.addressed_to, "security_channel");
  assert.equal(found.events[0]["host.name"], "bastion");
  await server.until(async () => (await reasons()).length === 1);
  assert.match((await reasons())[0], /^no log of bastion by papertrail since 20/);
  await server.restart();
  await server.until(async () => (await reasons()).length === 1);
  assert.equal((await findings()).length, 1);
  // It goes on speaking, or it would be silent again at the next look.
  await server.until(async () => (await speak()) && (await reasons()).length === 0, { what: "the end of the silence", within: 40_000 });
  assert.equal((await findings()).length, 1);
});
