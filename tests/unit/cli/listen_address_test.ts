// Addresses to listen on.
import assert from "node:assert/strict";
import { isLoopback, parseListenAddress } from "../../../src/cli/listen_address.ts";
import { KrustError } from "../../../src/core/error.ts";

const READ: readonly (readonly [text: string, hostname: string, port: number, near: boolean])[] = [
  ["127.0.0.1:5000", "127.0.0.1", 5000, true],
  ["127.1.2.3:0", "127.1.2.3", 0, true],
  ["localhost:65535", "localhost", 65_535, true],
  ["[::1]:5000", "::1", 5000, true],
  ["0.0.0.0:5000", "0.0.0.0", 5000, false],
  ["[::]:5000", "::", 5000, false],
  ["127.0.0.1.evil.example:80", "127.0.0.1.evil.example", 80, false],
];

for (const [text, hostname, port, near] of READ) {
  Deno.test(`parseListenAddress() reads ${text}, ${near ? "of this machine only" : "open"}`, () => {
    const address = parseListenAddress(text);
    assert.deepEqual([address.hostname, address.port], [hostname, port]);
    assert.equal(`${address.text}:${address.port}`, text);
    assert.equal(isLoopback(address), near);
  });
}

for (const text of ["", "5000", ":5000", "127.0.0.1", "a:65536", "::1:5000", "http://a:1", "a:b"]) {
  Deno.test(`parseListenAddress() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseListenAddress(text), (error) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "usage");
      assert.match(error.help.join(), /HOST:PORT/);
      return true;
    });
  });
}
