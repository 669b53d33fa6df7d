// Where the standard library's source lies, as rustc tells.
import assert from "node:assert/strict";
import { standardSources } from "../../../src/cargo/standard_sources.ts";
import { fakeHost } from "../../support/fake_host.ts";

const VERSION = "rustc 1.95.0 (59807616e 2026-04-14)\nbinary: rustc\ncommit-hash: 59807616e1fa\n";

for (
  const [what, sysroot, version, expected] of [
    ["the commit", "/rust\n", VERSION, {
      folder: "/rust/lib/rustlib/src/rust",
      name: "/rustc/59807616e1fa",
    }],
    ["nothing where no commit is known", "/rust\n", "commit-hash: unknown\n", undefined],
    ["nothing where rustc says nothing", "", VERSION, undefined],
  ] as const
) {
  Deno.test(`\`standardSources()\` names the folder by ${what}`, async () => {
    const host = fakeHost({
      cwd: "/",
      programs: {
        rustc({ args, out }) {
          out(args.includes("-vV") ? version : sysroot);
          return 0;
        },
      },
    });
    assert.deepEqual(await standardSources({ host }, "/p"), expected);
  });
}
