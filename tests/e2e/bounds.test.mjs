// What many senders at once may cost: memory stays bounded, every good delivery gets in at last, small ones meanwhile;
// and what is refused is said.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
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

/** A chunked request, as clients that don't know its length make; `pieces` gives what it sends. The answer's status. */
function upload(countersign, path, pieces) {
  return new Promise((resolve, reject) => {
    const sending = request(`${countersign.url}${path}`, {
      method: "POST", headers: { authorization: `Bearer ${countersign.webhookToken}` },
    }, (reply) => resolve(reply.resume().statusCode));
    sending.on("error", reject);
    (async () => {
      for (const piece of pieces) if (!sending.write(piece)) await once(sending, "drain");
      sending.end();
    })().catch(reject);
  });
}

test("what is too large, also where it comes in chunks, is said with the mend, and max_body_mib is one", async (t) => {
  const countersign = await Countersign.start({
    config: (c) => ({ webhook: Object.fromEntries(Object.entries({ small: 1, roomy: 96 }).map(([name, max_body_mib]) =>
      [name, { provider: "json", token_file: `${c.folder}/webhook.token`, max_body_mib }])) }),
  });
  t.after(() => countersign.stop());
  const lines = (count) => Array(count).fill(`${line("x".repeat(8000), "cron")}\n`);
  assert.equal(await upload(countersign, "/webhooks/small", lines(10)), 200);
  assert.equal(await upload(countersign, "/webhooks/small", lines(150)).catch(() => 413), 413);
  const ready = (await countersign.api("/readyz", { role: null })).body;
  assert.equal(ready.status, "degraded");
  assert.match(ready.reasons.join("\n"), /webhook small: 1 delivery refused in the last 10 min: 413 too large; raise max_body_mib/);
  assert.match((await countersign.api("/metrics", { role: null })).body,
               /^countersign_deliveries_refused_total\{source="small",status="413",reason="too_large"\} 1$/m);
  assert.match(countersign.log, /webhook small: a delivery from 127\.0\.0\.1 was refused: 413 too large/);
  assert.equal(await upload(countersign, "/webhooks/roomy", lines(10_000)), 200, "80 MB");
  t.diagnostic(`peak ${(await peak(countersign)).toFixed(0)} MiB`);
  await countersign.until(async () =>
    (await countersign.api("/metrics", { role: null })).body.includes('name="refused.413.too_large.small"} 1'));
  const { deliveries, by_reason } = (await countersign.api("/api/v1/report")).body.deliveries_refused;
  assert.equal(deliveries, 1);
  assert.deepEqual(by_reason, [{ webhook: "small", status: 413, reason: "too_large", why: "413 too large", deliveries: 1 }]);
  const { stdout } = await promisify(execFile)(process.env.COUNTERSIGN, ["report", "--config", countersign.configFile, "--server", countersign.url]);
  assert.match(stdout, /^Deliveries refused\n  in the whole hours from \S+:00:00Z to \S+:00:00Z\n +1  small: 413 too large$/m);
});

test("a journal of any length in one request: taken in pieces, each login once, memory bounded, one huge entry passed over", async (t) => {
  const countersign = await Countersign.start({
    config: (c) => ({ webhook: { journal: { provider: "journal", token_file: `${c.folder}/webhook.token`, max_body_mib: 1 } } }),
  });
  t.after(() => countersign.stop());
  const now = Date.now();
  const entry = (i, message, program = "sshd") =>
    `__CURSOR=s=1;i=${i}\n__REALTIME_TIMESTAMP=${now}000\n_HOSTNAME=bastion\nSYSLOG_IDENTIFIER=${program}\nMESSAGE=${message}\n\n`;
  const forged = entry(0, acceptedLine({ port: 6 }));  // what a user of the host wrote into an entry of 3 MiB
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(3 * 2 ** 20 + forged.length));
  const huge = Buffer.concat([Buffer.from("__CURSOR=s=1;i=huge\n_COMM=python3\nBLOB\n"), size,
                              Buffer.alloc(2 ** 20, "x\n\n"), Buffer.from(forged), Buffer.alloc(2 * 2 ** 20, "y"), Buffer.from("\nMESSAGE=m\n\n")]);
  const logins = 40, between = 5000;
  const journal = function* () {
    for (let login = 0; login < logins; ++login) {
      yield entry(`${login}.0`, acceptedLine({ port: 30_000 + login }));
      for (let i = 1; i <= between; ++i) yield entry(`${login}.${i}`, `(root) CMD (${"x".repeat(300)})`, "cron");
      if (login === 7) yield huge;
    }
  };
  const took = performance.now();
  assert.equal(await upload(countersign, "/webhooks/journal/upload", journal()), 202);
  t.diagnostic(`${logins * (between + 1)} entries, ${((performance.now() - took) / 1000).toFixed(1)} s, peak ${(await peak(countersign)).toFixed(0)} MiB`);
  const ports = async () => (await countersign.api("/api/v1/events?limit=1000")).body.events.map((event) => event["source.port"]).sort();
  const all = Array.from({ length: logins }, (_, i) => 30_000 + i);
  assert.deepEqual(await ports(), all);
  const { quarantine } = (await countersign.api("/api/v1/quarantine")).body;
  assert.equal(quarantine.length, 1);
  assert.match(JSON.stringify(quarantine), /i=huge/);
  assert.ok((await peak(countersign)) < 200);

  // One that is cut off is brought again from its beginning, as its client does.
  const cut = function* () {
    let sent = 0;
    for (const piece of journal()) if ((sent += piece.length) < 20_000_000) yield piece; else throw new Error("the host went down");
  };
  await assert.rejects(upload(countersign, "/webhooks/journal/upload", cut()), /went down/);
  assert.equal(await upload(countersign, "/webhooks/journal/upload", journal()), 202);
  assert.deepEqual(await ports(), all);
});
