// `krust registry …`, declared.
import { type Command, Option } from "commander";
import type { Run } from "./program.ts";

/** What `krust registry serve` was given. */
export interface ServeArguments {
  /** `--addr`, as given. */
  readonly addr: string;
  /** `--dir`, as given. */
  readonly dir?: string;
  /** `--htpasswd`, as given. */
  readonly htpasswd?: string;
  /** `--verbose`, here or before the command. */
  readonly verbose: boolean;
}

/** Declares the commands; `choose` gets the one that was chosen. */
export function declareRegistryCommands(
  program: Command,
  child: (parent: Command, name: string, description: string) => Command,
  helpCommand: readonly [name: string, description: string],
  choose: (run: Run) => void,
): void {
  const registry = child(program, "registry", "Keep images on this machine")
    .usage("<COMMAND>")
    .helpCommand(...helpCommand);
  const serve = child(registry, "serve", "Serve an OCI registry, for laptops, tests and CI")
    .usage("[OPTIONS]")
    .addOption(
      new Option(
        "--addr <HOST:PORT>",
        "Where to listen; port 0 picks one [default: 127.0.0.1:5000]",
      )
        .default("127.0.0.1:5000"),
    )
    .addOption(
      new Option("--dir <DIR>", "Where its content is [default: ~/.local/share/krust/registry]"),
    )
    .addOption(
      new Option("--htpasswd <FILE>", "Who may use it: user:hash a line, bcrypt (htpasswd -B)"),
    )
    .addOption(new Option("-v, --verbose", "Enable verbose logging: every request"));
  serve.action(() => {
    const given = serve.optsWithGlobals();
    const [dir, htpasswd] = [textOf(given["dir"]), textOf(given["htpasswd"])];
    const args: ServeArguments = {
      addr: textOf(given["addr"]) ?? "",
      verbose: given["verbose"] === true,
      ...(dir === undefined ? {} : { dir }),
      ...(htpasswd === undefined ? {} : { htpasswd }),
    };
    choose(async (context) =>
      (await import("./commands/registry_serve.ts")).serveRegistryOnDisk(args, context)
    );
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
