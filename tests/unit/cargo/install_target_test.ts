// Targets that are there, are added, or cannot be, with programs that are functions.
import assert from "node:assert/strict";
import { installTarget, type WantedTarget } from "../../../src/cargo/install_target.ts";
import { KrustError } from "../../../src/core/error.ts";
import { type Fixture, withFixture } from "./fixture.ts";

const TARGET = "x86_64-unknown-linux-musl";

function wanted(fixture: Fixture, more: Partial<WantedTarget> = {}): WantedTarget {
  return { target: TARGET, directory: fixture.folder, libc: "musl", native: true, ...more };
}

async function failure(fixture: Fixture, more: Partial<WantedTarget> = {}): Promise<KrustError> {
  try {
    await installTarget(fixture.context, wanted(fixture, more));
  } catch (error) {
    if (error instanceof KrustError) return error;
    throw error;
  }
  return assert.fail("it was no failure");
}

const ran = (fixture: Fixture): readonly string[] =>
  fixture.host.commands.map(({ program, args }) => [program, ...args].join(" "));

const ASKED = `rustc --print target-libdir --target ${TARGET}`;
const ADDED = `rustup target add ${TARGET}`;

Deno.test("`installTarget()` asks rustc in the project's folder, once, and leaves what is there", async () => {
  await withFixture({ installed: [TARGET] }, async (fixture) => {
    await installTarget(fixture.context, wanted(fixture));
    await installTarget(fixture.context, wanted(fixture));
    assert.deepEqual(ran(fixture), [ASKED]);
    assert.equal(fixture.host.commands[0]?.cwd, fixture.folder);
    assert.deepEqual(fixture.report.messages, []);
  });
});

Deno.test("`installTarget()` adds a target with rustup, once, and says so", async () => {
  let added = 0;
  await withFixture({
    programs: {
      rustup: async () => {
        added++;
        await fixtures[0]?.install(TARGET);
        return 0;
      },
    },
  }, async (fixture) => {
    fixtures[0] = fixture;
    await installTarget(fixture.context, wanted(fixture));
    await installTarget(fixture.context, wanted(fixture));
    assert.equal(added, 1);
    assert.deepEqual(ran(fixture), [ASKED, ADDED]);
    assert.deepEqual(fixture.report.messages, [`info: Adding target ${TARGET} with rustup`]);
    assert.equal(fixture.host.commands[1]?.cwd, fixture.folder);
  });
});

const fixtures: Fixture[] = [];

Deno.test("`installTarget()` says what is missing and why it could not be added", async () => {
  await withFixture({}, async (fixture) => {
    const error = await failure(fixture);
    assert.equal(error.code, "target-not-installed");
    assert.equal(error.message, `target ${TARGET} may not be installed`);
    assert.ok(error.cause instanceof Error);
    assert.equal(
      error.cause.message,
      `no std at ${fixture.folder}/rustlib/${TARGET}; \`rustup target add\` failed: could not reach its host`,
    );
    assert.deepEqual(error.help, [ADDED]);
    assert.deepEqual(error.details, { target: TARGET, libc: "musl", native: "true" });
  });
});

Deno.test("`installTarget()` says whether the target is this machine's own", async () => {
  await withFixture({}, async (fixture) => {
    assert.equal((await failure(fixture, { native: false })).details["native"], "false");
    assert.equal((await failure(fixture, { libc: "gnu" })).details["libc"], "gnu");
  });
});

Deno.test("`installTarget()` proposes the distribution's package where there is no rustup", async () => {
  await withFixture({ programs: { rustup: undefined } }, async (fixture) => {
    const error = await failure(fixture);
    assert.ok(error.cause instanceof Error);
    assert.match(error.cause.message, /no std at .*, and rustup is not installed$/);
    assert.match(error.help[0] ?? "", /your distribution's package/);
    assert.match(error.help[1] ?? "", /rustup\.rs.*rustup target add x86_64-unknown-linux-musl/);
  });
});

Deno.test("`installTarget()` does not trust rustup's word", async () => {
  await withFixture({ programs: { rustup: () => 0 } }, async (fixture) => {
    const error = await failure(fixture);
    assert.ok(error.cause instanceof Error);
    assert.match(error.cause.message, /failed: it ended well, but added none$/);
  });
});

Deno.test("`installTarget()` tries again after a failure", async () => {
  await withFixture({}, async (fixture) => {
    await failure(fixture);
    await fixture.install(TARGET);
    await installTarget(fixture.context, wanted(fixture));
  });
});

Deno.test("`installTarget()` leaves it to cargo where rustc cannot be asked", async () => {
  const broken = () => 1;
  for (const rustc of [undefined, broken]) {
    await withFixture({ programs: { rustc } }, async (fixture) => {
      await installTarget(fixture.context, wanted(fixture));
      assert.ok(!ran(fixture).includes(ADDED));
    });
  }
});

Deno.test("`installTarget()` asks the rustc that $RUSTC names", async () => {
  const rustc = (): number => 1;
  await withFixture(
    { env: { RUSTC: "/opt/my-rustc" }, programs: { "my-rustc": rustc } },
    async (fixture) => {
      await installTarget(fixture.context, wanted(fixture));
      assert.equal(fixture.host.commands[0]?.program, "/opt/my-rustc");
    },
  );
});

for (
  const [said, cause, help] of [
    [
      "error: component download failed for rust-std: partially downloaded file was kept: could not download 'http://x/y' to '/z.partial': Connection refused (os error 111)",
      "component download failed for rust-std: Connection refused (os error 111)",
      ADDED,
    ],
    [
      "error: toolchain 'mine' does not support components",
      "toolchain 'mine' does not support components",
      "add the target to that toolchain by hand, or use one that rustup has installed",
    ],
    [
      "error: toolchain 'stable' has no prebuilt artifacts available for target 'T'",
      "toolchain 'stable' has no prebuilt artifacts available for target 'T'",
      "Rust has no std built for it, in that toolchain at least: another toolchain may have",
    ],
  ] as const
) {
  Deno.test(`\`installTarget()\` tells shortly that ${cause}`, async () => {
    const rustup = (call: { err(text: string): void }): number => {
      call.err(`${said}\n`);
      return 1;
    };
    await withFixture({ programs: { rustup } }, async (fixture) => {
      const error = await failure(fixture);
      assert.ok(error.cause instanceof Error);
      assert.ok(error.cause.message.endsWith(`failed: ${cause}`), error.cause.message);
      assert.equal(error.help[0], help);
    });
  });
}

Deno.test("`installTarget()` does not ask rustup where the network is not to be used", async () => {
  await withFixture({}, async (fixture) => {
    const context = { ...fixture.context, offline: true };
    await assert.rejects(installTarget(context, wanted(fixture)), (error) => {
      assert.ok(error instanceof KrustError && error.cause instanceof Error);
      assert.equal(error.code, "target-not-installed");
      assert.match(
        error.cause.message,
        /, and rustup was not asked for it, for the network is not/,
      );
      assert.deepEqual(error.help, [ADDED]);
      return true;
    });
    assert.deepEqual(ran(fixture), [ASKED]);
  });
});
