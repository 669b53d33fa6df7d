import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import { writeResult } from "../../../src/cli/output.ts";
import { fakeHost } from "../../support/fake_host.ts";

Deno.test("writeResult() writes the text as it is, to stdout alone", async () => {
  const host = fakeHost({ cwd: "/" });
  await writeResult(host, "a\nb\n");
  assert.equal(host.stdoutText(), "a\nb\n");
  assert.equal(host.stderrText(), "");
});

Deno.test("writeResult() fails with the reason and the help it was given", async () => {
  const host = fakeHost({ cwd: "/", stdoutError: new Error("Broken pipe") });
  await assert.rejects(writeResult(host, "a\n", { help: ["it is a"] }), (error) => {
    assert.ok(error instanceof KrustError);
    assert.equal(error.exitStatus, 7);
    assert.deepEqual(error.help, ["it is a"]);
    assert.ok(error.cause instanceof Error && error.cause.message === "Broken pipe");
    return true;
  });
});
