// `krust registry serve` as users have it: a process of its own on a port of its own choice.
import { lines } from "../../src/core/streams.ts";
import { spawnKrust } from "./krust_process.ts";

/** A registry that krust serves. */
export interface ServedRegistry extends AsyncDisposable {
  /** Host and port, as it printed them. */
  readonly host: string;
  /** Ends it with a signal; gives its exit status and what it wrote to stderr. */
  end(signal: Deno.Signal): Promise<{ readonly status: number; readonly stderr: string }>;
}

/** Starts one over a folder and waits until it listens. */
export async function serveFolder(
  folder: string,
  args: readonly string[] = [],
): Promise<ServedRegistry> {
  const child = spawnKrust([
    "registry",
    "serve",
    "--addr",
    "127.0.0.1:0",
    "--dir",
    folder,
    ...args,
  ]);
  const said = new Response(child.stderr).text();
  const printed = lines(child.stdout);
  const first = await printed.next();
  const rest = Array.fromAsync(printed);
  let ended: Promise<{ readonly status: number; readonly stderr: string }> | undefined;
  const end = (
    signal: Deno.Signal,
  ): Promise<{ readonly status: number; readonly stderr: string }> =>
    ended ??= (async () => {
      try {
        child.kill(signal);
      } catch {
        // It has ended by itself.
      }
      const [{ code }, stderr] = await Promise.all([child.status, said, rest]);
      return { status: code, stderr };
    })();
  if (first.done === true) {
    const { status, stderr } = await end("SIGKILL");
    throw new Error(`krust registry serve ended with ${status}:\n${stderr}`);
  }
  return {
    host: first.value,
    end,
    async [Symbol.asyncDispose](): Promise<void> {
      await end("SIGKILL");
    },
  };
}
