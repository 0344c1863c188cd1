// Loki's query_range over the streams it holds: start inclusive, end exclusive, both nanoseconds; forward; at most
// 5,000 entries and 30 days a request; a tenant and credentials. Labels it adds itself come back with each stream.
import { FakeProvider } from "./listen.mjs";

export class FakeLoki extends FakeProvider {
  streams = [];  // {labels, entries: [[BigInt ns, line]]}

  constructor({ tenant, authorization }) {
    super();
    this.tenant = tenant;
    this.authorization = authorization;
  }

  answer({ method, url, headers }) {
    if (method !== "GET" || url.pathname !== "/loki/api/v1/query_range") return { status: 404, body: "404 page not found" };
    if (headers.authorization !== this.authorization) return { status: 401, body: "unauthorized" };
    if (headers["x-scope-orgid"] !== this.tenant) return { status: 401, body: "no org id" };
    const asked = url.searchParams;
    const limit = Number(asked.get("limit") ?? 100);
    if (limit > 5000) return { status: 400, body: `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > 5000)` };
    if (asked.get("direction") !== "forward") return { status: 400, body: "this fake searches forward only" };
    const [start, end] = [BigInt(asked.get("start")), BigInt(asked.get("end"))];
    if (end <= start) return { status: 400, body: "end timestamp must not be before or equal to start time" };
    if (end - start > 721n * 3600n * 1_000_000_000n) return { status: 400, body: "the query time range exceeds the limit" };
    const selector = /^\{job="([^"]+)"\}$/.exec(asked.get("query") ?? "");
    if (!selector) return { status: 400, body: "parse error" };
    const all = this.streams.filter(({ labels }) => labels.job === selector[1])
      .flatMap(({ labels, entries }) => entries.map(([ns, line]) => ({ labels, ns, line })))
      .filter(({ ns }) => ns >= start && ns < end)
      .sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0)).slice(0, limit);
    const byStream = new Map();
    for (const { labels, ns, line } of all) {
      const shown = { ...labels, service_name: labels.job, detected_level: "unknown" };
      const key = JSON.stringify(shown);
      if (!byStream.has(key)) byStream.set(key, { stream: shown, values: [] });
      byStream.get(key).values.push([String(ns), line]);
    }
    return { status: 200, body: { status: "success", data: { resultType: "streams", result: [...byStream.values()], stats: {} } } };
  }
}
