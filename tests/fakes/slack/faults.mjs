// Bad answers, as data. With a fault's `acts: true` the call is done first, so that only its answer is lost.
//   {kind: "status", status, headers, body}   that answer (429 without Retry-After, 500, a redirect, a proxy's page)
//   {kind: "reset"}      the connection ends without an answer     {kind: "hang"}   no answer, ever
//   {kind: "truncate"}   the answer's first half, then the end     {kind: "malformed"}  200 and no JSON
//   {kind: "huge", bytes}  a body without end in sight             {kind: "drip", ms}   a byte each `ms`
//   {kind: "delay", ms}  the right answer, late

export function answerBadly(response, fault, right) {
  const body = JSON.stringify(right);
  const head = (more = {}) => ({ "content-type": "application/json; charset=utf-8", ...more });
  const kinds = {
    status() {
      const text = typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body ?? { ok: false, error: "internal_error" });
      response.writeHead(fault.status, head(fault.headers)).end(text);
    },
    reset: () => response.socket.resetAndDestroy(),
    hang: () => {},
    truncate() {
      response.writeHead(200, head({ "content-length": Buffer.byteLength(body) }));
      response.write(body.slice(0, body.length / 2), () => response.socket.destroy());
    },
    malformed: () => response.writeHead(200, head()).end("<html>It works!</html>"),
    huge() {
      response.writeHead(200, head());
      const block = Buffer.alloc(64 * 1024, 0x20);
      let left = fault.bytes ?? 64 * 1024 * 1024;
      const more = () => {
        while (left > 0 && !response.destroyed) {
          left -= block.length;
          if (!response.write(block)) return response.once("drain", more);
        }
        if (!response.destroyed) response.end(body);
      };
      more();
    },
    drip() {
      response.writeHead(200, head({ "content-length": Buffer.byteLength(body) }));
      let at = 0;
      const timer = setInterval(() => {
        if (response.destroyed || at === body.length) return clearInterval(timer);
        response.write(body[at++]);
      }, fault.ms ?? 100);
    },
    delay: () => setTimeout(() => response.writeHead(200, head()).end(body), fault.ms ?? 1000),
  };
  if (!Object.hasOwn(kinds, fault?.kind)) throw new Error(`no such fault: ${fault?.kind}`);
  kinds[fault.kind]();
}
