// Whoever receives a pager's webhooks, and a dead-man's address: verifies each signature as deploy/pagers.md says,
// answers as told. pages: those with a good signature, parsed; forged: bodies without one; pings: GETs.
import { createHmac, timingSafeEqual } from "node:crypto";
import http from "node:http";

export class Receiver {
  static async start({ secret, port = 0 }) {
    const receiver = new Receiver();
    Object.assign(receiver, { secret, pages: [], forged: [], pings: [], answers: [] });
    receiver.server = http.createServer((request, response) => void receiver.#serve(request, response));
    await new Promise((resolve) => receiver.server.listen(port, "127.0.0.1", resolve));
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/hook`;
    return receiver;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #serve(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (request.method === "GET") {
      this.pings.push({ at: Date.now(), path: request.url });
      return response.writeHead(200).end("OK");
    }
    const answer = this.answers.shift() ?? { status: 200 };  // {status, headers} or "reset"
    if (!this.#genuine(request.headers["countersign-signature"], body)) this.forged.push(body.toString());
    else this.pages.push({ status: answer.status, ...JSON.parse(body) });
    if (answer === "reset") return request.socket.resetAndDestroy();
    response.writeHead(answer.status, answer.headers ?? {}).end();
  }

  #genuine(header, body) {
    const [, time, offered] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header ?? "") ?? [];
    if (!time || Math.abs(Date.now() / 1000 - Number(time)) > 300) return false;
    const right = createHmac("sha256", this.secret).update(`${time}.`).update(body).digest();
    return timingSafeEqual(right, Buffer.from(offered, "hex"));
  }
}
