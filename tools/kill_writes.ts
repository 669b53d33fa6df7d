// `deno task kill-writes [--writer krust|skopeo|regctl]`: an OCI layout whose writer is killed at every call
// by which it changes it, and what skopeo and regctl then read. Exits 1 where they read neither the old
// image nor the new.
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { killWrites, type LayoutWriter } from "../tests/support/killed_writes.ts";
import {
  krustWriter,
  publishImages,
  regctlWriter,
  skopeoWriter,
} from "../tests/support/layout_writers.ts";
import { stallingRegistry } from "../tests/support/stalling_registry.ts";
import { withTemporaryFolder } from "../tests/support/temporary_folder.ts";

const { values } = parseArgs({
  args: [...Deno.args],
  options: { writer: { type: "string", default: "krust" } },
});

await using registry = stallingRegistry(() => false);
await publishImages(registry.memory);
const writers: Readonly<Record<string, (folder: string) => Promise<LayoutWriter>>> = {
  krust: krustWriter,
  skopeo: () => Promise.resolve(skopeoWriter(registry.host)),
  regctl: (folder) => Promise.resolve(regctlWriter(registry.host, folder)),
};
const make = writers[values.writer];
if (make === undefined) {
  console.error(`there are: ${Object.keys(writers).join(", ")}`);
  Deno.exit(2);
}
const result = await withTemporaryFolder(async (folder) =>
  killWrites(folder, await make(folder), {
    onKill: (call, found) => console.log(`${found.slice(0, 300).padEnd(4)} ${call}`),
  })
);
for (const line of result.wrong) console.log(`wrong: ${line}`);
console.log(
  `${values.writer}: killed at ${result.calls.length} calls, then read as the old image ` +
    `${result.old} times, as the new ${result.new}, broken ${result.broken.length}; ` +
    `${result.wrong.length} next runs went wrong`,
);
if (result.broken.length + result.wrong.length > 0) Deno.exit(1);
