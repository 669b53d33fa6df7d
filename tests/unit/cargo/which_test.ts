// Programs on PATH.
import assert from "node:assert/strict";
import { join } from "node:path";
import { which } from "../../../src/cargo/which.ts";

Deno.test("`which()` finds what the system would run, without running it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "a"));
    await Deno.mkdir(join(folder, "b/tool"), { recursive: true });
    await Deno.mkdir(join(folder, "c"));
    await Deno.writeTextFile(join(folder, "a/tool"), "", { mode: 0o644 });
    await Deno.writeTextFile(join(folder, "c/tool"), "", { mode: 0o755 });
    const path = ["", join(folder, "a"), join(folder, "b"), "c"].join(":");
    const host = { cwd: folder, env: (name: string) => name === "PATH" ? path : undefined };
    assert.equal(await which("tool", host), join(folder, "c/tool"));
    assert.equal(await which("c/tool", host), join(folder, "c/tool"));
    assert.equal(await which("a/tool", host), undefined);
    assert.equal(await which(join(folder, "c/tool"), host), join(folder, "c/tool"));
    assert.equal(await which("other", host), undefined);
    assert.equal(await which("tool", { ...host, env: () => undefined }), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
