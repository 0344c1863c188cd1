// What many senders at once may cost: memory stays bounded, every good delivery gets in at last, small ones meanwhile;
// and what is refused is said.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

import { acceptedLine, Countersign } from "./lib/countersign.mjs";

const line = (message, program = "sshd") =>
  JSON.stringify({ message, program, host: "bastion", "@timestamp": new Date().toISOString() });

/** What nobody watches: some 300 kB as sent, 24 MiB unpacked. */
const filler = gzipSync(Array.from({ length: 6000 }, () => line(randomBytes(32).toString("hex") + "x".repeat(4000), "cron"))
  .join("\n"));

/** A login before it, as a gzip member of its own. */
const packed = (port) => Buffer.concat([gzipSync(`${line(acceptedLine({ port }))}\n`), filler]);

async function peak(countersign) {
  return Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${countersign.child.pid}/status`, "utf8"))[1]) / 1024;
}

function post(countersign, body, headers = {}) {
  return countersign.api("/webhooks/json", {
    role: null, method: "POST", body, headers: { authorization: `Bearer ${countersign.webhookToken}`, ...headers },
  });
}

test("fifty large gzip bodies at once: memory is bounded, all get in at last, small ones meanwhile", async (t) => {
  const countersign = await Countersign.start({ config: { server: { listen: "127.0.0.1:0", request_memory_mib: 64 } } });
  t.after(() => countersign.stop());
  const bodies = Array.from({ length: 50 }, (_, i) => packed(20000 + i));
  let refusals = 0;
  const large = Promise.all(bodies.map(async (body) => {
    for (;;) {
      const reply = await fetch(`${countersign.url}/webhooks/json`, {
        method: "POST", body,
        headers: { authorization: `Bearer ${countersign.webhookToken}`, "content-encoding": "gzip" },
      });
      const text = await reply.text();
      if (reply.status === 200) return assert.equal(JSON.parse(text).events, 1);
      assert.equal(reply.status, 503, text);
      assert.match(reply.headers.get("retry-after"), /^\d+$/);
      ++refusals;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }));
  let going = true;
  const slowest = large.finally(() => (going = false)) && (async () => {
    let most = 0;
    for (let port = 40000; going; ++port) {
      const began = performance.now();
      const { status, body } = await post(countersign, line(acceptedLine({ port, user: "alice" })));
      assert.equal(status, 200, JSON.stringify(body));
      most = Math.max(most, performance.now() - began);
    }
    return most;
  })();
  await large;
  const most = await slowest;
  const high = await peak(countersign);
  t.diagnostic(`peak ${high.toFixed(0)} MiB, ${refusals} refused first, the slowest small one ${most.toFixed(0)} ms`);
  assert.ok(refusals > 0, "the budget was never exhausted");
  assert.ok(high < 450, `${high} MiB`);
  assert.match((await countersign.api("/metrics", { role: null })).body, /^countersign_request_memory_bytes 0$/m);
});

test("what is too large, also where it comes in chunks, is said with the mend, and max_body_mib is one", async (t) => {
  const token = (c) => `${c.folder}/webhook.token`;
  const countersign = await Countersign.start({
    config: (c) => ({ webhook: {
      journal: { provider: "journal", token_file: token(c), max_body_mib: 1 },
      roomy: { provider: "journal", token_file: token(c), max_body_mib: 96 },
    } }),
  });
  t.after(() => countersign.stop());
  const entry = Buffer.from(`__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=${Date.now()}000\n_HOSTNAME=bastion\n` +
                            `SYSLOG_IDENTIFIER=cron\nMESSAGE=${"x".repeat(8000)}\n\n`);
  /** As systemd-journal-upload does: chunks, until it has no more. */
  const upload = (name, entries) => new Promise((resolve, reject) => {
    const sending = request(`${countersign.url}/webhooks/${name}/upload`, {
      method: "POST",
      headers: { authorization: `Bearer ${countersign.webhookToken}`, "content-type": "application/vnd.fdo.journal" },
    }, (reply) => resolve(reply.resume().statusCode));
    sending.on("error", reject);
    for (let i = 0; i < entries; ++i) sending.write(entry);
    sending.end();
  });
  assert.equal(await upload("journal", 10), 202);
  assert.equal(await upload("journal", 150).catch(() => 413), 413);
  const ready = (await countersign.api("/readyz", { role: null })).body;
  assert.equal(ready.status, "degraded");
  assert.match(ready.reasons.join("\n"), /webhook journal: 1 delivery refused in the last 10 min: 413 too large; raise max_body_mib/);
  assert.match((await countersign.api("/metrics", { role: null })).body,
               /^countersign_deliveries_refused_total\{source="journal",status="413",reason="too_large"\} 1$/m);
  assert.match(countersign.log, /webhook journal: a delivery from 127\.0\.0\.1 was refused: 413 too large/);
  assert.equal(await upload("roomy", 10_000), 202, "80 MB, more than the 64 MiB of the provider's own limit");
  t.diagnostic(`peak ${(await peak(countersign)).toFixed(0)} MiB`);
  await countersign.until(async () =>
    (await countersign.api("/metrics", { role: null })).body.includes('name="refused.413.too_large.journal"} 1'));
  const { deliveries, by_reason } = (await countersign.api("/api/v1/report")).body.deliveries_refused;
  assert.equal(deliveries, 1);
  assert.deepEqual(by_reason, [{ webhook: "journal", status: 413, reason: "too_large", why: "413 too large", deliveries: 1 }]);
  const { stdout } = await promisify(execFile)(process.env.COUNTERSIGN, ["report", "--config", countersign.configFile, "--server", countersign.url]);
  assert.match(stdout, /^Deliveries refused\n  in the whole hours from \S+:00:00Z to \S+:00:00Z\n +1  journal: 413 too large$/m);
});
