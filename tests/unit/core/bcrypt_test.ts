// bcrypt against hashes that others made: Openwall's test vectors, and this system's crypt(3).
import assert from "node:assert/strict";
import { bcryptMatches, isBcrypt } from "../../../src/core/bcrypt.ts";
import { lackingProgram, requiring } from "../../support/require.ts";

const VECTORS: readonly (readonly [password: string, hash: string])[] = [
  ["U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"],
  ["", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"],
];

for (const [password, hash] of VECTORS) {
  Deno.test(`bcryptMatches() knows ${JSON.stringify(password)} by ${hash}`, () => {
    assert.ok(isBcrypt(hash));
    assert.ok(bcryptMatches(password, hash));
    assert.ok(!bcryptMatches(`${password}x`, hash));
  });
}

const PASSWORDS = ["s3cret: with colon", "ü".repeat(60), "\u{1F511}", "a".repeat(71)] as const;

await requiring(lackingProgram("perl"), "bcryptMatches() agrees with this system's crypt", () => {
  for (const password of PASSWORDS) {
    const { stdout } = new Deno.Command("perl", {
      args: ["-e", "print crypt($ARGV[0], $ARGV[1])", password, "$2y$04$abcdefghijklmnopqrstuu"],
      stdin: "null",
    }).outputSync();
    const hash = new TextDecoder().decode(stdout);
    assert.ok(isBcrypt(hash), hash);
    assert.ok(bcryptMatches(password, hash), password);
    assert.ok(!bcryptMatches(`x${password}`, hash), password);
  }
});

Deno.test("isBcrypt() takes bcrypt's hashes of a cost that is no trap", () => {
  const rest = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  assert.ok(isBcrypt(`$2y$14$${rest}`));
  for (
    const text of [
      "",
      "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
      "$apr1$abc$0123456789012345678901",
      `$2x$05$${rest}`,
      `$2y$03$${rest}`,
      `$2y$31$${rest}`,
      `$2y$05$${rest}x`,
    ]
  ) assert.ok(!isBcrypt(text), text);
});
