// An agent that falls silent: the logins of that time are indeterminate and accuse nobody, and the silence itself is what
// the channel hears of, by host and time. Nearly all of it is waiting: two minutes after its start a server begins to
// miss agents.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { FakeAgent, kernelLogin } from "./lib/fake-agent.mjs";
import { acceptedLine, papertrailEvent } from "./lib/countersign.mjs";
import { assertNothingBroken, securityChannel, startBoth, wordsOf } from "./lib/slack.mjs";

test("an agent stops: indeterminate, and one finding names its silence in the channel and in the report", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "countersign-silence-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const token = randomBytes(12).toString("hex");
  await writeFile(join(folder, "agent.token"), token, { mode: 0o600 });
  const both = await startBoth({ config: {
    host: [{ name: "bastion", log: true }],
    agent: [{ host: "bastion", token_file: join(folder, "agent.token") }],
    reconcile: { grace: "1s", match_window: "2s" },
  } });
  const { slack, countersign } = both;
  t.after(() => both.stop());
  const agent = new FakeAgent(countersign, { token, start: new Date(Date.now() - 60_000) });
  assert.equal((await agent.send([kernelLogin({ port: 40001 })])).status, 200);
  assert.equal((await countersign.papertrail([papertrailEvent({ message: acceptedLine({ port: 40001 }) })])).status, 200);
  const lastWord = new Date();

  assert.equal((await countersign.papertrail([papertrailEvent({ message: acceptedLine({ port: 40002 }) })])).status, 200);
  const login = async () => (await countersign.api("/api/v1/events?query=source.port=40002")).body.events[0];
  await countersign.until(async () => (await login()).verdict === "indeterminate", { what: "the verdict", within: 40_000 });
  assert.match((await login())["verdict.reasons"], /the kernel's witness was blind: agent silent \(\d{4}-/);

  const silence = async () => (await countersign.approvals({ limit: 100 }))
    .filter(({ events }) => events[0]["event.action"] === "finding_agent_silent");
  const [found, ...others] = await countersign.until(async () => {
    const all = await silence();
    return all.length > 0 && all;
  }, { what: "the finding about the silence", within: 160_000 });
  assert.equal(others.length, 0);
  const since = /^no word from the agent of bastion since (\S+Z); what happens there is not witnessed$/.exec(found.reason)?.[1];
  assert.ok(Math.abs(Date.parse(since) - lastWord) < 5000, found.reason);
  await slack.until(() => slack.messages(securityChannel).some((message) => wordsOf(message).includes("no word from the agent of bastion")),
                    { what: "the silence in the channel" });

  const { body: report } = await countersign.api("/api/v1/report");
  assert.equal(report.summary.indeterminate, 1);
  assert.ok(report.findings.some(({ kind, reason }) => kind === "agent_silent" && reason === found.reason));
  const { coverage } = report.hosts.find(({ name }) => name === "bastion");
  assert.match(coverage.gaps.at(-1).why, /silent since/);
  assertNothingBroken(slack);
});
