// Catching up: what a provider's search has and its deliveries missed. Each fake enforces its provider's rules, and the
// official AWS SDK passes against the same fake that our requests must pass.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";

import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";

import { FakeCloudWatch } from "../fakes/logs/cloudwatch.mjs";
import { FakeLoki } from "../fakes/logs/loki.mjs";
import { FakePapertrail } from "../fakes/logs/papertrail.mjs";
import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";

const since = "2026-11-20T10:00:00Z";
const until = "2026-11-20T12:00:00Z";
const aws = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: "FwoGZXIvYXdzEXAMPLE" };

let server, papertrail, loki, cloudwatch;

function backfill(name, ...args) {
  return new Promise((resolve) => {
    execFile(process.env.COUNTERSIGN, ["backfill", name, "--config", server.configFile, "--server", server.url,
             "--since", since, "--until", until, "--format", "json", ...args], { env: { ...process.env, ...server.env } },
             (error, out, err) => resolve({ code: error?.code ?? 0, out, err, sum: out.startsWith("{") ? JSON.parse(out) : null }));
  });
}

const at = (second) => new Date(Date.parse(since) + second * 1000);
const login = (i) => papertrailEvent({ id: 9007199254740993n + BigInt(i), message: acceptedLine({ port: 10_000 + i }), at: at(i) });

before(async () => {
  papertrail = await new FakePapertrail("papertrail-secret").start();
  loki = await new FakeLoki({ tenant: "ops", authorization: `Basic ${Buffer.from("reader:loki-secret").toString("base64")}` }).start();
  cloudwatch = await new FakeCloudWatch({ ...aws, region: "eu-central-1", logGroup: "/var/log/secure" }).start();
  server = await Countersign.start({
    env: { AWS_ACCESS_KEY_ID: aws.accessKeyId, AWS_SECRET_ACCESS_KEY: aws.secretAccessKey, AWS_SESSION_TOKEN: aws.sessionToken, PAPERTRAIL_TOKEN: "papertrail-secret" },
    config: {
      webhook: { auto: { provider: "papertrail", token: "t" }, loki: { provider: "loki", token: "t" }, firehose: { provider: "firehose", token: "t", default_program: "sshd" } },
      backfill: {
        papertrail: { kind: "papertrail", webhook: "papertrail", url: papertrail.url, token_env: "PAPERTRAIL_TOKEN", catch_up: "0" },
        loki: { kind: "loki", webhook: "loki", url: loki.url, query: '{job="sshd"}', tenant: "ops", user: "reader", token: "loki-secret", catch_up: "0" },
        cloudwatch: { kind: "cloudwatch", webhook: "firehose", url: cloudwatch.url, region: "eu-central-1", log_group: "/var/log/secure", catch_up: "0" },
        auto: { kind: "papertrail", webhook: "auto", url: papertrail.url, token_env: "PAPERTRAIL_TOKEN" },
        refused: { kind: "papertrail", url: papertrail.url, token: "wrong", catch_up: "0" },
      },
    },
  });
});

after(async () => {
  await server?.stop();
  await Promise.all([papertrail, loki, cloudwatch].map((fake) => fake?.stop()));
});

describe("Papertrail", () => {
  test("pages by max_id through record and time limits; ids above 2^53; the span's ends; what was pushed is known", async () => {
    for (let i = 0; i < 2500; ++i)
      papertrail.events.push(i % 10 === 0 ? login(i) : papertrailEvent({ id: login(i).id, message: `Connection closed by 203.0.113.7 port ${i} [preauth]`, at: at(i) }));
    papertrail.events.push(papertrailEvent({ id: 9007199254750000n, message: acceptedLine({ port: 9 }), at: at(7200) }));  // at `until`: outside
    papertrail.perAnswer = 700;
    // Pushed as webhooks push them: a number where JSON can hold it, no generated_at. Overlapping in the middle of a page.
    const pushed = papertrail.events.slice(400, 600).map((event) => ({ ...event, id: String(event.id) }));
    assert.equal((await server.papertrail(pushed)).body.events, 20);
    const first = await backfill("papertrail");
    assert.equal(first.code, 0, first.err);
    assert.deepEqual([first.sum.received, first.sum.events, first.sum.duplicates, first.sum.ignored], [2500, 230, 20, 2250]);
    assert.equal(first.sum.state, "done");
    assert.ok(first.sum.pages >= 4);
    const again = (await backfill("papertrail")).sum;
    assert.deepEqual([again.events, again.duplicates], [0, 250]);
    const events = (await server.api("/api/v1/events?limit=1000&source=papertrail")).body.events;
    assert.equal(events.length, 250);
    assert.equal((await server.approvals({ source: "papertrail" })).filter((each) => each.kind === "finding").length, 0);
  });

  test("nobody is asked without --ask; with it they are, by the digest where it is long ago", async () => {
    const asked = async () => (await server.approvals()).reduce((sum, { events }) => sum + events.length, 0);
    const before = await asked();
    papertrail.events = [login(5000)];
    assert.equal((await backfill("papertrail")).sum.events, 1);
    assert.equal(await asked(), before);
    papertrail.events = [papertrailEvent({ id: 77n, message: acceptedLine({ port: 77 }), at: at(60) })];
    assert.equal((await backfill("papertrail", "--ask")).sum.events, 1);
    assert.equal(await asked(), before + 1);
  });

  test("busy, broken off, in trouble: it waits as told, tries again, loses nothing", async () => {
    papertrail.events = Array.from({ length: 30 }, (_, i) => login(6000 + i));
    papertrail.faults = [{ status: 429, headers: { "retry-after": "0" }, body: { message: "slow down" } }, "hang up",
                         { status: 503, headers: { "retry-after": "0" }, body: "busy" }];
    const { code, sum, err } = await backfill("papertrail");
    assert.equal(code, 0, err);
    assert.deepEqual([sum.events, sum.retries], [30, 3]);
  });

  test("refused credentials end it, and say so; the token is not shown", async () => {
    const { code, err, sum } = await backfill("refused");
    assert.equal(code, 2);
    assert.match(err, /401.*credentials/s);
    assert.equal(sum.state, "failed");
    assert.ok(!err.includes("wrong"));
  });

  test("cut off by SIGKILL it goes on from where it was, by itself", async () => {
    papertrail.events = Array.from({ length: 3000 }, (_, i) => login(20_000 + i));
    papertrail.events.forEach((event, i) => (event.received_at = at(i).toISOString()));
    papertrail.perAnswer = 100;
    // Its sixth answer never comes: killed in the middle.
    papertrail.requests.length = 0;
    const hold = papertrail.answer.bind(papertrail);
    let killed;
    papertrail.answer = (asked) => {
      if (papertrail.requests.length === 6 && !killed) killed = server.end("SIGKILL");
      return hold(asked);
    };
    const running = backfill("papertrail");
    await server.until(async () => killed, { what: "the kill" });
    await running;
    papertrail.answer = hold;
    const asked = papertrail.requests.length;
    await server.restart();
    const { sum } = await backfill("papertrail");
    assert.ok(sum.resumed, JSON.stringify(sum));
    assert.ok(papertrail.requests.length - asked <= 28, "pages that were durable are not asked for again");
    const again = (await backfill("papertrail")).sum;
    assert.deepEqual([again.events, again.duplicates], [0, 3000]);
  });

  test("one at a time, a name nobody has, a span that is none", async () => {
    assert.match((await backfill("papertrial")).err, /there is cloudwatch, loki, papertrail, refused|no \[backfill.papertrial\]/);
    const { status, body } = await server.api("/api/v1/backfills/papertrail", { body: { since: until, until: since } });
    assert.equal(status, 400);
    assert.match(body.error, /span is empty/);
    assert.equal((await server.api("/api/v1/backfills/papertrail", { body: { until } })).status, 400);
    assert.equal((await server.api("/api/v1/backfills/papertrail", { role: "viewer", body: { since } })).status, 403);
  });
});

describe("Loki", () => {
  const ns = (second, more = 0) => BigInt(at(second).getTime()) * 1_000_000n + BigInt(more);

  test("pages of nanoseconds, thousands of lines on one of them; tenant and basic; what was pushed is known", async () => {
    const labels = { job: "sshd", host: "web1", program: "sshd" };
    const entries = [];
    for (let i = 0; i < 1500; ++i) entries.push([ns(i, 7), acceptedLine({ port: 1000 + i })]);
    for (let i = 0; i < 2600; ++i) entries.push([ns(2000, 1), acceptedLine({ port: 5000 + i })]);  // more than a page
    entries.push([ns(2001), acceptedLine({ port: 60_000 })], [ns(7200), acceptedLine({ port: 60_001 })]);
    loki.streams = [{ labels, entries }, { labels: { job: "nginx" }, entries: [[ns(1), "GET /"]] }];
    const push = { streams: [{ stream: labels, values: entries.slice(100, 200).map(([at, line]) => [String(at), line]) }] };
    const pushed = await server.api("/webhooks/loki/loki/api/v1/push", { role: null, body: push, headers: { authorization: "Bearer t" } });
    assert.equal(pushed.status, 204);
    const { code, sum, err } = await backfill("loki");
    assert.equal(code, 0, err);
    assert.deepEqual([sum.events, sum.duplicates], [4001, 100]);
    assert.equal((await backfill("loki")).sum.events, 0);
    assert.ok(loki.requests.every(({ url }) => BigInt(url.searchParams.get("end")) - BigInt(url.searchParams.get("start")) <= 86_400_000_000_000n));
  });

  test("more on one nanosecond than Loki gives is said", async () => {
    loki.streams = [{ labels: { job: "sshd", host: "web2" }, entries: Array.from({ length: 5100 }, (_, i) => [ns(10), `Connection closed by 203.0.113.7 port ${i}`]) }];
    const { sum, err } = await backfill("loki");
    assert.equal(sum.received, 5000);
    assert.match(err, /no more than 5000 lines of one nanosecond/);
  });
});

describe("CloudWatch Logs", () => {
  const event = (i) => ({ eventId: `3${String(i).padStart(55, "0")}`, logStreamName: i % 2 ? "bastion" : "web1", timestamp: at(i).getTime(), message: acceptedLine({ port: 20_000 + i }) });

  test("the official SDK passes against the fake, and so do we: signature, session token, empty pages, throttling", async () => {
    cloudwatch.events = Array.from({ length: 450 }, (_, i) => event(i));
    const client = new CloudWatchLogsClient({ region: "eu-central-1", endpoint: cloudwatch.url, credentials: aws });
    const seen = [];
    const wanted = { logGroupName: "/var/log/secure", startTime: Date.parse(since), endTime: Date.parse(until) - 1 };
    for await (const page of paginateFilterLogEvents({ client }, wanted)) seen.push(...page.events);
    assert.deepEqual(seen.map(({ eventId }) => eventId), cloudwatch.events.map(({ eventId }) => eventId));
    client.destroy();

    // The subscription through Firehose brought some of them.
    const message = { messageType: "DATA_MESSAGE", logGroup: "/var/log/secure", logStream: "bastion",
                      logEvents: cloudwatch.events.filter((each) => each.logStreamName === "bastion").slice(0, 50)
                        .map(({ eventId, timestamp, message }) => ({ id: eventId, timestamp, message })) };
    const delivery = { requestId: "r1", timestamp: 1, records: [{ data: Buffer.from(JSON.stringify(message)).toString("base64") }] };
    const pushed = await server.api("/webhooks/firehose", { role: null, body: delivery, headers: { "x-amz-firehose-access-key": "t" } });
    assert.equal(pushed.status, 200);

    cloudwatch.faults = [{ status: 400, body: JSON.stringify({ __type: "ThrottlingException", message: "Rate exceeded" }) }];
    const { code, sum, err } = await backfill("cloudwatch");
    assert.equal(code, 0, err);
    assert.deepEqual([sum.events, sum.duplicates, sum.retries], [400, 50, 1]);
    assert.ok(sum.pages >= 10);
    assert.equal((await backfill("cloudwatch")).sum.events, 0);
  });

  test("a token that ended: the span is asked for anew", async () => {
    cloudwatch.events = Array.from({ length: 300 }, (_, i) => event(1000 + i));
    const answer = cloudwatch.answer.bind(cloudwatch);
    let pages = 0;
    cloudwatch.answer = (asked) => {
      if (++pages === 4) cloudwatch.tokens.clear();
      return answer(asked);
    };
    const { sum } = await backfill("cloudwatch");
    assert.deepEqual([sum.state, sum.events], ["done", 300]);
    assert.ok(sum.retries >= 1);
    cloudwatch.answer = answer;
  });
});

test("on start it catches up on what it missed, by itself, and asks nobody", async () => {
  papertrail.perAnswer = 1000;
  const line = (id, port, at) => papertrailEvent({ id, message: acceptedLine({ user: "alice", port }), at });
  const heard = line("500", 500, new Date());
  assert.equal((await server.papertrail([heard], { name: "auto", token: "t" })).body.events, 1);
  const asked = (await server.approvals()).length;
  await server.end();
  papertrail.events = [line("400", 400, new Date(Date.now() - 3600_000)), heard, line("501", 501, new Date()), line("502", 502, new Date())];
  await server.restart();
  const auto = await server.until(async () => (await server.api("/api/v1/backfills")).body.backfills.find(({ name, state }) => name === "auto" && state === "done"));
  assert.deepEqual([auto.events, auto.duplicates], [2, 1], "what is older than its last word was heard then");
  assert.equal((await server.approvals()).length, asked);
});

test("without a server it works alone; nothing is asked of a provider that isn't configured", async () => {
  papertrail.events = [papertrailEvent({ id: 99n, message: acceptedLine({ port: 99 }), at: at(99) })];
  papertrail.perAnswer = 1000;
  await server.end();
  const alone = await new Promise((resolve) => execFile(process.env.COUNTERSIGN, ["backfill", "papertrail", "--config", server.configFile,
    "--since", since, "--until", until, "--format", "json"], { env: { ...process.env, ...server.env } }, (error, out, err) => resolve({ code: error?.code ?? 0, out, err })));
  assert.equal(alone.code, 0, alone.err);
  assert.equal(JSON.parse(alone.out).events, 1);
});
