// Slack's rules for views (modals and App Home), and for the slips of paper that open them. Sources: docs.slack.dev
// (reference/views, surfaces/modals, methods/views.open and views.publish). Pure.
import { randomBytes } from "node:crypto";

import { faultsOfBlocks } from "./blocks.mjs";
import { Refused } from "./methods.mjs";

const triggerAge = 3000;
const largestView = 250_000;
const known = {
  modal: ["type", "title", "blocks", "close", "submit", "private_metadata", "callback_id", "clear_on_close", "notify_on_close", "external_id", "submit_disabled"],
  home: ["type", "blocks", "private_metadata", "callback_id", "external_id"],
};

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** [] where a view of that type may be shown. */
export function faultsOfView(view, type) {
  if (!isObject(view)) return ["must be an object [json-pointer:/view]"];
  const faults = [];
  const bad = (pointer, what) => faults.push(`${what} [json-pointer:/view${pointer}]`);
  if (view.type !== type) bad("/type", `unsupported type: ${view.type}`);
  for (const key of Object.keys(view)) if (!known[type].includes(key)) bad(`/${key}`, `invalid additional property: ${key}`);
  const label = (key) => {
    const value = view[key];
    if (!isObject(value) || value.type !== "plain_text") return bad(`/${key}`, "must be plain_text");
    if (typeof value.text !== "string" || value.text.length < 1 || value.text.length > 24)
      bad(`/${key}/text`, "must be less than 25 characters");
  };
  if (type === "modal") {
    label("title");
    for (const key of ["close", "submit"]) if (view[key] !== undefined) label(key);
    const asks = Array.isArray(view.blocks) && view.blocks.some((block) => block?.type === "input");
    if (asks && view.submit === undefined) bad("/submit", "missing required field: submit");
  }
  if (view.private_metadata !== undefined && (typeof view.private_metadata !== "string" || view.private_metadata.length > 3000))
    bad("/private_metadata", "must be less than 3001 characters");
  if (view.callback_id !== undefined && (typeof view.callback_id !== "string" || view.callback_id.length > 255))
    bad("/callback_id", "must be less than 256 characters");
  if (JSON.stringify(view).length > largestView) bad("", "view is too large");
  return [...faults, ...faultsOfBlocks(view.blocks, { most: 100, inputs: true })];
}

function checked(view, type) {
  const faults = faultsOfView(view, type);
  if (faults.length > 0) throw new Refused("invalid_arguments", { response_metadata: { messages: faults.map((f) => `[ERROR] ${f}`) } });
  return { private_metadata: "", callback_id: "", ...view, id: `V${randomBytes(5).toString("hex").toUpperCase()}`, hash: randomBytes(4).toString("hex") };
}

/** A trigger is good for one form of one user within three seconds. */
export function open({ world }, args) {
  const trigger = world.triggers.get(args.trigger_id ?? "");
  if (!trigger) throw new Refused("invalid_trigger_id");
  if (world.now() - trigger.made > triggerAge) throw new Refused("expired_trigger_id");
  if (trigger.used) throw new Refused("exchanged_trigger_id");
  const view = checked(args.view, "modal");
  trigger.used = true;
  world.modals.push({ at: world.now(), user: trigger.user, view, closed: false });
  world.changed();
  return { view };
}

export function publish({ world }, args) {
  const user = world.users.get(args.user_id ?? "");
  if (!user || user.deleted) throw new Refused("user_not_found");
  const view = checked(args.view, "home");
  world.homes.set(args.user_id, view);
  world.homeCount.set(args.user_id, (world.homeCount.get(args.user_id) ?? 0) + 1);
  world.changed();
  return { view };
}
