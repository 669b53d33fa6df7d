// Text and addresses of others: nothing that steers a terminal, nothing that is secret.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatBytes,
  printable,
  printableLines,
  redactUrl,
  redactUrls,
} from "../../../src/core/printable.ts";

// deno-lint-ignore no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

const printableRows: readonly (readonly [string, string])[] = [
  ["plain text stays", "plain text stays"],
  ["  trimmed\n", "trimmed"],
  ["\u001b[1;31mred\u001b[0m text", "red text"],
  ["\u001b]0;title\u0007after", "after"],
  ["\u001b]8;;https://x\u001b\\link\u001b]8;;\u001b\\", "link"],
  ["one\r\n\ttwo", "one two"],
  ["\u009b31mC1", "31mC1"],
  ["user\u202etxt.exe", "user txt.exe"],
  ["zero\u200bwidth", "zero width"],
  ["ünïcödé 漢字 ✓", "ünïcödé 漢字 ✓"],
];
for (const [text, expected] of printableRows) {
  Deno.test(`\`printable()\` makes ${JSON.stringify(expected)} of ${JSON.stringify(text)}`, () => {
    assert.equal(printable(text), expected);
  });
}

Deno.test("`printable()` leaves nothing unsafe and keeps the limit, whatever the text", () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  fc.assert(fc.property(text, fc.integer({ min: 1, max: 40 }), (outside, limit) => {
    const safe = printable(outside, limit);
    assert.doesNotMatch(safe, UNSAFE);
    assert.ok(safe.length <= limit);
  }));
});

Deno.test("`printable()` marks what it cut", () => {
  assert.equal(printable("abcdef", 4), "abc…");
  assert.equal(printable("abcd", 4), "abcd");
});

Deno.test("`printable()` is quick with escapes that never end", () => {
  const started = performance.now();
  printable("\u001b]".repeat(100_000));
  printable(`\u001b[${";".repeat(200_000)}`);
  assert.ok(performance.now() - started < 1_000);
});

Deno.test("`printableLines()` keeps line ends and nothing else of the kind", () => {
  assert.deepEqual(printableLines("a\u001b[1mb\r\n  c\td \n\ne\rf"), ["ab", "  c d", "", "e f"]);
});

const urlRows: readonly (readonly [string, string])[] = [
  ["https://ghcr.io/v2/", "https://ghcr.io/v2/"],
  ["https://user:canary@ghcr.io/v2/", "https://ghcr.io/v2/"],
  ["https://h/u?sig=canary&digest=sha256:ab", "https://h/u?sig=…&digest=sha256:ab"],
  [
    "https://h/t?scope=repository:a/b:pull&service=h",
    "https://h/t?scope=repository:a/b:pull&service=h",
  ],
  ["https://h/u?canary", "https://h/u?…"],
  ["https://h/u?n=1%0Acanary%1b", "https://h/u?n=1 canary"],
  ["https://h/u#canary", "https://h/u"],
  ["no address: canary", "…"],
];
for (const [url, expected] of urlRows) {
  Deno.test(`\`redactUrl()\` makes ${JSON.stringify(expected)} of ${JSON.stringify(url)}`, () => {
    assert.equal(redactUrl(url), expected);
  });
}

Deno.test("`redactUrl()` leaves the URL that it was given as it was", () => {
  const url = new URL("https://user:pw@h/u?sig=1");
  redactUrl(url);
  assert.equal(url.href, "https://user:pw@h/u?sig=1");
});

const textRows: readonly (readonly [string, string])[] = [
  ["see https://rustup.rs for more", "see https://rustup.rs for more"],
  [
    "error sending request for url (https://u:canary@h/x?sig=canary): refused",
    "error sending request for url (https://h/x?sig=…): refused",
  ],
  ["HTTP://h/?canary and http://h", "http://h/?… and http://h"],
];
for (const [text, expected] of textRows) {
  Deno.test(`\`redactUrls()\` makes ${JSON.stringify(expected)}`, () => {
    assert.equal(redactUrls(text), expected);
  });
}

const sizeRows: readonly (readonly [number, string])[] = [
  [0, "0 B"],
  [1023, "1023 B"],
  [1023.4, "1023 B"],
  [1023.6, "1.0 KiB"],
  [1024, "1.0 KiB"],
  [1536, "1.5 KiB"],
  [1024 ** 2 - 1, "1.0 MiB"],
  [1024 ** 2, "1.0 MiB"],
  [5.25 * 1024 ** 3, "5.3 GiB"],
  [1024 ** 5, "1024.0 TiB"],
];
for (const [bytes, expected] of sizeRows) {
  Deno.test(`\`formatBytes()\` says ${expected} for ${bytes}`, () => {
    assert.equal(formatBytes(bytes), expected);
  });
}
