// krust against registries that other people wrote, each with everybody it can let in, in plain HTTP and
// over TLS; `deno task registries` writes the same into docs/registries.md.
import { requiring, wishing } from "../support/require.ts";
import { onStage, SETTINGS } from "./real_registries.ts";
import { ACTIONS } from "./real_registry_actions.ts";

for (const setting of SETTINGS) {
  const { server, guard, tls, lacking, wished } = setting;
  const title = `${server}, ${guard}${tls ? ", TLS" : ""}`;
  const play = async (context: Deno.TestContext): Promise<void> => {
    await onStage(setting, async (stage) => {
      for (const { title, fits, run } of ACTIONS) {
        if (fits?.(setting) ?? true) await context.step(title, async () => void await run(stage));
      }
    });
  };
  if (wished) wishing(lacking, title, play);
  else await requiring(lacking, title, play);
}
