// Slack's rules for the blocks of a message, as a list of what is wrong with one. Sources: docs.slack.dev/reference
// (block-kit/blocks, block-elements, composition-objects). Pure.

const limits = { blocks: 50, total: 13_200, id: 255, section: 3000, fields: 10, field: 2000, header: 150, actions: 25,
                 context: 10, button: 75, value: 2000, url: 3000, alt: 2000, options: 100, option: 75 };

/** [] where `blocks` may be sent; else strings "what [json-pointer:/blocks/0/text]". */
export function faultsOfBlocks(blocks, { most = limits.blocks, inputs = false } = {}) {
  const faults = [];
  const bad = (pointer, what) => faults.push(`${what} [json-pointer:${pointer}]`);
  if (!Array.isArray(blocks)) {
    bad("/blocks", "must be an array");
    return faults;
  }
  if (blocks.length > most) bad("/blocks", `no more than ${most} items allowed`);
  const ids = new Set();
  blocks.forEach((block, i) => {
    const at = `/blocks/${i}`;
    if (!isObject(block)) return bad(at, "must be an object");
    if (!Object.hasOwn(blockTypes, block.type) || (block.type === "input" && !inputs)) return bad(`${at}/type`, `unsupported type: ${block.type}`);
    if (block.block_id !== undefined) {
      text(bad, `${at}/block_id`, block.block_id, limits.id);
      if (ids.has(block.block_id)) bad(`${at}/block_id`, `\`block_id\` value "${block.block_id}" already exists`);
      ids.add(block.block_id);
    }
    blockTypes[block.type](bad, at, block);
  });
  return faults;
}

/** Slack answers msg_blocks_too_long beyond about this many characters; undocumented. */
export function blocksTooLong(blocks) {
  return JSON.stringify(blocks).length > limits.total;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function text(bad, at, value, most, least = 1) {
  if (typeof value !== "string") return bad(at, "must be a string");
  if (value.length < least) bad(at, `must be at least ${least} character`);
  if (value.length > most) bad(at, `must be less than ${most + 1} characters`);
}

function keys(bad, at, object, allowed) {
  for (const key of Object.keys(object))
    if (!allowed.includes(key)) bad(`${at}/${key}`, `invalid additional property: ${key}`);
}

function bool(bad, at, value) {
  if (value !== undefined && typeof value !== "boolean") bad(at, "must be a boolean");
}

function textObject(bad, at, value, most, { only } = {}) {
  if (!isObject(value)) return bad(at, "must provide an object");
  if (value.type !== "plain_text" && value.type !== "mrkdwn") return bad(`${at}/type`, `unsupported type: ${value.type}`);
  if (only && value.type !== only) bad(`${at}/type`, `must be ${only}`);
  keys(bad, at, value, value.type === "plain_text" ? ["type", "text", "emoji"] : ["type", "text", "verbatim"]);
  bool(bad, `${at}/emoji`, value.emoji);
  bool(bad, `${at}/verbatim`, value.verbatim);
  text(bad, `${at}/text`, value.text, most);
}

function list(bad, at, value, most) {
  if (!Array.isArray(value)) {
    bad(at, "must be an array");
    return [];
  }
  if (value.length < 1) bad(at, "must provide at least one item");
  if (value.length > most) bad(at, `no more than ${most} items allowed`);
  return value;
}

function confirm(bad, at, value) {
  if (!isObject(value)) return bad(at, "must be an object");
  keys(bad, at, value, ["title", "text", "confirm", "deny", "style"]);
  textObject(bad, `${at}/title`, value.title, 100, { only: "plain_text" });
  textObject(bad, `${at}/text`, value.text, 300);
  textObject(bad, `${at}/confirm`, value.confirm, 30, { only: "plain_text" });
  textObject(bad, `${at}/deny`, value.deny, 30, { only: "plain_text" });
  style(bad, at, value);
}

function style(bad, at, object) {
  if ("style" in object && object.style !== "primary" && object.style !== "danger")
    bad(`${at}/style`, `must be one of primary, danger, not ${object.style}`);
}

function actionId(bad, at, element) {
  if (element.action_id !== undefined) text(bad, `${at}/action_id`, element.action_id, limits.id);
}

function options(bad, at, value, most) {
  list(bad, at, value, most).forEach((option, i) => {
    if (!isObject(option)) return bad(`${at}/${i}`, "must be an object");
    keys(bad, `${at}/${i}`, option, ["text", "value", "description", "url"]);
    textObject(bad, `${at}/${i}/text`, option.text, limits.option);
    text(bad, `${at}/${i}/value`, option.value, 150);
  });
}

const elementTypes = {
  button(bad, at, element) {
    keys(bad, at, element, ["type", "text", "action_id", "url", "value", "style", "confirm", "accessibility_label"]);
    textObject(bad, `${at}/text`, element.text, limits.button, { only: "plain_text" });
    actionId(bad, at, element);
    if (element.value !== undefined) text(bad, `${at}/value`, element.value, limits.value, 0);
    if (element.url !== undefined) text(bad, `${at}/url`, element.url, limits.url);
    if (element.accessibility_label !== undefined) text(bad, `${at}/accessibility_label`, element.accessibility_label, 75);
    if (element.confirm !== undefined) confirm(bad, `${at}/confirm`, element.confirm);
    style(bad, at, element);
  },
  overflow(bad, at, element) {
    keys(bad, at, element, ["type", "action_id", "options", "confirm"]);
    actionId(bad, at, element);
    options(bad, `${at}/options`, element.options, 5);
  },
  static_select(bad, at, element) {
    keys(bad, at, element, ["type", "placeholder", "action_id", "options", "initial_option", "confirm", "focus_on_load"]);
    if (element.placeholder !== undefined) textObject(bad, `${at}/placeholder`, element.placeholder, 150, { only: "plain_text" });
    actionId(bad, at, element);
    options(bad, `${at}/options`, element.options, limits.options);
  },
};

function element(bad, at, value, allowed) {
  if (!isObject(value)) return bad(at, "must be an object");
  if (!allowed.includes(value.type) || !Object.hasOwn(elementTypes, value.type))
    return bad(`${at}/type`, `unsupported type: ${value.type}`);
  elementTypes[value.type](bad, at, value);
}

function image(bad, at, value, own) {
  keys(bad, at, value, ["type", "image_url", "alt_text", ...own]);
  text(bad, `${at}/image_url`, value.image_url, limits.url);
  text(bad, `${at}/alt_text`, value.alt_text, limits.alt);
}

const blockTypes = {
  input(bad, at, block) {
    keys(bad, at, block, ["type", "block_id", "label", "element", "hint", "optional", "dispatch_action"]);
    textObject(bad, `${at}/label`, block.label, 2000, { only: "plain_text" });
    bool(bad, `${at}/optional`, block.optional);
    const element = block.element;
    if (block.hint !== undefined) textObject(bad, `${at}/hint`, block.hint, 2000, { only: "plain_text" });
    if (isObject(element) && element.type === "datetimepicker") {
      keys(bad, `${at}/element`, element, ["type", "action_id", "initial_date_time", "confirm", "focus_on_load"]);
      actionId(bad, `${at}/element`, element);
      if (element.initial_date_time !== undefined && !/^\d{10}$/.test(String(element.initial_date_time))) bad(`${at}/element/initial_date_time`, "must be 10 digits");
      return;
    }
    if (!isObject(element) || element.type !== "plain_text_input") return bad(`${at}/element/type`, `unsupported type: ${element?.type}`);
    keys(bad, `${at}/element`, element, ["type", "action_id", "initial_value", "multiline", "min_length", "max_length", "placeholder", "focus_on_load", "dispatch_action_config"]);
    actionId(bad, `${at}/element`, element);
    bool(bad, `${at}/element/multiline`, element.multiline);
    if (element.max_length !== undefined && !(element.max_length >= 1 && element.max_length <= 3000)) bad(`${at}/element/max_length`, "must be from 1 to 3000");
  },
  section(bad, at, block) {
    keys(bad, at, block, ["type", "block_id", "text", "fields", "accessory", "expand"]);
    if (block.text === undefined && block.fields === undefined) bad(at, "missing required field: text or fields");
    if (block.text !== undefined) textObject(bad, `${at}/text`, block.text, limits.section);
    if (block.fields !== undefined)
      list(bad, `${at}/fields`, block.fields, limits.fields)
        .forEach((field, i) => textObject(bad, `${at}/fields/${i}`, field, limits.field));
    if (block.accessory !== undefined) element(bad, `${at}/accessory`, block.accessory, Object.keys(elementTypes));
    bool(bad, `${at}/expand`, block.expand);
  },
  header(bad, at, block) {
    keys(bad, at, block, ["type", "block_id", "text"]);
    textObject(bad, `${at}/text`, block.text, limits.header, { only: "plain_text" });
  },
  divider(bad, at, block) {
    keys(bad, at, block, ["type", "block_id"]);
  },
  context(bad, at, block) {
    keys(bad, at, block, ["type", "block_id", "elements"]);
    list(bad, `${at}/elements`, block.elements, limits.context).forEach((item, i) => {
      if (item?.type === "image") return image(bad, `${at}/elements/${i}`, item, []);
      textObject(bad, `${at}/elements/${i}`, item, 3000);
    });
  },
  actions(bad, at, block) {
    keys(bad, at, block, ["type", "block_id", "elements"]);
    const seen = new Set();
    list(bad, `${at}/elements`, block.elements, limits.actions).forEach((item, i) => {
      element(bad, `${at}/elements/${i}`, item, Object.keys(elementTypes));
      const id = item?.action_id;
      if (id !== undefined && seen.has(id)) bad(`${at}/elements/${i}/action_id`, `\`action_id\` "${id}" already exists`);
      seen.add(id);
    });
  },
  image(bad, at, block) {
    image(bad, at, block, ["block_id", "title"]);
    if (block.title !== undefined) textObject(bad, `${at}/title`, block.title, 2000, { only: "plain_text" });
  },
};
