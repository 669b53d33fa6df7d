// Label selectors as kubectl takes them: `app=web,tier in (a, b),!canary`.
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";

/** The labels of an object. */
export type Labels = ReadonlyMap<string, string>;

/** Whether an object with these labels is meant. */
export type Selector = (labels: Labels) => boolean;

const KEY = "[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?";
const VALUE = "[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?";
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EQUALITY = new RegExp(`^(${KEY})\\s*(=|==|!=)\\s*(${VALUE})?$`);
const EXISTENCE = new RegExp(`^(!?)\\s*(${KEY})$`);

/**
 * Reads a selector; all of its requirements must hold.
 *
 * @throws {KrustError} `usage`.
 */
export function parseSelector(written: string): Selector {
  const requirements = splitRequirements(written).map((part) => {
    const requirement = parseRequirement(part.trim());
    if (requirement !== undefined) return requirement;
    throw new KrustError("usage", `"${printable(part.trim())}" is no label selector`, {
      help: ["such as -l app=web, -l 'tier in (front, back)', -l '!canary'"],
    });
  });
  return (labels) => requirements.every((holds) => holds(labels));
}

/** Cuts at the commas that are not within parentheses. */
function splitRequirements(written: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let within = false;
  for (let at = 0; at < written.length; at++) {
    if (written[at] === "(") within = true;
    else if (written[at] === ")") within = false;
    else if (written[at] === "," && !within) {
      parts.push(written.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, written.slice(start)];
}

function parseRequirement(text: string): Selector | undefined {
  const [, setKey, setOperator, list] = SET.exec(text) ?? [];
  if (setKey !== undefined && list !== undefined) {
    const values = list.split(",").map((value) => value.trim());
    return setOperator === "in"
      ? (labels) => values.includes(labels.get(setKey) ?? NOTHING)
      : (labels) => !values.includes(labels.get(setKey) ?? NOTHING);
  }
  const [, key, operator, value = ""] = EQUALITY.exec(text) ?? [];
  if (key !== undefined) {
    return operator === "!="
      ? (labels) => labels.get(key) !== value
      : (labels) => labels.get(key) === value;
  }
  const [, not, name] = EXISTENCE.exec(text) ?? [];
  if (name === undefined) return undefined;
  return not === "!" ? (labels) => !labels.has(name) : (labels) => labels.has(name);
}

/** What no label can be: a value that is not there is equal to none. */
const NOTHING = "\0";
