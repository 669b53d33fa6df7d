// OCI's own conformance tests against `krust registry serve`, and against the fault registry of the tests
// with no fault armed: none may fail.
import assert from "node:assert/strict";
import { join } from "node:path";
import { lackingConformance, runConformance } from "../support/conformance.ts";
import { faultRegistry } from "../support/fault_registry.ts";
import { wishing } from "../support/require.ts";
import { serveFolder } from "../support/served_registry.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

const HASH = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
const LOGIN = { username: "alice", password: "U*U" };

/** Tests that the suite has for what is asked of it here; fewer would be another suite. */
const LEAST = 70;

for (const login of [undefined, LOGIN]) {
  const title = `krust registry serve${login === undefined ? "" : " --htpasswd"}`;
  // The suite is no package of any registry: it is built from its repository (tools/conformance.ts).
  wishing(
    lackingConformance(),
    `${title} passes OCI's conformance tests`,
    () =>
      withTemporaryFolder(async (folder) => {
        const users = join(folder, "users");
        await Deno.writeTextFile(users, `${LOGIN.username}:${HASH}\n`);
        const args = login === undefined ? [] : ["--htpasswd", users];
        await using server = await serveFolder(join(folder, "registry"), args);
        const { passed, failed, output } = await runConformance(server.host, folder, login);
        assert.equal(failed, 0, output);
        assert.ok(passed >= LEAST, `${passed} passed`);
      }),
  );
}

wishing(
  lackingConformance(),
  "the fault registry with no fault armed passes OCI's conformance tests",
  () =>
    withTemporaryFolder(async (folder) => {
      await using server = faultRegistry().listen();
      const { passed, failed, output } = await runConformance(server.host, folder);
      assert.equal(failed, 0, output);
      assert.ok(passed >= LEAST, `${passed} passed`);
    }),
);
