// Official clients deliver to their own kind of webhook, and what each takes for an answer is held: OpenTelemetry's
// exporters, Splunk's and Loki's loggers from npm; syslog-ng's http(), rsyslog's omelasticsearch and
// systemd-journal-upload from Debian; curl for the rest.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createSign, generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { OTLPLogExporter as JsonExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtobufExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import splunk from "splunk-logging";
import winston from "winston";
import LokiTransport from "winston-loki";
import { acceptedLine, Countersign } from "./lib/countersign.mjs";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../..", import.meta.url));
const sample = (name) => readFile(join(repository, "webhooks/samples", name));
const clients = join(repository, "build/debian-clients");

let server, scratch, nextPort = 40000;
const google = generateKeyPairSync("rsa", { modulusLength: 2048 });

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "countersign-providers-"));
  const keys = { keys: [{ ...google.publicKey.export({ format: "jwk" }), kid: "k1", alg: "RS256" }] };
  await writeFile(join(scratch, "google.json"), JSON.stringify(keys));
  await writeFile(join(scratch, "grafana.secret"), "topsecret");
  await run(join(repository, "tests/e2e/lib/unpack-packages.sh"),
            [clients, "rsyslog", "rsyslog-elasticsearch", "libestr0", "libfastjson4", "liblognorm5",
             "syslog-ng-core", "syslog-ng-mod-http", "libivykis0", "libnet1", "libjson-c5", "libpcre3", "libglib2.0-0", "libwrap0"]);
  server = await Countersign.start({
    config: (made) => {
      const token_file = join(made.folder, "webhook.token");
      const hook = (provider, more = {}) => ({ provider, token_file, default_program: "sshd", ...more });
      return {
        notify: { group_window: "0s" },
        webhook: {
          otlp: hook("otlp"), hec: hook("splunk_hec"), loki: hook("loki"), elastic: hook("elasticsearch"),
          journal: hook("journal"), firehose: hook("firehose"), logplex: hook("logplex"), bridge: hook("eventbridge"),
          lines: hook("json"),
          kernel: hook("template", { preset: "wazuh", class: "kernel", hosts: ["web*"] }),
          grafana: { provider: "template", preset: "grafana", default_program: "sshd",
                     signature_secret_file: join(scratch, "grafana.secret") },
          google: { provider: "pubsub", audience: "https://countersign.example.com", default_program: "sshd",
                    email: "push@example.iam.gserviceaccount.com", keys_file: join(scratch, "google.json") },
        },
      };
    },
  });
});

after(async () => {
  await server?.stop();
  await rm(scratch, { recursive: true, force: true });
});

const at = (name, suffix = "") => `${server.url}/webhooks/${name}${suffix}`;
const bearer = () => ({ authorization: `Bearer ${server.webhookToken}` });
const line = () => acceptedLine({ port: ++nextPort });

/** The one event of that login, once it is there; `source` brought its first sighting. */
async function arrived(port, { host, source } = {}) {
  return server.until(async () => {
    const { body } = await server.api(`/api/v1/events?query=${encodeURIComponent(`source.port=${port}`)}`, { role: "viewer" });
    assert.ok(body.events.length <= 1, "one login is one event");
    const [event] = body.events;
    if (!event) return undefined;
    assert.equal(event["user.name"], "oswaldo");
    if (host) assert.equal(event["host.name"], host);
    if (source) {
      const { body: approval } = await server.api(`/api/v1/approvals/${event["approval.id"]}`, { role: "viewer" });
      assert.ok(approval.events.some((one) => one.sightings.some((sighting) => sighting.source === source)));
    }
    return event;
  }, { what: `the login from port ${port}` });
}

async function curl(...args) {
  const { stdout } = await run("curl", ["--silent", "--show-error", "--write-out", "\n%{http_code}", ...args]);
  const cut = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(cut + 1)), body: stdout.slice(0, cut) };
}

for (const [kind, Exporter] of [["JSON", JsonExporter], ["protobuf", ProtobufExporter]]) {
  test(`OpenTelemetry's exporter delivers in ${kind}`, async () => {
    const results = [];
    const exporter = new Exporter({ url: at("otlp", "/v1/logs"), headers: bearer(), compression: "gzip" });
    const inner = exporter.export.bind(exporter);
    exporter.export = (logs, done) => inner(logs, (result) => (results.push(result), done(result)));
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({ "host.name": "web1" }),
      processors: [new SimpleLogRecordProcessor({ exporter })],
    });
    const logger = provider.getLogger("test");
    logger.emit({ body: line(), timestamp: Date.now() });
    const first = nextPort;
    logger.emit({ body: { MESSAGE: line(), SYSLOG_IDENTIFIER: "sshd", _HOSTNAME: "web2" }, timestamp: Date.now() });
    await provider.forceFlush();
    await arrived(first, { host: "web1", source: "otlp" });
    await arrived(nextPort, { host: "web2", source: "otlp" });
    assert.deepEqual(results.map((result) => result.code), [0, 0]);
    await provider.shutdown();
  });
}

test("Splunk's own logger delivers", async () => {
  const logger = new splunk.Logger({ token: server.webhookToken, url: at("hec", "/services/collector/event"), maxRetries: 0 });
  const sent = await new Promise((resolve, reject) => {
    logger.error = reject;
    logger.send({ message: `Nov 20 01:02:03 web3 sshd[7]: ${line()}`, metadata: { host: "web3", time: Date.now() / 1000 } },
                (error, response, body) => (error ? reject(error) : resolve(body)));
  });
  assert.deepEqual(sent, { text: "Success", code: 0 });
});

test("HEC by curl: raw, acknowledgement, health, errors", async () => {
  const token = ["--header", `Authorization: Splunk ${server.webhookToken}`];
  const channel = ["--header", "X-Splunk-Request-Channel: 11111111-1111-1111-1111-111111111111"];
  const raw = await curl(...token, ...channel, "--data-binary", `${new Date().toISOString()} web4 sshd[9]: ${line()}\n`,
                         at("hec", "/services/collector/raw"));
  assert.equal(raw.status, 200);
  const { ackId, code } = JSON.parse(raw.body);
  assert.equal(code, 0);
  await arrived(nextPort, { host: "web4" });
  const acks = await curl(...token, ...channel, "--data", JSON.stringify({ acks: [ackId] }), at("hec", "/services/collector/ack"));
  assert.deepEqual(JSON.parse(acks.body), { acks: { [ackId]: true } });
  assert.deepEqual(await curl(at("hec", "/services/collector/health")), { status: 200, body: '{"text":"HEC is healthy","code":17}' });
  const bad = await curl("--header", "Authorization: Splunk wrong", "--data", "{}", at("hec", "/services/collector"));
  assert.deepEqual([bad.status, JSON.parse(bad.body).code], [401, 3]);
  const broken = await curl(...token, "--data", "{broken", at("hec", "/services/collector"));
  assert.deepEqual([broken.status, JSON.parse(broken.body).code], [400, 6]);
});

for (const json of [true, false]) {
  test(`Loki's logger delivers in ${json ? "JSON" : "snappy protobuf"}`, async () => {
    const errors = [];
    const transport = new LokiTransport({
      host: at("loki"), json, basicAuth: `any:${server.webhookToken}`, labels: { host: "web5" }, batching: false,
      format: winston.format.printf((entry) => entry.message), onConnectionError: (error) => errors.push(error),
    });
    const logger = winston.createLogger({ transports: [transport] });
    logger.info(line());
    await arrived(nextPort, { host: "web5", source: "loki" });
    logger.close();
    assert.deepEqual(errors, []);
  });
}

/** A program in the foreground, ended with the test. */
function started(context, program, args, env = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  child.said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (child.said += chunk));
  context.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  });
  return child;
}

const library = { LD_LIBRARY_PATH: `${clients}/usr/lib/x86_64-linux-gnu:${clients}/usr/lib/syslog-ng` };

const freePort = () => new Promise((resolve) => {
  const listener = createServer().listen(0, "127.0.0.1", () => {
    const { port } = listener.address();
    listener.close(() => resolve(port));
  });
});

/** Sends lines once somebody listens there. */
async function sendLines(child, port, lines) {
  await server.until(() => new Promise((resolve, reject) => {
    if (child.exitCode !== null) return reject(new Error(`it ended: ${child.said}`));
    const socket = connect(port, "127.0.0.1", () => socket.end(lines.join("\n") + "\n", () => resolve(true)));
    socket.on("error", () => resolve(false));
  }), { what: `a listener on ${port}` });
}

test("syslog-ng's http() delivers batches of JSON", async (context) => {
  const port = await freePort();
  const file = join(scratch, "syslog-ng.conf");
  await writeFile(file, `@version: 3.38
source in { network(transport("tcp") ip("127.0.0.1") port(${port}) keep-hostname(yes)); };
destination out { http(url("${at("lines")}") method("POST") headers("Authorization: Bearer ${server.webhookToken}", "Content-Type: application/json")
  body("$(format-json message=$MSG host=$HOST program=$PROGRAM pid=$PID @timestamp=$ISODATE)")
  body-prefix("[") delimiter(",") body-suffix("]") batch-lines(100) batch-timeout(200)); };
log { source(in); destination(out); };
`);
  const child = started(context, `${clients}/usr/sbin/syslog-ng`,
                        ["--foreground", "--no-caps", "--cfgfile", file, "--persist-file", join(scratch, "persist"),
                         "--pidfile", join(scratch, "ng.pid"), "--control", join(scratch, "ng.ctl"),
                         "--module-path", `${clients}/usr/lib/syslog-ng/3.38`], library);
  const first = nextPort + 1;
  await sendLines(child, port, [1, 2, 3].map(() => `<38>Nov 20 01:02:03 web6 sshd[42]: ${line()}`));
  for (let one = first; one <= nextPort; ++one) await arrived(one, { host: "web6", source: "lines" });
});

test("rsyslog's omelasticsearch delivers to _bulk", async (context) => {
  const port = await freePort();
  const file = join(scratch, "rsyslog.conf");
  await writeFile(file, `global(workDirectory="${scratch}" net.enableDNS="off")
module(load="imptcp")
module(load="omelasticsearch")
template(name="ecs" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="program" name="programname" format="jsonf")
  property(outname="pid" name="procid" format="jsonf") }
input(type="imptcp" port="${port}" address="127.0.0.1")
action(type="omelasticsearch" server="${at("elastic")}" uid="any" pwd="${server.webhookToken}" template="ecs" searchIndex="logs"
       bulkmode="on" errorfile="${join(scratch, "refused.json")}" action.resumeRetryCount="5")
`);
  const child = started(context, `${clients}/usr/sbin/rsyslogd`,
                        ["-n", "-f", file, "-i", join(scratch, "rsyslog.pid"), "-M", `${clients}/usr/lib/x86_64-linux-gnu/rsyslog`], library);
  const first = nextPort + 1;
  await sendLines(child, port, [1, 2, 3].map(() => `<38>Nov 20 01:02:03 web7 sshd[42]: ${line()}`));
  for (let one = first; one <= nextPort; ++one) await arrived(one, { host: "web7", source: "elastic" });
  await assert.rejects(readFile(join(scratch, "refused.json")), { code: "ENOENT" });
});

test("systemd-journal-upload delivers, all in one request, of which pieces are taken as they come", async () => {
  const entries = Array.from({ length: 3000 }, (_, at) => [
    `__CURSOR=s=0;i=${at}`, `__REALTIME_TIMESTAMP=${Date.now() * 1000 + at}`, `__MONOTONIC_TIMESTAMP=${at}`,
    "_BOOT_ID=0123456789abcdef0123456789abcdef", "_HOSTNAME=web8", "_PID=7",
    ...(at % 1000 === 500 ? ["SYSLOG_IDENTIFIER=sshd", `MESSAGE=${line()}`] : ["SYSLOG_IDENTIFIER=cron", `MESSAGE=${"x".repeat(200)}`]),
    "", ""].join("\n"));
  const exported = join(scratch, "export.txt");
  const journal = join(scratch, "web8.journal");
  await writeFile(exported, entries.join(""));
  await run("/lib/systemd/systemd-journal-remote", ["--output", journal, exported]);
  const url = at("journal").replace("://", `://any:${server.webhookToken}@`);
  await run("/lib/systemd/systemd-journal-upload", ["--url", url, "--file", journal], { timeout: 20_000 });
  for (let one = nextPort - 2; one <= nextPort; ++one) await arrived(one, { host: "web8", source: "journal" });
});

test("Firehose by curl: its key header, its answer, the same batch twice", async () => {
  const record = (text) => ({ data: Buffer.from(text).toString("base64") });
  const body = JSON.stringify({ requestId: "r1", timestamp: Date.now(), records: [
    record(JSON.stringify({ messageType: "DATA_MESSAGE", logStream: "web9", logEvents: [
      { id: "35683658089614582423604394983260738922885519999578275840", timestamp: Date.now(), message: line() }] })),
    { data: "!" }] });
  await writeFile(join(scratch, "firehose.json"), body);
  const deliver = () => curl("--header", `X-Amz-Firehose-Access-Key: ${server.webhookToken}`, "--header", "X-Amz-Firehose-Request-Id: r1",
                             "--header", "Content-Type: application/json", "--data-binary", `@${join(scratch, "firehose.json")}`, at("firehose"));
  for (let again = 0; again < 2; ++again) {
    const { status, body: answer } = await deliver();
    assert.equal(status, 200);
    assert.equal(JSON.parse(answer).requestId, "r1");
    assert.equal(typeof JSON.parse(answer).timestamp, "number");
  }
  await arrived(nextPort, { host: "web9", source: "firehose" });
  const refused = await curl("--header", "X-Amz-Firehose-Access-Key: wrong", "--header", "X-Amz-Firehose-Request-Id: r1", "--data", "{}", at("firehose"));
  assert.equal(refused.status, 401);
  assert.equal(JSON.parse(refused.body).requestId, "r1");
});

test("EventBridge, Logplex, Grafana and Pub/Sub by curl", async () => {
  const login = JSON.parse(await sample("eventbridge_consolelogin.json"));
  login.detail.eventTime = new Date().toISOString();
  assert.equal((await curl("--header", `Authorization: Bearer ${server.webhookToken}`, "--data", JSON.stringify(login), at("bridge"))).status, 200);

  const frame = `<86>1 ${new Date().toISOString()} web10 sshd 7 - ${line()}\n`;
  const drain = await curl("--user", `any:${server.webhookToken}`, "--header", "Content-Type: application/logplex-1", "--header", "Logplex-Msg-Count: 1",
                           "--header", "Logplex-Frame-Id: F1", "--data-binary", `${frame.length} ${frame}`, at("logplex"));
  assert.equal(drain.status, 200);
  await arrived(nextPort, { host: "web10" });

  const alert = await sample("grafana_alert.json");
  await writeFile(join(scratch, "alert.json"), alert);
  const signed = (signature) => curl("--header", `X-Grafana-Alerting-Signature: ${signature}`, "--data-binary", `@${join(scratch, "alert.json")}`, at("grafana"));
  assert.equal((await signed("07b3fea4453241d5ebdf47f3da9d92967eb1fa2b1fdff71f3d8972e7c9548637")).status, 200);
  assert.equal((await signed("17b3fea4453241d5ebdf47f3da9d92967eb1fa2b1fdff71f3d8972e7c9548637")).status, 401);

  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = (claims) => {
    const now = Math.floor(Date.now() / 1000);
    const content = `${part({ alg: "RS256", kid: "k1" })}.${part({
      iss: "https://accounts.google.com", aud: "https://countersign.example.com", email_verified: true, iat: now, exp: now + 600,
      email: "push@example.iam.gserviceaccount.com", ...claims })}`;
    return `${content}.${createSign("RSA-SHA256").update(content).sign(google.privateKey, "base64url")}`;
  };
  const entry = { insertId: "i1", timestamp: new Date().toISOString(), textPayload: `Nov 20 01:02:03 web11 sshd[1]: ${line()}` };
  const push = JSON.stringify({ message: { data: Buffer.from(JSON.stringify(entry)).toString("base64"), messageId: "1" }, subscription: "s" });
  assert.equal((await curl("--header", `Authorization: Bearer ${token({})}`, "--data", push, at("google"))).status, 200);
  await arrived(nextPort, { host: "web11" });
  assert.equal((await curl("--header", `Authorization: Bearer ${token({ aud: "other" })}`, "--data", push, at("google"))).status, 401);
});

test("a GuardDuty finding by EventBridge goes to the security channel, as grave as AWS says", async () => {
  const finding = JSON.parse(await sample("eventbridge_guardduty.json"));
  finding.detail.updatedAt = new Date().toISOString();
  const { body } = await server.api("/webhooks/bridge", { role: null, headers: bearer(), body: finding });
  assert.equal(body.events, 1);
  const { body: found } = await server.api(`/api/v1/events?query=${encodeURIComponent("event.action=aws_finding")}`, { role: "viewer" });
  assert.equal(found.events.length, 1);
  const [event] = found.events;
  assert.deepEqual([event["rule.id"], event["aws.finding.severity"], event.verdict], ["aws.guardduty_finding", "8", "not_applicable"]);
  const { body: approval } = await server.api(`/api/v1/approvals/${event["approval.id"]}`, { role: "viewer" });
  assert.deepEqual([approval.state, approval.addressed_to], ["pending", "security_channel"]);
});

test("another host-based system is a witness of its own class, for its own hosts", async () => {
  const now = new Date().toISOString();
  const message = line();
  await server.api("/webhooks/lines", { role: null, headers: bearer(), body: { message, host: "web12", program: "sshd", "@timestamp": now } });
  const alert = { timestamp: now, id: "1.1", full_log: message, predecoder: { hostname: "web12", program_name: "sshd" } };
  const second = await server.api("/webhooks/kernel", { role: null, headers: bearer(), body: alert });
  assert.deepEqual([second.status, second.body.duplicates], [200, 1]);
  const event = await arrived(nextPort, { host: "web12" });
  const { body: approval } = await server.api(`/api/v1/approvals/${event["approval.id"]}`, { role: "viewer" });
  const classes = approval.events[0].sightings.map((sighting) => `${sighting.class} ${sighting.source}`);
  assert.deepEqual(classes.sort(), ["kernel kernel", "log lines"]);
  const elsewhere = await server.api("/webhooks/kernel", { role: null, headers: bearer(),
    body: { ...alert, id: "1.2", full_log: line(), predecoder: { hostname: "db1", program_name: "sshd" } } });
  assert.deepEqual([elsewhere.body.events, elsewhere.body.quarantined], [0, 1]);
});

test("a host's log is no cloud's witness: JSON that poses as CloudTrail is quarantined, with the mend", async () => {
  const login = JSON.parse(await sample("eventbridge_consolelogin.json"));
  login.detail.eventTime = new Date().toISOString();
  login.detail.eventID = "forged-by-a-line";
  const message = JSON.stringify(login.detail);
  const lines = { streams: [{ stream: { host: "web13" }, values: [[`${Date.now()}000000`, message]] }] };
  assert.ok((await server.api("/webhooks/loki/loki/api/v1/push", { role: null, headers: bearer(), body: lines })).status < 300);
  const { body } = await server.api("/api/v1/quarantine", { role: "viewer" });
  const [kept] = body.quarantine.filter(({ source }) => source === "loki");
  assert.equal(kept?.why, "loki may not bring aws.console_login: json_rules names the rules that may read JSON of it");
  assert.equal(kept.message, message);
  const { body: events } = await server.api(`/api/v1/events?query=${encodeURIComponent("event.id=forged-by-a-line")}`, { role: "viewer" });
  assert.deepEqual(events.events, []);
});
