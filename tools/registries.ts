// `deno task registries`: does with each real registry that is here what tests/e2e/real_registries_test.ts
// does, and plays the quirks of the hosted ones; writes docs/registries.md.
// deno-lint-ignore-file no-console
import { join } from "node:path";
import { ACTIONS } from "../tests/e2e/real_registry_actions.ts";
import { onStage, type Setting, SETTINGS } from "../tests/e2e/real_registries.ts";
import { playHosted } from "../tests/faults/hosted.ts";
import { HOSTED_PLAYS } from "../tests/faults/hosted_plays.ts";
import { type Quirk, QUIRKS } from "../tests/support/faults/quirks.ts";
import { ROOT } from "./source_tree.ts";

const DOCUMENT = join(ROOT, "docs/registries.md");

let failures = 0;

async function outcomeOf(work: () => Promise<string | void>): Promise<string> {
  try {
    return (await work()) ?? "✓";
  } catch (error) {
    failures++;
    console.log(String(error));
    return "**failed**";
  }
}

const WHOM: Readonly<Record<Setting["guard"], string>> = {
  nobody: "anybody",
  htpasswd: "htpasswd",
  tokens: "tokens",
};

async function rowOf(setting: Setting): Promise<string> {
  const cells: string[] = [];
  await onStage(setting, async (stage) => {
    for (const { fits, run } of ACTIONS) {
      cells.push(fits?.(setting) ?? true ? await outcomeOf(() => run(stage)) : "–");
    }
  });
  const { server, guard, tls } = setting;
  return `| ${[server, WHOM[guard], tls ? "TLS" : "plain", ...cells].join(" | ")} |`;
}

async function realTable(): Promise<string> {
  const rows: string[] = [];
  const missing = new Set<string>();
  for (const setting of SETTINGS) {
    if (setting.lacking === undefined) rows.push(await rowOf(setting));
    else missing.add(`${setting.server}: ${setting.lacking}`);
    console.log(setting.lacking ?? rows.at(-1));
  }
  const titles = ["registry", "lets in", "over", ...ACTIONS.map(({ title }) => title)];
  return [
    `| ${titles.join(" | ")} |`,
    `| ${titles.map(() => "---").join(" | ")} |`,
    ...rows,
    ...[...missing].map((line) => `\nNot played: ${line}.`),
  ].join("\n");
}

async function hostedTable(): Promise<string> {
  const rows: string[] = [];
  for (const play of HOSTED_PLAYS) {
    const { service, does, source }: Quirk = QUIRKS[play.quirk];
    const outcome = await outcomeOf(() => playHosted(play));
    const ends = play.ends.kind === "ok" ? "works" : `\`error[${play.ends.code}]\``;
    const found = outcome === "✓" ? ends : outcome;
    rows.push(`| ${service} | \`${play.quirk}\` | ${does} | ${source} | ${found} |`);
  }
  return [
    "| service | quirk | what it does | source | what becomes of it |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

const text = `# Registries

What krust has been tried on. Made by \`deno task registries\`, which does what
\`tests/e2e/real_registries_test.ts\` and \`tests/faults/hosted_test.ts\` do.

## Real ones

Each is started on this machine, with everybody it can let in, in plain HTTP and over TLS with an
authority of the test's own (which \`ca\` in \`config.toml\` names). distribution speaks TLS itself; a
proxy does for the others. Tokens are JWTs of a token server that signs them as distribution wants
it, and gives no more than a user may have.

- login: a wrong password is refused (exit 4) and nothing kept, the right one is kept.
- push: an image on a base of another registry; again: the same, with the requests that it took,
  those for tokens beside; pull: as a base, to another registry, all of it verified.
- mount: onto a base in another repository of the registry, whose layers are not sent again.
- index: two platforms, pushed, and pulled as a base.
- chunks: 9 MiB, as if a proxy took nothing whole, read back and verified.
- identity token: docker's \`identitytoken\`, traded by a POST. pull only: a user who may not push is
  told so, exit 4. logout: after it \`auth check\` finds nobody.

<!-- deno-fmt-ignore-start -->

${await realTable()}

<!-- deno-fmt-ignore-end -->

## Hosted ones

No test reaches these. What is known of them from threads in which somebody found it out is built
into the registry of the tests (\`tests/support/faults/quirks.ts\`), each by its name, and a whole push
is played against it. An error is one that says what happened and what to do.

<!-- deno-fmt-ignore-start -->

${await hostedTable()}

<!-- deno-fmt-ignore-end -->
`;
await Deno.writeTextFile(DOCUMENT, text);
console.log(`${failures} failed`);
if (failures > 0) Deno.exit(1);
