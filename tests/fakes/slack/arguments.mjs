// What a call says: its token and arguments out of query, form or JSON body, typed as the method declares them.
// Throws Refused as Slack would refuse; what Slack lets pass and still is wrong comes back as warnings. Pure.
import { Refused } from "./methods.mjs";

const flags = new Map([["true", true], ["1", true], ["false", false], ["0", false]]);

/** {token, args, warnings, broken}: `broken` are rules bent that Slack would only shrug at. */
export function readCall(method, { query, headers, body }) {
  const type = (headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
  const charset = /charset=/i.test(headers["content-type"] ?? "");
  const warnings = [];
  const broken = [];
  let raw = Object.fromEntries(query);
  if (type === "application/json") {
    if (!charset) warnings.push("missing_charset");
    let parsed;
    try {
      parsed = JSON.parse(body);
    } catch {
      throw new Refused("invalid_json");
    }
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new Refused("json_not_object");
    if (method.json) raw = { ...raw, ...parsed };
    else broken.push("this method takes no JSON: the arguments were not read");
    if ("token" in parsed) broken.push("a JSON call's token belongs in the Authorization header");
  } else if (type === "application/x-www-form-urlencoded") {
    if (charset) warnings.push("superfluous_charset");
    raw = { ...raw, ...Object.fromEntries(new URLSearchParams(body)) };
  } else if (body.length > 0) {
    throw new Refused(type === "" ? "missing_post_type" : "invalid_post_type");
  }
  const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1];
  const { token, ...rest } = raw;
  return { token: bearer ?? token, args: typed(method.known, rest, type === "application/json", broken), warnings, broken };
}

function typed(known, raw, json, broken) {
  const args = {};
  const wrong = (key, want) => {
    throw new Refused("invalid_arguments", { response_metadata: { messages: [`[ERROR] must be a ${want} [json-pointer:/${key}]`] } });
  };
  for (const [key, value] of Object.entries(raw)) {
    if (key === "team_id") continue;  // every method takes it, for tokens of an organisation
    if (!Object.hasOwn(known, key)) {
      broken.push(`unknown argument ${key}`);
      continue;
    }
    const kind = known[key];
    if (value === null && json) continue;
    if (kind === "string") args[key] = typeof value === "string" ? value : wrong(key, kind);
    else if (kind === "boolean") args[key] = typeof value === "boolean" ? value : (flags.get(value) ?? wrong(key, kind));
    else if (kind === "number") args[key] = Number.isFinite(Number(value)) ? Number(value) : wrong(key, kind);
    else args[key] = structured(key, kind, value);
  }
  return args;
}

function structured(key, kind, value) {
  let parsed = value;
  if (typeof value === "string") {
    try {
      parsed = JSON.parse(value);
    } catch {
      throw new Refused(kind === "blocks" ? "invalid_blocks_format" : kind === "metadata" ? "invalid_metadata_format" : "invalid_arguments");
    }
  }
  if (kind === "object" && (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))) throw new Refused("invalid_arguments");
  if (kind === "blocks" && !Array.isArray(parsed)) throw new Refused("invalid_blocks_format");
  if (kind === "array" && !Array.isArray(parsed)) throw new Refused("invalid_array_arg");
  if (kind === "metadata") checkMetadata(parsed);
  return parsed;
}

function checkMetadata(metadata) {
  const payload = metadata?.event_payload;
  if (typeof metadata?.event_type !== "string" || typeof payload !== "object" || payload === null || Array.isArray(payload))
    throw new Refused("invalid_metadata_format");
  for (const key of Object.keys(metadata))
    if (!["event_type", "event_payload"].includes(key)) throw new Refused("invalid_metadata_format");
  if (!Object.values(payload).every((v) => ["string", "number", "boolean"].includes(typeof v)))
    throw new Refused("invalid_metadata_schema");
  if (JSON.stringify(metadata).length > 8192) throw new Refused("metadata_too_large");
}
