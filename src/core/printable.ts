// Text from outside made fit for a terminal, and addresses made fit for a log.

// deno-lint-ignore no-control-regex
const ESCAPE_SEQUENCE = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g;

// Line and paragraph separators, and what reorders or hides text ("Trojan Source", CVE-2021-42574).
const INVISIBLE = "\\u2028\\u2029\\u061c\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff";
const CONTROL = new RegExp(`[\\u0000-\\u001f\\u007f-\\u009f${INVISIBLE}]+`, "g");
const CONTROL_BUT_NEWLINE = new RegExp(
  `[\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f${INVISIBLE}]+`,
  "g",
);

/** Strips control and escape characters from text that somebody else wrote and cuts it to `limit`. */
export function printable(text: string, limit = 200): string {
  const plain = text.replace(ESCAPE_SEQUENCE, "").replace(CONTROL, " ").trim();
  return plain.length > limit ? `${plain.slice(0, limit - 1)}…` : plain;
}

/** The lines of a text that may quote others, each without control and escape characters. */
export function printableLines(text: string): readonly string[] {
  return text
    .replace(ESCAPE_SEQUENCE, "")
    .replaceAll("\r\n", "\n")
    .replace(CONTROL_BUT_NEWLINE, " ")
    .split("\n")
    .map((line) => line.trimEnd());
}

const OPEN_PARAMETERS = new Set(["scope", "service", "mount", "from", "digest", "n", "last"]);

/**
 * An address without user information and with every query value hidden but those known harmless.
 * Text that is no address is not repeated.
 */
export function redactUrl(url: URL | string): string {
  if (typeof url === "string" && !URL.canParse(url)) return "…";
  const copy = new URL(url);
  const query = [...copy.searchParams].map(([name, value]) => redactParameter(name, value));
  copy.username = "";
  copy.password = "";
  copy.search = "";
  copy.hash = "";
  return query.length === 0 ? copy.href : `${copy.href}?${query.join("&")}`;
}

function redactParameter(name: string, value: string): string {
  if (OPEN_PARAMETERS.has(name)) return `${name}=${printable(value)}`;
  // A parameter without a value may itself be the secret (`?<token>`).
  return value === "" ? "…" : `${printable(name, 40)}=…`;
}

/** Text with every address in it redacted as {@linkcode redactUrl} does. */
export function redactUrls(text: string): string {
  // Only what has something to hide is rewritten: the rest stays as it was written.
  return text.replace(
    /\bhttps?:\/\/[^\s"'`<>)]+/gi,
    (url) => /[@?#]/.test(url) ? redactUrl(url) : url,
  );
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A size in bytes for people: `512 B`, `1.4 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would round up to 1024.0 belongs to the next unit.
  while (value >= (unit === 0 ? 1023.5 : 1023.95) && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
