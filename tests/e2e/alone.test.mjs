// The operator's commands where no server runs: they open the store themselves, and say so where they can't.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";

import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";

const run = (countersign, ...words) =>
  new Promise((resolve) => execFile(countersign.binary, [...words, "--config", countersign.configFile], (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr })));

test("approvals are listed, shown and decided without a server, and it finds them so", async (context) => {
  const countersign = await Countersign.start({ config: { inbox: { enabled: true } } });
  context.after(() => countersign.stop());
  await countersign.papertrail([papertrailEvent({ message: acceptedLine() })]);
  const [approval] = await countersign.approvals();
  await countersign.end();

  const list = await run(countersign, "approvals", "list", "--format", "json");
  assert.equal(list.code, 0, list.stderr);
  assert.equal(JSON.parse(list.stdout).approvals[0].id, approval.id);
  const approved = await run(countersign, "approvals", "approve", approval.id, "--reason", "seen in person");
  assert.equal(approved.code, 0, approved.stderr);
  assert.match(approved.stdout, /approved/);
  const again = await run(countersign, "approvals", "deny", approval.id);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /approved by .* already/);
  assert.equal((await run(countersign, "approvals", "show", "0000000000000")).code, 1);

  await countersign.restart();
  const [found] = await countersign.approvals();
  assert.equal(found.state, "approved");
  assert.equal(found.decisions[0].reason, "seen in person");
});
