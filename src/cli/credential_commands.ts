// The declarations of `login`, `logout` and `auth check`.
import { Argument, type Command, Option } from "commander";
import { KrustError } from "../core/error.ts";
import type { Run } from "./program.ts";

/** Makes a command below another. */
export type MakeCommand = (parent: Command, name: string, description: string) => Command;

/** Declares the commands about credentials; `choose` gets the one that was chosen. */
export function declareCredentialCommands(
  program: Command,
  child: MakeCommand,
  choose: (run: Run) => void,
): void {
  const registry = new Argument("<REGISTRY>", "Host of the registry, with its port if it has one");
  const verbose = (): Option => new Option("-v, --verbose", "Enable verbose logging");

  const login = child(program, "login", "Keep a user name and password for a registry")
    .usage("[OPTIONS] <REGISTRY>")
    .addArgument(registry)
    .addOption(new Option("-u, --username <USER>", "User name"))
    .addOption(new Option("--password-stdin", "Read the password from standard input"))
    .addOption(
      new Option("-p, --password <PASSWORD>", "Refused").hideHelp().argParser(refusePassword),
    )
    .addOption(verbose());
  login.action((registry: string) => {
    const { username, passwordStdin = false, verbose = false } = login.optsWithGlobals<{
      readonly username?: string;
      readonly passwordStdin?: boolean;
      readonly verbose?: boolean;
    }>();
    choose(async (context) =>
      (await import("./commands/login.ts"))
        .login({ registry, username, passwordStdin, verbose }, context)
    );
  });

  const logout = child(program, "logout", "Remove what is kept for a registry")
    .usage("[OPTIONS] <REGISTRY>")
    .addArgument(registry)
    .addOption(verbose());
  logout.action((registry: string) => {
    const { verbose = false } = logout.optsWithGlobals<{ readonly verbose?: boolean }>();
    choose(async (context) =>
      (await import("./commands/logout.ts")).logout({ registry, verbose }, context)
    );
  });

  const auth = child(program, "auth", "Explain credentials")
    .usage("<COMMAND>")
    .helpCommand("help [COMMAND]", "Print help for a command");
  const check = child(auth, "check", "Print which credentials are used and what they allow")
    .usage("[OPTIONS] <REF>")
    .addArgument(new Argument("<REF>", "Repository to pull from and push to"))
    .addOption(new Option("--json", "Print one JSON object"))
    .addOption(verbose());
  check.action((reference: string) => {
    const { json = false, verbose = false } = check.optsWithGlobals<{
      readonly json?: boolean;
      readonly verbose?: boolean;
    }>();
    choose(async (context) =>
      (await import("./commands/auth_check.ts")).checkAuth({ reference, json, verbose }, context)
    );
  });
}

function refusePassword(): never {
  throw new KrustError("usage", "a password is not taken as an argument", {
    help: [
      "every user of this machine can read the arguments of programs, and shells keep them",
      "give it on standard input: krust login -u USER --password-stdin REGISTRY",
    ],
  });
}
