import assert from "node:assert/strict";
import { join } from "node:path";
import { checkEmulators } from "../../../../src/cli/doctor/engine.ts";
import { parsePlatform } from "../../../../src/oci/platform.ts";
import { fakeHost } from "../../../support/fake_host.ts";
import { withTemporaryFolder } from "../../../support/temporary_folder.ts";

const PLATFORMS = ["linux/amd64", "linux/arm64", "linux/386", "linux/s390x"]
  .map((name) => parsePlatform(name));
const ENGINE = { program: "podman", platform: parsePlatform("linux/amd64") };

Deno.test("checkEmulators tells which foreign platforms this machine runs", async () => {
  await withTemporaryFolder(async (top) => {
    await Deno.writeTextFile(join(top, "qemu-aarch64"), "");
    const found = await checkEmulators(ENGINE, PLATFORMS, fakeHost({ cwd: top }), top);
    assert.deepEqual(found.map(({ what }) => what), [
      "linux/arm64: qemu-aarch64 runs it here",
      "linux/386: runs here without an emulator",
      "linux/s390x: no emulator, so it can be built, but not run here",
    ]);
    assert.match(found[2]?.command ?? "", /^podman run .* --install s390x$/);
  });
});

Deno.test("checkEmulators knows nothing of an engine that is elsewhere", async () => {
  const env = { DOCKER_HOST: "ssh://elsewhere.test" };
  assert.deepEqual(await checkEmulators(ENGINE, PLATFORMS, fakeHost({ cwd: "/", env })), []);
  const mac = fakeHost({ cwd: "/", os: "darwin" });
  assert.deepEqual(await checkEmulators(ENGINE, PLATFORMS, mac), []);
});
