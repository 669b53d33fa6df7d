// The last words: exactly the contract's form, without secrets and control characters.
import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import { errorEvent, renderError } from "../../../src/report/error_text.ts";

const plain = { color: false, verbose: false };

Deno.test("renderError() writes an error as the contract shows it", () => {
  const error = new KrustError(
    "target-not-installed",
    "target x86_64-unknown-linux-musl may not be installed",
    {
      cause: new Error("no std at /rustlib", { cause: new Error("could not reach its host") }),
      help: [
        "rustup target add x86_64-unknown-linux-musl",
        "or build against static glibc: --libc gnu",
      ],
    },
  );
  assert.equal(
    renderError(error, plain),
    `error[target-not-installed]: target x86_64-unknown-linux-musl may not be installed
  cause: no std at /rustlib
  cause: could not reach its host
  help:  rustup target add x86_64-unknown-linux-musl
         or build against static glibc: --libc gnu
`,
  );
});

Deno.test("renderError() writes a bare error in one line", () => {
  assert.equal(renderError(new KrustError("usage", "no"), plain), "error[usage]: no\n");
});

Deno.test("renderError() indents what has several lines, so that nobody can forge a last line", () => {
  const error = new KrustError("config-invalid", "read x\nerror[usage]: forged", {
    cause: new Error("1 | a =\n  |    ^\n"),
    help: ["write\na = 1"],
  });
  assert.equal(
    renderError(error, plain),
    `error[config-invalid]: read x
  error[usage]: forged
  cause: 1 | a =
           |    ^
  help:  write
         a = 1
`,
  );
});

Deno.test("renderError() strips control characters and secrets in addresses, wherever they are", () => {
  const evil = "\u001b[2Jget https://user:canary@h/x?sig=canary#canary\u0007\u202e";
  const error = new KrustError("network-failed", evil, {
    cause: new Error(evil),
    help: ["\u001bc"],
  });
  const text = renderError(error, plain);
  assert.match(text, /^[ -~…\n]+$/);
  assert.doesNotMatch(text, /canary/);
  assert.match(text, /get https:\/\/h\/x\?sig=…/);
});

Deno.test("renderError() colours labels alone", () => {
  const error = new KrustError("usage", "no", { cause: new Error("why"), help: ["do"] });
  const colored = renderError(error, { color: true, verbose: false });
  assert.equal(
    colored,
    "\u001b[1;31merror[usage]\u001b[0m\u001b[1m: no\u001b[0m\n" +
      "  \u001b[1mcause\u001b[0m: why\n  \u001b[1mhelp\u001b[0m:  do\n",
  );
});

const strange: readonly (readonly [string, unknown, string])[] = [
  ["a TypeError", new TypeError("x is undefined"), "TypeError: x is undefined"],
  ["text", "oh", "oh"],
  ["nothing", undefined, "undefined"],
  ["null", null, "something that is no error was thrown"],
  ["an object", { secret: 1 }, "something that is no error was thrown"],
  ["an object without a prototype", Object.create(null), "something that is no error was thrown"],
];
for (const [name, thrown, message] of strange) {
  Deno.test(`renderError() calls ${name} that is thrown a bug of krust's own`, () => {
    assert.equal(renderError(thrown, plain), `error[internal]: unexpected failure: ${message}\n`);
    assert.equal(errorEvent(thrown).status, 1);
  });
}

Deno.test("renderError() shows the stack of a bug with -v, and of nothing else", () => {
  const verbose = { color: false, verbose: true };
  assert.match(renderError(new TypeError("x"), verbose), /\n {6}at .*error_text_test\.ts/);
  assert.doesNotMatch(renderError(new TypeError("x"), plain), / at /);
  assert.doesNotMatch(renderError(new KrustError("usage", "x"), verbose), / at /);
});

Deno.test("errorEvent() has what the text has, and facts for programs", () => {
  const error = new KrustError("base-not-found", "pull h/x?: \u001b[1mnot there", {
    cause: new Error("HTTP 404 at https://h/v2?token=canary"),
    help: ["try another"],
    details: { host: "h" },
  });
  assert.deepEqual(errorEvent(error), {
    event: "error",
    code: "base-not-found",
    status: 5,
    message: "pull h/x?: not there",
    causes: ["HTTP 404 at https://h/v2?token=…"],
    help: ["try another"],
    details: { host: "h" },
  });
});
