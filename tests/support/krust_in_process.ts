// krust as a program of script tests: `main()` of the command line over a fake host.
import { main } from "../../src/cli/main.ts";
import { fakeHost, type FakeProgram, type Handler } from "./fake_host.ts";
import type { Program } from "./script_state.ts";

/** What the machine has. */
export interface MachineOptions {
  readonly programs?: Readonly<Record<string, FakeProgram>>;
  readonly registries?: ReadonlyMap<string, Handler>;
}

/** krust on a made-up machine; registries put into the map later are found, too. */
export function krustInProcess(options: MachineOptions): Program {
  return async (args, { cwd, env }) => {
    const host = fakeHost({ cwd, env, ...options });
    const status = await main(args, host);
    return { status, stdout: host.stdoutText(), stderr: host.stderrText() };
  };
}
