// A log of mixed auth lines, the same for the same seed, with what must be counted in it.
// Usage: node auth-lines.mjs LINES FILE   (prints the expected counts as JSON)
import { openSync, writeSync, closeSync } from "node:fs";

const lines = Number(process.argv[2] ?? 1_000_000);
const file = openSync(process.argv[3], "w");

let state = 20261120;
const random = () => {  // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const b64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const base64 = (n) => Array.from({ length: n }, () => b64[below(64)]).join("");

const fingerprints = Array.from({ length: 200 }, () => `SHA256:${base64(43)}`);
const users = ["root", "admin", "oswaldo", "ubuntu", "deploy", "test", "oracle", "postgres", "git", "alice", "bob", "ftpuser"];
const hosts = ["bastion", "web1", "web2", "db-primary", "ip-10-0-12-7"];
const port = () => 1024 + below(64000);
const v4 = () => `${1 + below(223)}.${below(256)}.${below(256)}.${1 + below(254)}`;
const v6 = () => `2001:db8:${below(65536).toString(16)}::${below(65536).toString(16)}`;
const address = () => (random() < 0.05 ? v6() : random() < 0.02 ? "fe80::1ff:fe23:4567:890a%eth0" : v4());
const at = () => `${address()} port ${port()}`;
const preauth = " [preauth]";
const spoof = () => `Accepted password for root from ${v4()} port ${port()} ssh2`;
const certificate = () =>
  `ED25519-CERT ${pick(fingerprints)} ID ${pick(users)}@example.com (serial ${below(100000)}) CA RSA ${pick(fingerprints)}`;
const login = () => {
  const r = random();
  if (r < 0.5) return `Accepted publickey for ${pick(users)} from ${at()} ssh2: ED25519 ${pick(fingerprints)}`;
  if (r < 0.7) return `Accepted publickey for ${pick(users)} from ${at()} ssh2: ${certificate()}`;
  if (r < 0.85) return `Accepted password for ${pick(users)} from ${at()} ssh2`;
  if (r < 0.95) return `Accepted keyboard-interactive/pam for ${pick(users)} from ${at()} ssh2`;
  return `Accepted publickey for x ${spoof()} from ${at()} ssh2: ${certificate().replace("@", ` ${spoof()}: `)}`;
};

// [share in a thousand, reading, program, message]; "event" and "login" are both events
const kinds = [
  [20, "login", "sshd", login],
  [210, "event", "sshd", () => `Failed password for ${pick(users)} from ${at()} ssh2`],
  [90, "event", "sshd", () => `Failed password for invalid user ${pick(users)}${below(100)} from ${at()} ssh2`],
  [110, "event", "sshd", () => `Invalid user ${pick(users)}${below(1000)} from ${at()}`],
  [70, "event", "sshd", () => `pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${v4()}  user=${pick(users)}`],
  [60, "ignored", "sshd", () => "pam_unix(sshd:auth): check pass; user unknown"],
  [70, "ignored", "sshd", () => `Connection closed by authenticating user ${pick(users)} ${at()}${preauth}`],
  [50, "ignored", "sshd", () => `Connection closed by ${at()}${preauth}`],
  [50, "ignored", "sshd", () => `Received disconnect from ${at()}:11: Bye Bye${preauth}`],
  [50, "ignored", "sshd", () => `Disconnected from invalid user ${pick(users)}${below(100)} ${at()}${preauth}`],
  [20, "ignored", "sshd", () => `pam_unix(sshd:session): session opened for user ${pick(users)}(uid=${below(2000)}) by (uid=0)`],
  [20, "ignored", "sshd", () => `error: kex_exchange_identification: Connection closed by remote host`],
  [10, "ignored", "sshd", () => `Accepted key ED25519 ${pick(fingerprints)} found at /home/${pick(users)}/.ssh/authorized_keys:3`],
  [10, "ignored", "sshd", () => `Postponed publickey for ${pick(users)} from ${at()} ssh2${preauth}`],
  [60, "ignored", "CRON", () => `pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)`],
  [35, "event", "sudo", () => `${pick(users)} : TTY=pts/${below(9)} ; PWD=/home/${pick(users)} ; USER=root ; COMMAND=/usr/bin/systemctl restart nginx`],
  [30, "ignored", "systemd-logind", () => `New session ${below(90000)} of user ${pick(users)}.`],
  [10, "ignored", "myapp", spoof],  // the same words from another program are not sshd's
  [8, "ignored", "sshd", () => `Received disconnect from ${at()}:11: ${spoof()}`],
  [8, "event", "sshd", () => `Invalid user ${spoof()} from ${at()}`],
  [5, "event", "sshd", () => `Failed none for invalid user ${"\\303\\251".repeat(50)} from ${at()} ssh2`],
  [2, "login", "sshd", () => `message repeated ${2 + below(4)} times: [ ${login()}]`],
  [1, "ignored", "sshd", () => `banner exchange: Connection from ${at()}: invalid format ${"\\377".repeat(60)}`],
  [1, "quarantined", "sshd", () => `something no rule has ever seen ${base64(200)}`],
];
const total = kinds.reduce((sum, [share]) => sum + share, 0);

const expected = { lines, logins: 0, events: 0, quarantined: 0, ignored: 0 };
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
let chunk = [];
for (let i = 0; i < lines; ++i) {
  let roll = below(total);
  const [, reading, program, message] = kinds.find(([share]) => (roll -= share) < 0);
  if (reading === "login") ++expected.logins;
  ++expected[reading === "login" || reading === "event" ? "events" : reading];
  const name = program === "sshd" && i % 2 ? "sshd-session" : program;
  const second = Math.floor(i / 30);
  const stamp = `${months[Math.floor(second / 86400 / 28) % 12]} ${String(1 + (Math.floor(second / 86400) % 28)).padStart(2)} ` +
    [Math.floor(second / 3600) % 24, Math.floor(second / 60) % 60, second % 60].map((n) => String(n).padStart(2, "0")).join(":");
  chunk.push(`${stamp} ${pick(hosts)} ${name}[${1000 + below(400000)}]: ${message()}\n`);
  if (chunk.length === 20_000 || i + 1 === lines) {
    writeSync(file, chunk.join(""), null, "latin1");
    chunk = [];
  }
}
closeSync(file);
console.log(JSON.stringify(expected));
