// What the fake log providers share: an HTTP server on a free port of loopback, and faults to answer next.
import { createServer } from "node:http";

export class FakeProvider {
  /** Answered instead of what is asked, in order: {status, headers, body}, or "hang up". */
  faults = [];
  /** What was asked: {method, url, headers, body}. */
  requests = [];

  async start() {
    this.server = createServer((request, response) => {
      const chunks = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => {
        const asked = { method: request.method, url: new URL(request.url, "http://fake"), target: request.url,
                        headers: request.headers, body: Buffer.concat(chunks).toString() };
        this.requests.push(asked);
        const fault = this.faults.shift();
        if (fault === "hang up") return request.socket.destroy();
        const { status, headers, body } = fault ?? this.answer(asked);
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(typeof body === "string" ? body : JSON.stringify(body));
      });
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
