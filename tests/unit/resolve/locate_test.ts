// What references mean: folders here, folders beside the file, packages of the workspace.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { KrustError } from "../../../src/core/error.ts";
import { locateProject, type ProjectTarget } from "../../../src/resolve/locate.ts";
import { parseProjectReference } from "../../../src/resolve/reference.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const PROJECTS = ["app", "k8s/side", "both", "k8s/both", "with blank", "weird#name", "k8s/api"];
const PACKAGES = new Map([["named", "/w/crates/named"], ["both", "/w/crates/both"], [
  "docs",
  "/w/d",
]]);

/** Locates references of a file in `k8s/`; what is found is told from the top of the folder. */
async function located(written: string): Promise<ProjectTarget> {
  let found: ProjectTarget | undefined;
  await withTemporaryFolder(async (top) => {
    for (const project of PROJECTS) {
      await Deno.mkdir(join(top, project), { recursive: true });
      await Deno.writeTextFile(join(top, project, "Cargo.toml"), "");
    }
    await Deno.mkdir(join(top, "docs"));
    await Deno.mkdir(join(top, "plain"));
    const surroundings = { cwd: top, packages: () => Promise.resolve(PACKAGES) };
    const reference = written.replace("$TOP", top);
    const { directory, ...bin } = await locateProject(reference, surroundings, join(top, "k8s"));
    found = { directory: directory.replace(`${top}/`, ""), ...bin };
  });
  assert.ok(found !== undefined);
  return found;
}

const LOCATED: readonly (readonly [written: string, target: ProjectTarget])[] = [
  ["krust://app", { directory: "app" }],
  ["krust://./app/", { directory: "app" }],
  ["krust://app#server", { directory: "app", bin: "server" }],
  ["krust://side", { directory: "k8s/side" }],
  ["krust://./side", { directory: "k8s/side" }],
  ["krust://../app", { directory: "app" }],
  ["krust://both", { directory: "both" }],
  ["krust://$TOP/k8s/both", { directory: "k8s/both" }],
  ["krust://with blank", { directory: "with blank" }],
  ["krust://weird#name#bin", { directory: "weird#name", bin: "bin" }],
  ["krust://named", { directory: "/w/crates/named" }],
  ["krust://named#bin", { directory: "/w/crates/named", bin: "bin" }],
  // A folder without Cargo.toml does not hide a package.
  ["krust://docs", { directory: "/w/d" }],
];

for (const [written, target] of LOCATED) {
  Deno.test(`\`locateProject()\` takes ${written} for ${target.directory}`, async () => {
    assert.deepEqual(await located(written), target);
  });
}

const REFUSED: readonly (readonly [written: string, code: string, says: RegExp])[] = [
  ["krust://", "reference-invalid", /names no project/],
  ["krust://#bin", "reference-invalid", /names no project/],
  ["krust://app#", "reference-invalid", /names no binary after #/],
  ["krust://./nope", "project-invalid", /no such folder.*looked for .*nope, then .*k8s\/nope/s],
  ["krust://namd", "project-invalid", /no such package.*did you mean krust:\/\/named\?/s],
  ["krust://plain", "project-invalid", /is not a Rust project: no Cargo\.toml in /],
  ["krust://./docs", "project-invalid", /is not a Rust project: no Cargo\.toml in /],
  ["krust://app/Cargo.toml", "project-invalid", /name the folder of Cargo\.toml/],
  ["krust://app%2f", "project-invalid", /no such folder/],
];

for (const [written, code, says] of REFUSED) {
  Deno.test(`\`locateProject()\` refuses ${written}`, async () => {
    await assert.rejects(located(written), (error: unknown) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, code);
      assert.match([error.message, ...error.help].join("\n"), says);
      return true;
    });
  });
}

Deno.test("`locateProject()` asks for the workspace only where a package may be named", async () => {
  await withTemporaryFolder(async (top) => {
    await Deno.writeTextFile(join(top, "Cargo.toml"), "");
    const packages = (): never => assert.fail("asked for");
    const { directory } = await locateProject("krust://.", { cwd: top, packages });
    assert.equal(directory, top);
    const elsewhere = { cwd: dirname(top), packages };
    assert.equal((await locateProject("krust://.", elsewhere, top)).directory, top);
  });
});

Deno.test("`parseProjectReference()` cuts at the last #", () => {
  assert.deepEqual(parseProjectReference("krust://a#b#c"), { path: "a#b", bin: "c" });
});
