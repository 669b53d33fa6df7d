// A made-up machine to run krust on: a folder, a project, a toolchain, registries; nothing of the real
// environment but the folder.
import { dirname, join } from "node:path";
import { main } from "../../src/cli/main.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import { type ServeOptions, serveRegistry } from "../../src/registry/server.ts";
import {
  type FakeHost,
  fakeHost,
  type FakeHostOptions,
  type Handler,
} from "../support/fake_host.ts";
import { fakeToolchain } from "../support/fake_toolchain.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";

/** How a run of krust ended. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was seen of the process. */
  readonly host: FakeHost;
}

/** What differs from an ordinary run; programs are there beside the toolchain's. */
export type RunOptions = Partial<Omit<FakeHostOptions, "cwd" | "registries">>;

/** What differs from an ordinary run of krust. */
export interface KrustOptions extends RunOptions {
  /** Gets the process before krust runs in it. */
  readonly onHost?: (host: FakeHost) => void;
}

/** A machine. */
export interface Machine {
  /** The working directory: the project's. */
  readonly folder: string;
  /** Its own home folder. */
  readonly home: string;
  /** Adds a registry that serves `host`; the content can be looked at and put there. */
  registry(host: string, options?: ServeOptions): MemoryRegistry;
  /** Adds a server for `host`. */
  serve(host: string, handler: Handler): void;
  /** Writes files below the working directory. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** The process that krust would run in. */
  host(options?: RunOptions): FakeHost;
  /** Runs krust. */
  krust(args: readonly string[], options?: KrustOptions): Promise<Ran>;
}

/** A project with one binary. */
export const HELLO: Readonly<Record<string, string>> = {
  "Cargo.toml": '[package]\nname = "hello"\nversion = "1.2.3"\n' +
    'description = "Says hello"\nlicense = "MIT"\nrepository = "https://git.test/hello"\n',
  "src/main.rs": "fn main() {}\n",
};

/** Works on a new machine, which is gone afterwards. */
export async function onMachine(
  files: Readonly<Record<string, string>>,
  work: (machine: Machine) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (top) => {
    const real = await Deno.realPath(top);
    const folder = join(real, "work");
    const home = join(real, "home");
    // krust looks for a linker, but runs none.
    await writeAll(real, { "bin/cc": "", "home/.keep": "" });
    await Deno.chmod(join(real, "bin/cc"), 0o755);
    await writeAll(folder, files);
    const registries = new Map<string, Handler>();
    const toolchain = fakeToolchain({ sysroot: join(real, "rust") });
    const hostOf = ({ env, programs, ...options }: RunOptions = {}): FakeHost =>
      fakeHost({
        ...options,
        cwd: folder,
        env: { HOME: home, PATH: join(real, "bin"), CI: "true", ...env },
        programs: { ...toolchain, ...programs },
        registries,
      });
    await work({
      folder,
      home,
      registry(host, options = {}): MemoryRegistry {
        const memory = new MemoryRegistry(host);
        registries.set(host, serveRegistry(memory, options));
        return memory;
      },
      serve: (host, handler) => void registries.set(host, handler),
      write: (files) => writeAll(folder, files),
      host: hostOf,
      async krust(args, { onHost, ...options } = {}): Promise<Ran> {
        const host = hostOf(options);
        onHost?.(host);
        const status = await main(args, host);
        return { status, stdout: host.stdoutText(), stderr: host.stderrText(), host };
      },
    });
  });
}

async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
}
