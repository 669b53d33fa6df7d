// Text from outside made fit for a terminal, and addresses made fit for a log.

/** Strips control and escape characters from text that somebody else wrote and cuts it to `limit`. */
export function printable(text: string, limit = 200): string {
  // deno-lint-ignore no-control-regex
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]+/g, " ").trim();
  return plain.length > limit ? `${plain.slice(0, limit - 1)}…` : plain;
}

const OPEN_PARAMETERS = new Set(["scope", "service", "mount", "from", "digest", "n", "last"]);

/** An address without user information and with every query value hidden but those known harmless. */
export function redactUrl(url: URL | string): string {
  const copy = new URL(url);
  copy.username = "";
  copy.password = "";
  const query = [...copy.searchParams]
    .map(([name, value]) => `${name}=${OPEN_PARAMETERS.has(name) ? value : "…"}`)
    .join("&");
  copy.search = "";
  copy.hash = "";
  return query === "" ? copy.href : `${copy.href}?${query}`;
}

/** A size in bytes for people: `512 B`, `1.4 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
