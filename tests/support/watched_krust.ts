// krust as a process that is watched while it runs: what it says, where it waits, whom it has started.
import { join } from "node:path";
import { lines } from "../../src/core/streams.ts";
import { KRUST, type KrustRun } from "./krust_process.ts";
import { MARK, processesMarked } from "./processes.ts";

/** Milliseconds between two looks at a process. */
const INTERVAL = 10;

/** A krust that runs, in a folder of its own. */
export interface Running {
  readonly child: Deno.ChildProcess;
  readonly folder: string;
  /** Settles when a line on stderr fits; fails where krust ends before. */
  says(pattern: RegExp): Promise<void>;
  /** Settles when something holds of the process; looks again and again. */
  until(holds: () => boolean): Promise<void>;
  /** How it ended. */
  readonly ended: Promise<KrustRun>;
  /** The processes that are its own or descend from it. */
  family(): readonly number[];
  /** Settles when no process of its family is left; fails where one is after `limit` milliseconds. */
  gone(limit: number): Promise<void>;
}

/** Starts krust through a shell line that has its words as `"$@"`; whatever is left of it is ended. */
export async function withKrust(
  args: readonly string[],
  folder: string,
  work: (running: Running) => Promise<void>,
  shellLine = 'exec "$@"',
): Promise<void> {
  const mark = crypto.randomUUID();
  const child = new Deno.Command("sh", {
    args: ["-c", shellLine, "sh", Deno.execPath(), ...KRUST, ...args],
    cwd: folder,
    env: {
      [MARK]: mark,
      CI: "",
      KRUST_CACHE_DIR: join(folder, "cache"),
      DOCKER_CONFIG: folder,
      XDG_CONFIG_HOME: folder,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const watch = new Watch(child);
  try {
    await work({
      child,
      folder,
      ended: watch.ended,
      says: (pattern) => watch.when(() => watch.said.some((line) => pattern.test(line))),
      async until(holds): Promise<void> {
        const timer = setInterval(() => watch.look(), INTERVAL);
        await watch.when(holds).finally(() => clearInterval(timer));
      },
      family: () => processesMarked(mark),
      async gone(limit): Promise<void> {
        const start = performance.now();
        for (let left = processesMarked(mark); left.length > 0; left = processesMarked(mark)) {
          if (performance.now() - start > limit) throw new Error(`processes are left: ${left}`);
          await new Promise((resolve) => setTimeout(resolve, INTERVAL));
        }
      },
    });
  } finally {
    for (const pid of processesMarked(mark)) Deno.kill(pid, "SIGKILL");
    await watch.ended;
  }
}

/** Reads what a process says, and tells those who wait for something of it. */
class Watch {
  readonly said: string[] = [];
  readonly ended: Promise<KrustRun>;
  readonly #waiting = new Set<() => void>();
  #over = false;

  constructor(child: Deno.ChildProcess) {
    const stdout = new Response(child.stdout).text();
    this.ended = (async (): Promise<KrustRun> => {
      for await (const line of lines(child.stderr)) {
        this.said.push(line);
        this.look();
      }
      this.#over = true;
      this.look();
      const [{ code }, out] = await Promise.all([child.status, stdout]);
      return { status: code, stdout: out, stderr: this.said.join("\n") };
    })();
  }

  /** Has everybody who waits look again. */
  look(): void {
    for (const look of this.#waiting) look();
  }

  /** Settles when something holds; fails where the process ends before. */
  when(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (holds()) resolve();
        else if (this.#over) reject(new Error(`krust ended too early:\n${this.said.join("\n")}`));
        else return;
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
