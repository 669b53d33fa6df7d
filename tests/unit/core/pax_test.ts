// PAX records: lengths that count themselves, values of any bytes.
import assert from "node:assert/strict";
import { encodePax } from "../../../src/core/pax.ts";

Deno.test("`encodePax()` counts a record's own digits in its length", () => {
  for (const size of [0, 1, 85, 86, 87, 88, 89, 90, 983, 984, 985, 986, 987, 988]) {
    const bytes = encodePax({ key: new Uint8Array(size).fill(0xff) });
    const text = new TextDecoder("latin1").decode(bytes);
    assert.equal(Number(/^\d+/.exec(text)?.[0]), bytes.length, `${size}`);
    assert.ok(text.endsWith(`${"\u00ff".repeat(size)}\n`));
  }
});

Deno.test("`encodePax()` sorts records by key and keeps every byte of a value", () => {
  const bytes = encodePax({ "b": Uint8Array.of(0, 10, 128, 255), "a": Uint8Array.of(1) });
  assert.deepEqual(
    [...bytes],
    [..."6 a=", "\x01", "\n", ..."9 b="].map((sign) => sign.charCodeAt(0)).concat([
      0,
      10,
      128,
      255,
      10,
    ]),
  );
});
