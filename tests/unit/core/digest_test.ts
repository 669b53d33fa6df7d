// Digests: the grammar, and the hash against values that others computed.
import assert from "node:assert/strict";
import fc from "fast-check";
import { digestHex, Hasher, isDigest, parseDigest, sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";

const EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
// FIPS 180-2, appendix B.1.
const ABC = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Deno.test("`sha256()` gives the published values", () => {
  assert.equal(sha256(new Uint8Array()), EMPTY);
  assert.equal(sha256(new TextEncoder().encode("abc")), ABC);
});

Deno.test("`Hasher` gives the same digest and size however the bytes are cut", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
    const hasher = new Hasher();
    for (const chunk of chunks) hasher.update(chunk);
    const all = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
    assert.equal(hasher.size, all.length);
    assert.equal(hasher.digest(), sha256(all));
  }));
});

Deno.test("`parseDigest()` takes what `sha256()` makes", () => {
  assert.equal(parseDigest(ABC), ABC);
  assert.equal(`sha256:${digestHex(parseDigest(ABC))}`, ABC);
});

const bad = [
  "",
  "sha256:",
  ABC.slice(0, -1),
  `${ABC}0`,
  ABC.toUpperCase(),
  ABC.replace("b", "B"),
  ABC.replace("sha256", "sha512"),
  `${ABC}\n`,
  ` ${ABC}`,
  `sha256:../../${"a".repeat(58)}`,
];
for (const text of bad) {
  Deno.test(`\`parseDigest()\` refuses ${JSON.stringify(text)}`, () => {
    assert.equal(isDigest(text), false);
    assert.throws(() => parseDigest(text), { name: "KrustError", code: "reference-invalid" });
  });
}

Deno.test("`parseDigest()` quotes a bad digest without its control characters, and shortened", () => {
  assert.throws(() => parseDigest(`\u001b[2J\n${"x".repeat(500)}`), (error) => {
    assert.ok(error instanceof KrustError);
    assert.match(error.message, /^not a sha256 digest: "x{90,}…"$/);
    return true;
  });
});
