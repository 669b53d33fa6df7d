// gzip's workers outside the source tree: in a minified bundle, and with no permission at all.
import assert from "node:assert/strict";
import { requiring } from "../../support/require.ts";

const PROGRAM = (module: URL): string =>
  `import { gzip } from ${JSON.stringify(module.href)};
let size = 0;
const input = ReadableStream.from((function* () {
  for (let at = 0; at < 6; at++) yield new Uint8Array(1024 * 1024).fill(at);
})());
for await (const chunk of gzip(input, { workers: 2 })) size += chunk.length;
console.log(size);
`;

async function deno(
  ...args: string[]
): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const output = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) =>
    new TextDecoder().decode(bytes).trim()
  );
  return { success: output.success, stdout: stdout ?? "", stderr: stderr ?? "" };
}

/** `deno bundle` fetches its bundler, once. */
async function lacksBundler(): Promise<string | undefined> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/in.ts`, "console.log(1);\n");
    const { success, stderr } = await deno("bundle", "-o", `${folder}/out.js`, `${folder}/in.ts`);
    return success ? undefined : `deno bundle does not work here: ${stderr}`;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

await requiring(
  lacksBundler(),
  "`gzip()` finds its workers from source and from a bundle",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const [source, bundle] = [`${folder}/in.ts`, `${folder}/out.js`];
      await Deno.writeTextFile(
        source,
        PROGRAM(new URL("../../../src/core/gzip.ts", import.meta.url)),
      );
      const bundled = await deno("bundle", "--minify", "-o", bundle, source);
      assert.ok(bundled.success, bundled.stderr);
      const results = [
        await deno("run", "--no-check", "--no-prompt", source),
        await deno("run", "--no-prompt", bundle),
      ];
      for (const { success, stdout, stderr } of results) {
        assert.ok(success, stderr);
        assert.match(stdout, /^[1-9]\d+$/);
      }
      assert.equal(results[0]?.stdout, results[1]?.stdout);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
