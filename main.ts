// The program: hands the process to `cli/main.ts` and ends with its status.
import { main } from "./src/cli/main.ts";
import { realHost } from "./src/core/host.ts";

if (import.meta.main) Deno.exit(await main(Deno.args, realHost()));
