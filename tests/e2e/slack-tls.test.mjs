// The whole flow with TLS on both sides: Slack's API behind a CA of its own, the service behind a certificate of ours;
// clicks by HTTPS, and by Socket Mode over wss. No rule of Slack's is broken on the way.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { makeCertificate } from "./lib/certificate.mjs";
import { acceptedLine, papertrailEvent } from "./lib/countersign.mjs";
import { actionsOf, messagesOf, oswaldo, questionsOf, securityChannel, securityMember, startBoth, wordsOf } from "./lib/slack.mjs";

let certificate;
let files;
before(async () => {
  certificate = await makeCertificate();
  const folder = dirname(certificate.caFile);
  files = { tls_certificate: join(folder, "service.pem"), tls_private_key: join(folder, "service.key") };
  await writeFile(files.tls_certificate, certificate.tls.cert);
  await writeFile(files.tls_private_key, certificate.tls.key, { mode: 0o600 });
  // For the test as a client of the service; what the service itself verifies is what is tested.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
});
after(() => {
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  return certificate.remove();
});

for (const socketMode of [false, true])
  describe(socketMode ? "by Socket Mode" : "by HTTPS", () => {
    let both;
    before(async () => {
      both = await startBoth({ socketMode, slack: { tls: certificate.tls, perSecond: 1, burst: 5 },
                               config: { server: { listen: "127.0.0.1:0", ...files }, slack: { ca_file: certificate.caFile },
                                         notify: { escalate_after: "2s", repeat_every: "1h" } } });
    });
    after(() => both.stop());

    test("asked, escalated, decided, denied: every message updated, no rule broken", async () => {
      assert.match(both.countersign.url, /^https:/);
      assert.match(both.slack.apiUrl, /^https:/);
      const ask = (port) => both.countersign.papertrail([papertrailEvent({ message: acceptedLine({ port }) })]);
      assert.equal((await ask(1)).status, 200);
      const [asked] = await messagesOf(both.slack, oswaldo, 1);
      const [escalated] = await messagesOf(both.slack, securityChannel, 1);
      const click = await both.click(escalated, securityMember, "approve");
      assert.ok(!click.late && (click.acked || click.status === 200), JSON.stringify(click.status));
      await both.slack.until(() => [asked, escalated].every((m) => actionsOf(m).length === 0 && /\*Approved\*/.test(wordsOf(m))), { what: "both updated" });
      await ask(2);
      const [, second] = await questionsOf(both.slack, oswaldo, 2);
      await both.click(second, oswaldo, "deny");
      await both.slack.until(() => both.slack.messages(securityChannel).some((m) => /Alarm/.test(wordsOf(m))), { what: "the alarm" });
      assert.deepEqual(both.slack.violations, []);
    });
  });

test("a Slack whose certificate nobody vouches for gets nothing, and the queue is kept", async (t) => {
  const both = await startBoth({ slack: { tls: certificate.tls } });  // without ca_file
  t.after(() => both.stop());
  await both.countersign.papertrail([papertrailEvent({ message: acceptedLine() })]);
  const noted = await both.countersign.until(async () => (await both.countersign.approvals())[0]?.notifications.find((n) => n.error), { what: "the refusal" });
  assert.match(noted.error, /certificate|verif/i);
  assert.equal(noted.state, "pending");
  assert.deepEqual(both.slack.calls, []);
});
