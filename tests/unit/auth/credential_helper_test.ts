// Credential helpers: the protocol with fakes, then real programs, as only those hang and flood.
import assert from "node:assert/strict";
import fc from "fast-check";
import { delimiter, join } from "node:path";
import { askHelper, type Run } from "../../../src/auth/credential_helper.ts";
import { KrustError } from "../../../src/core/error.ts";
import { realHost } from "../../../src/core/host.ts";
import { type FakeHost, fakeHost, type FakeProgram } from "../../support/fake_host.ts";

const PROGRAM = "docker-credential-fake";

function hostWith(program: FakeProgram): FakeHost {
  return fakeHost({ cwd: "/nowhere", programs: { [PROGRAM]: program } });
}

/** A helper that writes and ends. */
function answering(stdout: string, status = 0, stderr = ""): Run {
  return hostWith(({ out, err }) => {
    out(stdout);
    err(stderr);
    return status;
  }).run;
}

Deno.test("`askHelper()` runs `get` and writes the registry to its standard input", async () => {
  const seen: string[] = [];
  const host = hostWith(async ({ args, stdin, out }) => {
    seen.push(...args, await stdin());
    out('{"ServerURL": "https://ghcr.io", "Username": "me", "Secret": "a:b"}\n');
    return 0;
  });
  assert.deepEqual(await askHelper(PROGRAM, "ghcr.io", host.run), {
    kind: "basic",
    username: "me",
    password: "a:b",
  });
  assert.deepEqual(seen, ["get", "ghcr.io"]);
});

const NOT_FOUND = "credentials not found in native keychain";

const ANSWERS: readonly (readonly [what: string, run: Run, secret: unknown])[] = [
  [
    "an identity token for the user <token>",
    answering('{"Username":"<token>","Secret":"t"}'),
    { kind: "identity", token: "t" },
  ],
  [
    "credentials beside noise on standard error",
    answering('{"Username":"me","Secret":"s"}', 0, "warning: x\n"),
    { kind: "basic", username: "me", password: "s" },
  ],
  ["nothing where it says so", answering(`${NOT_FOUND}\n`, 1), undefined],
  ["nothing where it says so on standard error", answering("", 1, `${NOT_FOUND}\r\n`), undefined],
  ["nothing for empty credentials", answering('{"Username":"","Secret":""}'), undefined],
];

for (const [what, run, secret] of ANSWERS) {
  Deno.test(`\`askHelper()\` gives ${what}`, async () => {
    assert.deepEqual(await askHelper(PROGRAM, "ghcr.io", run), secret);
  });
}

const FAILURES: readonly (readonly [what: string, run: Run, reason: string])[] = [
  ["another failure", answering("hunter2", 2, "hunter2"), "it ended with status 2"],
  ["a failure that mentions it", answering(`hunter2: ${NOT_FOUND}`, 1), "it ended with status 1"],
  [
    "that message without a failure",
    answering(NOT_FOUND),
    "its output is not what a helper's should be",
  ],
  ["no output", answering(""), "its output is not what a helper's should be"],
  ["output that is not JSON", answering("hunter2"), "its output is not what a helper's should be"],
  [
    "JSON without a secret",
    answering('{"Username":"hunter2"}'),
    "its output is not what a helper's should be",
  ],
  [
    "a secret that is no text",
    answering('{"Username":"me","Secret":["hunter2"]}'),
    "its output is not what a helper's should be",
  ],
  [
    "too much output",
    answering(`{"Username":"me","Secret":"hunter2${"x".repeat(65536)}"}`),
    "it wrote more than 65536 bytes",
  ],
];

for (const [what, run, reason] of FAILURES) {
  Deno.test(`\`askHelper()\` fails with ${what}, naming the helper and not its output`, async () => {
    await assert.rejects(askHelper(PROGRAM, "ghcr.io", run), (error: unknown) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "credential-helper-failed");
      assert.equal(error.exitStatus, 4);
      assert.equal(
        error.message,
        `cannot get credentials for "ghcr.io" from ${PROGRAM}: ${reason}`,
      );
      assert.ok(!Deno.inspect(error).includes("hunter2"), Deno.inspect(error));
      return true;
    });
  });
}

Deno.test("`askHelper()` says how to mend a helper that is not there", async () => {
  const { run } = fakeHost({ cwd: "/nowhere" });
  await assert.rejects(askHelper(PROGRAM, "ghcr.io", run), (error: unknown) => {
    assert.ok(error instanceof KrustError);
    assert.equal(error.code, "credential-helper-failed");
    assert.match(error.message, /there is no such program$/);
    assert.match(error.help.join("\n"), /install docker-credential-fake .*\n.*credsStore/);
    return true;
  });
});

for (const address of ["", "a.test\nb.test", "a.test\r", "a.test\0"]) {
  Deno.test(`\`askHelper()\` asks nobody for ${JSON.stringify(address)}`, async () => {
    const host = hostWith(() => 0);
    await assert.rejects(askHelper(PROGRAM, address, host.run), {
      code: "credential-helper-failed",
      message: /that is no registry$/,
    });
    assert.deepEqual(host.commands, []);
  });
}

Deno.test("`askHelper()` passes a cancellation on as it is", async () => {
  const reason = new KrustError("interrupted", "interrupted");
  const cancel = new AbortController();
  const host = hostWith(({ signal }) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve(143), { once: true });
      cancel.abort(reason);
    })
  );
  await assert.rejects(
    askHelper(PROGRAM, "ghcr.io", host.run, { signal: cancel.signal }),
    (error: unknown) => error === reason,
  );
});

Deno.test("`askHelper()` throws nothing but KrustError on arbitrary output", async () => {
  const stdout = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.record({ Username: fc.jsonValue(), Secret: fc.jsonValue() }).map((it) => JSON.stringify(it)),
  );
  await fc.assert(fc.asyncProperty(stdout, fc.integer({ min: 0, max: 3 }), async (text, status) => {
    try {
      await askHelper(PROGRAM, "ghcr.io", answering(text, status));
    } catch (error) {
      assert.ok(error instanceof KrustError, Deno.inspect(error));
      assert.equal(error.code, "credential-helper-failed");
    }
  }));
});

/** Runs `test` with a real helper on PATH that is a shell script of these lines. */
async function withScript(script: string, test: (run: Run) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, PROGRAM), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const host = realHost();
    const PATH = `${folder}${delimiter}${host.env("PATH") ?? ""}`;
    await test((command, options) => host.run({ ...command, env: { PATH } }, options));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("`askHelper()` talks with a real program that it finds on PATH", async () => {
  const script = `[ "$1" = get ] || exit 9
read -r host
echo "noise" >&2
printf '{"ServerURL":"%s","Username":"user of %s","Secret":"hunter2"}\\n' "$host" "$host"`;
  await withScript(script, async (run) => {
    assert.deepEqual(await askHelper(PROGRAM, "ghcr.io", run), {
      kind: "basic",
      username: "user of ghcr.io",
      password: "hunter2",
    });
  });
});

Deno.test("`askHelper()` takes a real program's word that it has nothing", async () => {
  await withScript(`cat > /dev/null; echo "${NOT_FOUND}"; exit 1`, async (run) => {
    assert.equal(await askHelper(PROGRAM, "ghcr.io", run), undefined);
  });
});

Deno.test("`askHelper()` ends a real program that hangs, and what it started", async () => {
  await withScript("sleep 60 & sleep 60", async (run) => {
    await assert.rejects(askHelper(PROGRAM, "ghcr.io", run, { timeLimit: 100 }), {
      code: "credential-helper-failed",
      message: /it did not answer within 0\.1 s$/,
    });
  });
});

Deno.test("`askHelper()` reads a real program that floods to its end, and refuses it", async () => {
  await withScript("cat > /dev/null; head -c 2000000 /dev/zero", async (run) => {
    await assert.rejects(askHelper(PROGRAM, "ghcr.io", run), { message: /more than 65536 bytes$/ });
  });
});

Deno.test("`askHelper()` says of a file that cannot be run that it could not be", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const program = join(folder, PROGRAM);
    await Deno.writeTextFile(program, "no program", { mode: 0o644 });
    await assert.rejects(askHelper(program, "ghcr.io", realHost().run), {
      code: "credential-helper-failed",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
