// Real senders deliver syslog to [syslog.NAME]: rsyslog, syslog-ng and util-linux' logger over TCP, TLS and UDP; and
// senders that mean harm, whose damage is bounded, counted and shown. Fluent Bit and Vector are not in Debian.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeSenders } from "./lib/certificate.mjs";
import { acceptedLine, Countersign } from "./lib/countersign.mjs";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../..", import.meta.url));
const clients = join(repository, "build/debian-syslog");
const library = { LD_LIBRARY_PATH: `${clients}/usr/lib/x86_64-linux-gnu:${clients}/usr/lib/syslog-ng` };

let server, scratch, certificates, nextPort = 30000;
const line = () => acceptedLine({ port: ++nextPort });

/** The port that the log says a listener has. */
const portOf = (name) => Number(new RegExp(`syslog ${name}: listening on \\S+:(\\d+) `).exec(server.log)[1]);

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "countersign-syslog-"));
  certificates = await makeSenders(["web1.example.com", "stranger.example.org"]);
  await run(join(repository, "tests/e2e/lib/unpack-packages.sh"),
            [clients, "rsyslog", "rsyslog-gnutls", "libestr0", "libfastjson4", "liblognorm5", "syslog-ng-core",
             "libivykis0", "libnet1", "libjson-c5", "libpcre3", "libglib2.0-0", "libwrap0"]);
  const tls = { listen: "127.0.0.1:0", transport: "tls", tls_certificate: certificates.server.cert, tls_private_key: certificates.server.key };
  server = await Countersign.start({ config: {
    notify: { group_window: "0s" },
    syslog: {
      tcp: { listen: "127.0.0.1:0" },
      udp: { listen: "127.0.0.1:0", transport: "udp" },
      open_tls: tls,
      mutual: { ...tls, client_ca: certificates.caFile, client_names: ["*.example.com"] },
      far: { listen: "127.0.0.1:0", networks: ["192.0.2.0/24"] },
      far_udp: { listen: "127.0.0.1:0", transport: "udp", networks: ["192.0.2.0/24"] },
      few: { listen: "127.0.0.1:0", connections: 8, idle_time: "1s" },
      bound: { listen: "127.0.0.1:0", hosts: ["web*"] },
    },
  } });
});

after(async () => {
  await server?.stop();
  await certificates?.remove();
  await rm(scratch, { recursive: true, force: true });
});

async function arrived(port, { host, source } = {}) {
  return server.until(async () => {
    const { body } = await server.api(`/api/v1/events?query=${encodeURIComponent(`source.port=${port}`)}`, { role: "viewer" });
    const [event] = body.events;
    if (!event) return undefined;
    assert.equal(body.events.length, 1, "one login is one event");
    assert.equal(event["user.name"], "oswaldo");
    if (host) assert.equal(event["host.name"], host);
    if (source) {
      const { body: listed } = await server.api(`/api/v1/events?source=${source}&query=${encodeURIComponent(`source.port=${port}`)}`, { role: "viewer" });
      assert.equal(listed.events.length, 1, `${source} brought it`);
    }
    return event;
  }, { what: `the login from port ${port}` });
}

async function metric(name, labels) {
  const { body } = await server.api("/metrics", { role: null });
  const found = body.split("\n").find((one) => one.startsWith(`${name}{${labels}}`));
  return found ? Number(found.split(" ").at(-1)) : 0;
}
const leftOut = (source, reason) => metric("countersign_syslog_left_out_total", `source="${source}",reason="${reason}"`);

function started(context, program, args) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...library } });
  child.said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (child.said += chunk));
  context.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  });
  return child;
}

const rsyslogActions = () => [
  ["tcp", "octet counted", `protocol="tcp" port="${portOf("tcp")}" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"`],
  ["tcp", "by lines", `protocol="tcp" port="${portOf("tcp")}" TCP_Framing="traditional" template="RSYSLOG_TraditionalForwardFormat"`],
  ["udp", "as datagrams", `protocol="udp" port="${portOf("udp")}" template="RSYSLOG_SyslogProtocol23Format"`],
  ["mutual", "over TLS", `protocol="tcp" port="${portOf("mutual")}" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"
     StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"`],
];

test("rsyslog delivers, octet counted, by lines, as datagrams and over TLS", async (context) => {
  for (const [source, how, action] of rsyslogActions()) {
    const folder = await mkdtemp(join(scratch, "rsyslog-"));
    const socket = join(folder, "in.sock");
    await writeFile(join(folder, "rsyslog.conf"), `global(workDirectory="${folder}" net.enableDNS="off" localHostname="web1"
  DefaultNetstreamDriverCAFile="${certificates.caFile}" DefaultNetstreamDriverCertFile="${certificates.senders[0].cert}"
  DefaultNetstreamDriverKeyFile="${certificates.senders[0].key}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${socket}" UseSysTimeStamp="off" UsePIDFromSystem="off")
action(type="omfwd" target="127.0.0.1" ${action})
`);
    const child = started(context, `${clients}/usr/sbin/rsyslogd`,
                          ["-n", "-f", join(folder, "rsyslog.conf"), "-i", join(folder, "pid"), "-M", `${clients}/usr/lib/x86_64-linux-gnu/rsyslog`]);
    const first = nextPort + 1;
    const lines = [1, 2, 3].map(line);
    await server.until(() => run("logger", ["--socket", socket, "--socket-errors=on", "--tag", "sshd", "--id=42", lines[0]]).then(() => true, () => false),
                       { what: `rsyslog's socket; it said ${child.said}` });
    for (const one of lines.slice(1)) await run("logger", ["--socket", socket, "--tag", "sshd", "--id=42", one]);
    for (let one = first; one <= nextPort; ++one) {
      const event = await arrived(one, { host: "web1", source }).catch((error) => { throw new Error(`${how}: ${error.message}\n${child.said}`); });
      assert.equal(event["process.pid"], 42, how);
    }
  }
});

test("syslog-ng delivers over TCP, TLS and UDP", async (context) => {
  const tls = `transport("tls") tls(ca-file("${certificates.caFile}") cert-file("${certificates.senders[0].cert}") key-file("${certificates.senders[0].key}") peer-verify(required-trusted))`;
  const destinations = [
    ["tcp", `syslog("127.0.0.1" transport("tcp") port(${portOf("tcp")}))`],
    ["mutual", `syslog("127.0.0.1" port(${portOf("mutual")}) ${tls})`],
    ["udp", `syslog("127.0.0.1" transport("udp") port(${portOf("udp")}))`],
    ["tcp", `network("127.0.0.1" transport("tcp") port(${portOf("tcp")}))`],
  ];
  for (const [source, destination] of destinations) {
    const folder = await mkdtemp(join(scratch, "syslog-ng-"));
    const socket = join(folder, "in.sock");
    await writeFile(join(folder, "syslog-ng.conf"), `@version: 3.38
options { keep-hostname(yes); use-dns(no); stats-freq(0); };
source in { unix-dgram("${socket}"); };
destination out { ${destination}; };
log { source(in); destination(out); };
`);
    const child = started(context, `${clients}/usr/sbin/syslog-ng`,
                          ["--foreground", "--no-caps", "--stderr", "--cfgfile", join(folder, "syslog-ng.conf"), "--persist-file", join(folder, "persist"),
                           "--pidfile", join(folder, "pid"), "--control", join(folder, "ctl"), "--module-path", `${clients}/usr/lib/syslog-ng/3.38`]);
    const lines = [1, 2, 3].map(line);
    const first = nextPort - 2;
    await server.until(() => run("logger", ["--socket", socket, "--socket-errors=on", "--tag", "sshd", "--id=42", lines[0]]).then(() => true, () => false),
                       { what: `syslog-ng's socket; it said ${child.said}` });
    for (const one of lines.slice(1)) await run("logger", ["--socket", socket, "--tag", "sshd", "--id=42", one]);
    for (let one = first; one <= nextPort; ++one)
      await arrived(one, { source }).catch((error) => { throw new Error(`${destination}: ${error.message}\n${child.said}`); });
  }
});

test("logger delivers in each of its ways", async () => {
  for (const [source, ...args] of [
    ["tcp", "--tcp", "--rfc5424", "--octet-count"], ["tcp", "--tcp", "--rfc5424"], ["tcp", "--tcp", "--rfc3164"],
    ["tcp", "--tcp", "--rfc3164", "--octet-count"], ["udp", "--udp", "--rfc5424"], ["udp", "--udp", "--rfc3164"]]) {
    await run("logger", ["--server", "127.0.0.1", "--port", String(portOf(source)), ...args, "--tag", "sshd", line()]);
    await arrived(nextPort, { source });
  }
});

const stamped = (text, host = "web2") => `<38>1 ${new Date().toISOString()} ${host} sshd 42 - - ${text}`;
const counted = (text) => `${Buffer.byteLength(text)} ${text}`;

/** By an end or an error. */
const closed = (socket) => new Promise((resolve) => socket.once("close", resolve));

/** Writes pieces, each by itself; answers once the other side has ended or the connection was ended here. */
async function send(port, pieces, { end = true } = {}) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => {});
  await once(socket, "connect");
  for (const piece of pieces) {
    if (!socket.writable) break;
    socket.write(piece);
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
  }
  if (end) socket.end();
  return socket;
}

test("a certificate is asked for: none, a stranger's", async () => {
  const attempt = async (options) => {
    const socket = connectTls({ port: portOf("mutual"), host: "127.0.0.1", ca: certificates.ca, servername: "localhost", ...options });
    socket.on("error", () => {});
    socket.on("secureConnect", () => socket.write(counted(stamped(line()))));
    socket.resume();
    await closed(socket);
  };
  const refused = await leftOut("mutual", "refused"), turned = await leftOut("mutual", "turned_away");
  await attempt({});
  await attempt({ key: certificates.senders[1].keyText, cert: certificates.senders[1].certText });
  assert.equal(await leftOut("mutual", "turned_away"), turned + 1);
  assert.equal(await leftOut("mutual", "refused"), refused + 1);
  assert.match(server.log, /its certificate's names match none of `client_names`: stranger.example.org/);
  const { body } = await server.api(`/api/v1/events?query=${encodeURIComponent(`source.port=${nextPort}`)}`, { role: "viewer" });
  assert.equal(body.events.length, 0);
  const open = connectTls({ port: portOf("open_tls"), host: "127.0.0.1", ca: certificates.ca, servername: "localhost" });
  await once(open, "secureConnect");
  open.end(counted(stamped(line())));
  await arrived(nextPort, { host: "web2", source: "open_tls" });
});

test("senders outside `networks` are not heard", async () => {
  const socket = await send(portOf("far"), [counted(stamped(line()))], { end: false });
  socket.resume();
  await closed(socket);
  assert.equal(await leftOut("far", "refused"), 1);
  const datagrams = createSocket("udp4");
  await new Promise((resolve) => datagrams.send(stamped(line()), portOf("far_udp"), "127.0.0.1", resolve));
  datagrams.close();
  await server.until(async () => (await leftOut("far_udp", "refused")) === 1);
  const { body } = await server.api("/readyz", { role: null });
  assert.equal(body.status, "degraded");
  assert.match(body.reasons.join("\n"), /syslog far, from 127.0.0.1: its address is in none of `networks`/);
});

test("a host that a listener may not speak for goes to quarantine", async () => {
  await send(portOf("bound"), [counted(stamped(line(), "db1")), counted(stamped(line(), "web9"))]);
  await arrived(nextPort, { host: "web9", source: "bound" });
  const { body } = await server.api(`/api/v1/events?query=${encodeURIComponent(`source.port=${nextPort - 1}`)}`, { role: "viewer" });
  assert.equal(body.events.length, 0);
});

test("hostile streams: what is good beside them arrives, what is not is counted and kept", async () => {
  const before = { long: await leftOut("tcp", "too_long"), garbage: await leftOut("tcp", "garbage"), unfinished: await leftOut("tcp", "unfinished") };
  // A byte at a time.
  await send(portOf("tcp"), [...Buffer.from(counted(stamped(line())))].map((byte) => Buffer.from([byte])));
  await arrived(nextPort);
  // Too long, counted and by lines; NULs and bytes that are no UTF-8 beside.
  const long = "x".repeat(100_000);
  await send(portOf("tcp"), [counted(stamped(long)) + counted(stamped(line()))]);
  await arrived(nextPort);
  await send(portOf("tcp"), [`${stamped(long)}\n`, Buffer.from([0x3c, 0x33, 0x3e, 0, 0xff, 0xfe, 0x0a]), `${stamped(line())}\n`]);
  await arrived(nextPort);
  // A length that is none closes the connection, after the good one before it.
  for (const garbage of ["0 x", "99999999999 <38>", "GET / HTTP/1.1\r\n"]) {
    const socket = await send(portOf("tcp"), [counted(stamped(line())) + garbage], { end: false });
    socket.resume();
    await closed(socket);
    await arrived(nextPort);
  }
  // Ends within a message.
  await send(portOf("tcp"), [stamped(line())]);
  await server.until(async () => (await leftOut("tcp", "unfinished")) === before.unfinished + 1);
  assert.equal(await leftOut("tcp", "too_long"), before.long + 2);
  assert.equal(await leftOut("tcp", "garbage"), before.garbage + 3);
  const { body } = await server.api("/api/v1/quarantine", { role: "viewer" });
  assert.match(JSON.stringify(body), /too long: 1000\d\d bytes/);
});

test("ten thousand messages in one segment; a message with newlines inside is one", async () => {
  const messages = await metric("countersign_syslog_messages_total", 'source="tcp"');
  const block = Array.from({ length: 10_000 }, (_, i) => counted(stamped(`Connection closed by 203.0.113.7 port ${1000 + (i % 60_000)} [preauth]`))).join("");
  await send(portOf("tcp"), [block + counted(stamped(`nothing\n${stamped(line())}`)) + counted(stamped(line()))]);
  await arrived(nextPort);
  assert.equal(await metric("countersign_syslog_messages_total", 'source="tcp"'), messages + 10_002);
  const { body } = await server.api(`/api/v1/events?query=${encodeURIComponent(`source.port=${nextPort - 1}`)}`, { role: "viewer" });
  assert.equal(body.events.length, 0, "a line inside a message is not a message");
});

test("a flood of connections, and ones that say nothing", async () => {
  const sockets = [];
  for (let i = 0; i < 20; ++i) sockets.push(await send(portOf("few"), [], { end: false }));
  await server.until(async () => (await leftOut("few", "turned_away")) >= 18);  // a quarter of the places for one address
  assert.ok((await metric("countersign_syslog_connections_open", 'source="few"')) <= 2);
  await server.until(async () => (await metric("countersign_syslog_connections_open", 'source="few"')) === 0, { what: "the end of idle connections" });
  for (const socket of sockets) socket.destroy();
  await send(portOf("few"), [counted(stamped(line()))]);
  await arrived(nextPort, { source: "few" });
});

test("a stop takes what has arrived; a start listens again", async () => {
  const first = nextPort + 1;
  await send(portOf("tcp"), [Array.from({ length: 200 }, () => counted(stamped(line()))).join("")], { end: false });
  const { code } = await server.restart("SIGTERM");
  assert.equal(code, 0);
  for (const one of [first, nextPort]) await arrived(one, { source: "tcp" });
  const { body } = await server.api("/api/v1/events?source=tcp&limit=1000&query=" + encodeURIComponent("source.ip=203.0.113.7"), { role: "viewer" });
  assert.equal(body.events.filter((event) => event["source.port"] >= first).length, 200);
  await run("logger", ["--server", "127.0.0.1", "--port", String(portOf("udp")), "--udp", "--tag", "sshd", line()]);
  await arrived(nextPort, { source: "udp" });
  // What was left out before the restart is still counted.
  const { body: figures } = await server.api("/metrics", { role: null });
  assert.match(figures, /countersign_count_total\{name="syslog.too_long.tcp"\} 2/);
});
