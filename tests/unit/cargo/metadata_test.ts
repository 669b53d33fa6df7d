// What becomes of what `cargo metadata` says and refuses.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { CargoContext } from "../../../src/cargo/context.ts";
import { readMetadata } from "../../../src/cargo/metadata.ts";
import { KrustError } from "../../../src/core/error.ts";
import { Once } from "../../../src/core/once.ts";
import { SILENT } from "../../../src/report/reporter.ts";
import { fakeHost, type FakeProgram } from "../../support/fake_host.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

function contextWith(cargo?: FakeProgram): CargoContext {
  const programs = cargo === undefined ? {} : { cargo };
  return {
    host: fakeHost({ cwd: "/", programs }),
    report: SILENT,
    cargoProgram: "cargo",
    platformConfig: {},
    installedTargets: new Once(),
  };
}

/** The error of a cargo that says `stderr` and fails. */
async function refusal(stderr: string): Promise<KrustError> {
  const cargo: FakeProgram = (call) => {
    call.err(stderr);
    return 101;
  };
  return await failure(contextWith(cargo), "/");
}

async function failure(context: CargoContext, directory: string): Promise<KrustError> {
  try {
    await readMetadata(context, directory);
  } catch (error) {
    if (error instanceof KrustError) return error;
    throw error;
  }
  return assert.fail("it was no failure");
}

Deno.test("`readMetadata()` asks for the workspace alone, which needs no network", async () => {
  const asked: (readonly string[])[] = [];
  const context = contextWith((call) => {
    asked.push(call.args, [call.cwd]);
    call.out(
      '{"packages":[],"workspace_members":[],"workspace_root":"/w","target_directory":"/t","metadata":null,"new":1}',
    );
    return 0;
  });
  const metadata = await readMetadata(context, "/");
  assert.deepEqual(asked, [["metadata", "--format-version", "1", "--no-deps"], ["/"]]);
  assert.equal(metadata.target_directory, "/t");
});

for (
  const [name, stderr, message] of [
    [
      "a manifest that is no TOML",
      "error: extra `=`, expected nothing\n --> Cargo.toml:4:11\n  |\n4 | edition = = 1\n  |           ^\n",
      "Cargo.toml:4:11: extra `=`, expected nothing",
    ],
    [
      "a manifest that is no TOML, in the words of older cargo",
      'error: failed to parse manifest at `/p/Cargo.toml`\n\nCaused by:\n  could not parse input as TOML\n\nCaused by:\n  TOML parse error at line 4, column 11\n    |\n  4 | edition = = 1\n    |           ^\n  invalid string\n  expected `"`\n',
      "/p/Cargo.toml:4:11: invalid string",
    ],
    [
      "a configuration that is no TOML",
      "error: could not load Cargo configuration\n\nCaused by:\n  could not parse TOML configuration in `/p/.cargo/config.toml`\n\nCaused by:\n  TOML parse error at line 1, column 5\n    |\n  1 | a = = 1\n    |     ^\n  extra `=`, expected nothing\n",
      "/p/.cargo/config.toml:1:5: extra `=`, expected nothing",
    ],
  ] as const
) {
  Deno.test(`\`readMetadata()\` names the place in ${name}`, async () => {
    const error = await refusal(stderr);
    assert.equal(error.code, "config-invalid");
    assert.equal(error.message, message);
  });
}

Deno.test("`readMetadata()` names a manifest as one finds it from the working directory", async () => {
  await withTemporaryFolder(async (folder) => {
    const says = "error: unclosed table\n --> member/Cargo.toml:1:9\n";
    const cargo: FakeProgram = (call) => {
      call.err(says);
      return 101;
    };
    const context = { ...contextWith(), host: fakeHost({ cwd: folder, programs: { cargo } }) };
    await Deno.mkdir(join(folder, "project"));
    const error = await failure(context, join(folder, "project"));
    assert.equal(error.message, "project/member/Cargo.toml:1:9: unclosed table");
  });
});

Deno.test("`readMetadata()` gives cargo's line where there is no Cargo.toml, and what to do", async () => {
  const error = await refusal(
    "error: could not find `Cargo.toml` in `/x` or any parent directory\n",
  );
  assert.equal(error.code, "project-invalid");
  assert.equal(error.exitStatus, 3);
  assert.ok(error.cause instanceof Error);
  assert.equal(error.cause.message, "could not find `Cargo.toml` in `/x` or any parent directory");
  assert.match(error.help.join(), /folder that holds the project's Cargo\.toml/);
});

Deno.test("`readMetadata()` gives rustup's line where the toolchain is not there", async () => {
  const error = await refusal("error: custom toolchain 'nope' is not installed\n");
  assert.equal(error.code, "project-invalid");
  assert.ok(error.cause instanceof Error);
  assert.equal(error.cause.message, "custom toolchain 'nope' is not installed");
});

Deno.test("`readMetadata()` says that cargo is not found, and where to get it", async () => {
  const error = await failure(contextWith(), "/");
  assert.equal(error.code, "cargo-not-found");
  assert.match(error.message, /cargo not found/);
  assert.match(error.help.join(), /https:\/\/rustup\.rs/);
});

Deno.test("`readMetadata()` says that cargo may not be run", async () => {
  const context = contextWith(() => {
    throw new Deno.errors.PermissionDenied("no");
  });
  const error = await failure(context, "/");
  assert.equal(error.code, "cargo-not-found");
  assert.match(error.message, /may not be run/);
});

Deno.test("`readMetadata()` bears a cargo that quotes megabytes", async () => {
  const before =
    "error: x `/p/Cargo.toml`\nmanifest at `/p`\nTOML parse error at line 1, column 1\n";
  for (const piece of ["\n", "a", " |", "error: "]) {
    await refusal(before + piece.repeat(8 * 1024 * 1024 / piece.length));
  }
});

Deno.test("`readMetadata()` refuses a folder that is not there, and a file", async () => {
  const missing = await failure(contextWith(), "/no such folder");
  assert.equal(missing.code, "project-invalid");
  assert.match(missing.message, /"\/no such folder": there is no such folder/);
  const file = await failure(contextWith(), new URL(import.meta.url).pathname);
  assert.match(file.message, /it is a file, no folder/);
});

for (const output of ["", "[]", "{}", "not json", '{"packages": 3}']) {
  Deno.test(`\`readMetadata()\` refuses the description ${JSON.stringify(output)}`, async () => {
    const context = contextWith((call) => {
      call.out(output);
      return 0;
    });
    assert.equal((await failure(context, "/")).code, "project-invalid");
  });
}

Deno.test("`readMetadata()` passes a cancellation on as it is", async () => {
  const reason = new KrustError("interrupted", "interrupted");
  const context = contextWith(() => 0);
  await assert.rejects(
    readMetadata(context, "/", { signal: AbortSignal.abort(reason) }),
    (error) => error === reason,
  );
});
