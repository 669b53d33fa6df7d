// htpasswd files: who gets in, and what of a file is refused without repeating it.
import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import { readHtpasswd } from "../../../src/registry/htpasswd.ts";

const HASH = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
const OTHER = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy";

Deno.test("readHtpasswd() lets in who knows the password, each time", async () => {
  const check = readHtpasswd(`# users\n\nalice:${HASH}\r\nbob:${OTHER}\nalice:${OTHER}\n`, "f");
  for (let time = 0; time < 2; time++) {
    assert.equal(await check("alice", "U*U"), true);
    assert.equal(await check("alice", ""), false, "the first line counts");
    assert.equal(await check("bob", ""), true);
    assert.equal(await check("bob", "U*U"), false);
    assert.equal(await check("carol", ""), false);
    assert.equal(await check("", ""), false);
  }
});

const REFUSED: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ["another kind of hash", `a:${HASH}\nbob:{SHA}canary=\n`, /^users:2: .*bcrypt/],
  ["a plain password", "bob:canary\n", /^users:1: .*bcrypt/],
  ["a line without a colon", "canary\n", /^users:1: /],
  ["a line without a user", `:${HASH}\n`, /^users:1: /],
  ["a file without users", "# canary\n", /^users: no user/],
];

for (const [what, text, message] of REFUSED) {
  Deno.test(`readHtpasswd() refuses ${what}, naming the line`, () => {
    assert.throws(() => readHtpasswd(text, "users"), (error) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "config-invalid");
      assert.match(error.message, message);
      assert.doesNotMatch(error.message + error.help.join(), /canary/);
      return true;
    });
  });
}
