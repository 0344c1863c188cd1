// The report as its readers meet it: the API, the command in its four forms, the security team's page in a browser,
// the table in a spreadsheet. Screenshots go to $COUNTERSIGN_SHOTS, or to a folder that is removed.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { launchBrowser } from "./lib/browser.mjs";
import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";

const execute = promisify(execFile);
const summaryKeys = ["logins", "matched", "matched_same_credential", "missing_log", "missing_kernel", "mismatch",
                     "indeterminate", "unenrolled", "not_applicable", "waiting"];
let server, folder;

async function report(...args) {
  const running = execute(process.env.COUNTERSIGN, ["report", "--config", server.configFile, "--server", server.url, ...args]);
  return running.then(({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
                      ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }));
}

before(async () => {
  folder = process.env.COUNTERSIGN_SHOTS ?? (await mkdtemp(join(tmpdir(), "countersign-report-")));
  await mkdir(folder, { recursive: true });
  server = await Countersign.start({ config: { host: [{ name: "bastion" }, { name: "db1" }] } });
});

after(async () => {
  await server?.stop();
  if (!process.env.COUNTERSIGN_SHOTS) await rm(folder, { recursive: true, force: true });
});

test("an empty span: a report that says so", async () => {
  const { status, body } = await server.api("/api/v1/report?from=2020-01-01T00:00:00Z&to=2020-01-08T00:00:00Z");
  assert.equal(status, 200);
  assert.deepEqual(body.summary, Object.fromEntries(summaryKeys.map((key) => [key, 0])));
  assert.deepEqual([body.from, body.to], ["2020-01-01T00:00:00Z", "2020-01-08T00:00:00Z"]);
  assert.deepEqual(body.hosts.map((host) => host.name), ["bastion", "db1"]);
  for (const format of ["text", "html", "csv"])
    assert.equal((await report("--from", "2020-01-01T00:00:00Z", "--to", "2020-01-08T00:00:00Z", "--format", format)).code, 0);
});

test("one login, and a span that ends before it", async () => {
  const at = new Date();
  await server.papertrail([papertrailEvent({ message: acceptedLine({ user: "=cmd|'/c calc'!A1" }), at })]);
  const { body } = await server.api("/api/v1/report");
  assert.equal(body.summary.logins, 1);
  assert.equal(body.summary.unenrolled, 1);
  assert.equal(body.delivery.sources[0].sightings, 1);
  assert.equal(body.approvals.total, 1);
  const early = await server.api(`/api/v1/report?from=2020-01-01T00:00:00Z&to=${at.toISOString().slice(0, 10)}T00:00:00Z`);
  assert.equal(early.body.summary.logins, 0);
});

test("a sign-in is a login that no agent can see, in every form", async () => {
  const from = "2026-01-05T00:00:00Z", to = "2026-01-06T00:00:00Z";
  const event = { "event.action": "signin", "event.outcome": "success", "event.provider": "okta", "user.name": "alice@example.com", "@timestamp": "2026-01-05T01:02:03Z" };
  assert.equal((await server.api("/api/v1/events", { role: "ingest", body: event })).status, 201);
  assert.equal((await server.api("/api/v1/events", { role: "ingest", body: { ...event, "event.outcome": "failure" } })).status, 201);
  const { body } = await server.api(`/api/v1/report?from=${from}&to=${to}`);
  assert.deepEqual([body.summary.logins, body.summary.not_applicable], [1, 1]);
  const { out } = await report("--from", from, "--to", to, "--format", "csv");
  assert.match(out, /^"?host"?,"?\(no host: cloud and consoles\)"?,/m);
  assert.doesNotMatch(out, /^"?(host|way)"?,""/m);
  const { out: text } = await report("--from", from, "--to", to);
  assert.match(text, /\(no host: cloud and consoles\) +1 .*no agent can see it/);
});

test("what can't be reported is refused with the reason", async () => {
  const table = [["from=yesterday", 400, /from: 'yesterday' is no RFC 3339 time/],
                 ["from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 400, /must be earlier/],
                 ["format=pdf", 400, /none of json, text, html, csv/]];
  for (const [query, status, why] of table) {
    const answer = await server.api(`/api/v1/report?${query}`);
    assert.equal(answer.status, status, query);
    assert.match(answer.body.error, why);
  }
  assert.equal((await server.api("/api/v1/report", { role: null })).status, 401);
  assert.equal((await server.api("/api/v1/report", { role: "ingest" })).status, 403);
});

test("the same id with other content is a finding: exit status 1, both accounts shown", async () => {
  const first = papertrailEvent({ message: acceptedLine({ port: 40001 }), id: 7 });
  await server.papertrail([first]);
  await server.papertrail([{ ...first, message: acceptedLine({ port: 40001, user: "alice" }) }]);
  const { code, out } = await report("--last", "1h");
  assert.equal(code, 1);
  assert.match(out, /waits for a human's word/);
  assert.match(out, /  the same id +\S+ by papertrail: Accepted publickey for oswaldo .*\n +this one +\S+ by papertrail: Accepted publickey for alice /);
  const json = JSON.parse((await report("--format", "json")).out);
  assert.equal(json.findings.length, 1);
  const [event] = json.findings[0].events;
  assert.match(event.sightings[0].raw, /for alice /);
  assert.match(event.same_id[0].sightings[0].raw, /for oswaldo /);
  assert.deepEqual(json.approvals.findings, { listed: 1, raised: 1, signed_off: 0, denied: 0, open: 1 });
  assert.equal(json.approvals.pending, json.approvals.open.length);
  const rows = (await report("--format", "csv")).out.split("\r\n").filter((line) => line.startsWith('"account"'));
  assert.equal(rows.length, 2);
  assert.ok(rows.some((row) => /papertrail: Accepted publickey for alice/.test(row)));
  const html = (await report("--format", "html")).out;
  assert.match(html, /<div class="sides">\s*<div class="side"><h4>the same id<\/h4>.*?for oswaldo .*?<div class="side"><h4>this one<\/h4>.*?for alice /s);
});

const office = ["soffice", "libreoffice"].map((name) => `/usr/bin/${name}`).find((path) => existsSync(path));
const noOffice = office ? false : "LibreOffice is not installed (deploy/install-packages --tests)";
if (noOffice && process.env.REQUIRE_ALL === "1") throw new Error(`REQUIRE_ALL=1 and ${noOffice}`);
if (noOffice) console.log(`SKIPPED: ${noOffice}`);

/** What LibreOffice makes of a CSV file, as flat XML: a row an array of {text, type, formula}. */
async function inSpreadsheet(name, csv) {
  const file = join(folder, `${name}.csv`);
  await writeFile(file, csv);
  await execute(office, [`-env:UserInstallation=file://${join(folder, "office")}`, "--headless", "--infilter=CSV:44,34,76",
                         "--convert-to", "fods", "--outdir", folder, file], { timeout: 120_000 });
  const xml = await readFile(join(folder, `${name}.fods`), "utf8");
  const unescape = (text) => text.replace(/^.*?<text:p>|<\/text:p>.*$/gs, "").replace(/<[^>]*>/g, "").replace(/&(lt|gt|quot|apos|amp);/g,
    (_, name) => ({ lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" })[name]);
  return [...xml.matchAll(/<table:table-row[^>]*>(.*?)<\/table:table-row>/gs)].map(([, row]) =>
    [...row.matchAll(/<table:table-cell([^>]*?)(?:\/>|>(.*?)<\/table:table-cell>)/gs)].flatMap(([, attributes, inside = ""]) => {
      const of = (attribute) => new RegExp(`${attribute}="([^"]*)"`).exec(attributes)?.[1];
      const cell = { text: unescape(inside), type: of("office:value-type"), formula: of("table:formula"), value: of("office:value") };
      return Array(Math.min(Number(of("table:number-columns-repeated") ?? 1), 40)).fill(cell);
    })).filter((row) => row.some(({ text }) => text !== ""));
}

test("the table in LibreOffice: numbers are numbers, and what an attacker wrote stays text", { skip: noOffice }, async () => {
  const control = await inSpreadsheet("control", '"a","=1+1"\r\n');
  assert.equal(control[0][1].formula, "of:=1+1", "this spreadsheet would compute a formula, if we let one through");

  const attacks = ["=1+1", "+1+1", "-1+1", "@SUM(1;1)", "=cmd|'/c calc'!A1", "=HYPERLINK(A1;A2)", "\t=1+1"];
  for (const [i, user] of attacks.entries())
    await server.papertrail([papertrailEvent({ message: acceptedLine({ user, port: 42_000 + i }) })]);
  for (const [i, user] of attacks.entries()) {  // of each a finding, whose row bears the name
    const first = papertrailEvent({ message: acceptedLine({ port: 43_000 + i }), id: 9000 + i });
    await server.papertrail([first]);
    await server.papertrail([{ ...first, message: acceptedLine({ port: 43_000 + i, user }) }]);
  }
  const { out } = await report("--format", "csv");
  const rows = await inSpreadsheet("report", out);
  const head = rows[0].map(({ text }) => text);
  const of = (row, name) => row[head.indexOf(name)];
  for (const row of rows)
    for (const cell of row) assert.equal(cell.formula, undefined, JSON.stringify(cell));
  const summary = rows.find((row) => of(row, "record").text === "summary");
  const { body } = await server.api("/api/v1/report");
  assert.equal(of(summary, "logins").type, "float");
  assert.equal(Number(of(summary, "logins").value), body.summary.logins);
  const users = rows.filter((row) => of(row, "record").text === "finding").map((row) => of(row, "user").text);
  for (const user of attacks.filter((each) => !each.startsWith("\t")))
    assert.ok(users.includes(`'${user}`), `${user} as text, among ${users.join(" ")}`);
  assert.ok(rows.every((row) => row.length >= head.length || of(row, "record").text !== "summary"));
});

test("the page: charts, no script, nothing wider than its window; the team's alone", async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(await server.inboxLink({ person: "Oswaldo" }));
    await page.getByRole("button", { name: /^Open / }).click();
    assert.equal((await page.goto(`${server.url}/report`)).status(), 403);
    complaints.length = 0;
    await page.context().clearCookies();
    await page.goto(await server.inboxLink({ security: true }));
    await page.getByRole("button", { name: /^Open / }).click();
    await page.getByRole("link", { name: "Report" }).click();
    await page.getByRole("heading", { name: "Reconciliation report" }).waitFor();
    assert.ok((await page.locator("svg.days rect").count()) > 0, "a bar stands for the logins");
    assert.ok((await page.locator("article .sides .side").count()) >= 2, "both accounts of a finding");
    for (const scheme of ["light", "dark"])
      for (const [size, width] of [["narrow", 360], ["wide", 1280]]) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: 900 });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(overflow, 0, `wider than a ${size} window`);
        await page.screenshot({ path: join(folder, `report-${size}-${scheme}.png`), fullPage: true });
      }
    await page.emulateMedia({ media: "print", colorScheme: "dark" });  // paper is white, whatever the screen is
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
    await page.setViewportSize({ width: 794, height: 1123 });
    await page.screenshot({ path: join(folder, "report-print.png"), fullPage: true });
    await page.pdf({ path: join(folder, "report.pdf"), format: "A4", printBackground: true });
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
  }
});
