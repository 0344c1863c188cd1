// A sign-in to a cloud names its person by e-mail address: who declared it is asked, and nobody else.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { alice, messagesOf, oswaldo, startBoth, wordsOf } from "./lib/slack.mjs";

const execute = promisify(execFile);

const signIn = (address, uuid) => JSON.stringify({
  uuid, published: new Date().toISOString(), eventType: "user.session.start", version: "0", severity: "INFO",
  actor: { id: "00u1", type: "User", alternateId: address, displayName: "Alice" },
  client: { ipAddress: "203.0.113.7", userAgent: { rawUserAgent: "Mozilla/5.0" } }, outcome: { result: "SUCCESS", reason: null } });

test("an Okta sign-in reaches its person; explain says why; check refuses an address of two", async (t) => {
  const both = await startBoth();
  t.after(() => both.stop());
  const { countersign, slack } = both;
  const post = (body) => countersign.api("/webhooks/json", {
    role: null, body, headers: { authorization: `Bearer ${countersign.webhookToken}` } });
  assert.equal((await post(signIn("Alice@example.com", "u-1"))).body.events, 1);
  const [message] = await messagesOf(slack, alice, 1);
  assert.match(wordsOf(message), /Alice@example\.com/i);
  assert.equal(slack.messages(oswaldo).length, 0);
  const [approval] = await countersign.approvals();
  assert.deepEqual([approval.person, approval.addressed_to], ["Alice", "Alice"]);

  assert.equal((await post(signIn("alice@example.org", "u-2"))).body.events, 1);
  const unknown = await countersign.until(async () => (await countersign.approvals()).find(({ person }) => person === null));
  assert.equal(unknown.addressed_to, "security_channel");

  const explained = await execute(process.env.COUNTERSIGN, ["explain", "--config", countersign.configFile, "--format", "json",
    "--program", "", signIn("alice@example.com", "u-3")], { env: { ...process.env, ...countersign.env } });
  const { "leads to": whom } = JSON.parse(explained.stdout);
  assert.deepEqual([whom.person, whom.by], ["Alice", "email"]);

  const file = join(countersign.folder, "two.toml");
  await writeFile(file, `${await readFile(countersign.configFile, "utf8")}\n[[person]]\nname = "Ally"\nemail = "ALICE@example.com"\n`);
  const checked = await execute(process.env.COUNTERSIGN, ["check", "--config", file],
    { env: { ...process.env, ...countersign.env } }).catch((error) => error);
  assert.equal(checked.code, 2);
  assert.match(`${checked.stdout}${checked.stderr}`, /belongs to both Alice and Ally/);
});
