// PAX records (POSIX pax, "Extended Header") in bytes: the tar library writes values as text, and an
// extended attribute is none.
import { concat } from "./streams.ts";

/** How a file's extended attributes are named in records, as every reader of them has it. */
export const XATTR_PREFIX = "SCHILY.xattr.";

/** The records of one entry, sorted by key. */
export function encodePax(
  records: Readonly<Record<string, Uint8Array>>,
): Uint8Array<ArrayBuffer> {
  const sorted = Object.entries(records).toSorted(([left], [right]) => left < right ? -1 : 1);
  return concat(sorted.map(([key, value]) => record(key, value)));
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function record(key: string, value: Uint8Array): Uint8Array {
  const encoder = new TextEncoder();
  const start = encoder.encode(` ${key}=`);
  const rest = start.length + value.length + 1;
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return concat([encoder.encode(String(length)), start, value, encoder.encode("\n")]);
}
