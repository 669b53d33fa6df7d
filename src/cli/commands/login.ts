// `krust login`: tries a user name and password, and keeps them where docker and its kin look.
import { storeLogin } from "../../auth/docker_login.ts";
import type { Settings } from "../../config/resolve_settings.ts";
import { KrustError } from "../../core/error.ts";
import type { Host, Input } from "../../core/host.ts";
import { RegistryError } from "../../registry/errors.ts";
import { tryCredentials } from "../../registry/permissions.ts";
import type { Reporter } from "../../report/reporter.ts";
import { openSettings } from "../load_project.ts";
import type { Context } from "../program.ts";
import { connectionOptions, openAccess } from "../registries.ts";
import { readRegistryArgument } from "../registry_argument.ts";

/** What `login` was given. */
export interface LoginArguments {
  /** The registry, as given. */
  readonly registry: string;
  /** `--username`. */
  readonly username: string | undefined;
  /** `--password-stdin`. */
  readonly passwordStdin: boolean;
  /** `--verbose`. */
  readonly verbose: boolean;
}

interface Login {
  readonly username: string;
  readonly password: string;
}

/** The longest password that is read, in bytes: tokens have some thousands. */
const PASSWORD_LIMIT = 64 * 1024;

/**
 * Logs in. Nothing is kept that the registry did not take.
 *
 * @throws {KrustError} `usage`, `auth-denied`, `auth-required`, `network-failed`, and what keeping throws.
 */
export async function login(given: LoginArguments, context: Context): Promise<number> {
  const { host, signal } = context;
  const registry = readRegistryArgument(given.registry);
  const flags = given.verbose ? { verbose: true } : {};
  const opening = await openSettings(flags, context);
  using report = opening.report;
  const credentials = await readLogin(given, registry, context);
  await tryLogin(registry, credentials, opening.settings, report, context);
  const env = (name: string): string | undefined => host.env(name);
  const run: Host["run"] = (command, options) => host.run(command, options);
  const place = await storeLogin(registry, credentials, { env, run }, { signal });
  report.info(`Login to ${registry} is kept in ${place}`);
  await warnOfOthers(registry, credentials, opening.settings, report, context);
  return 0;
}

async function readLogin(
  { username, passwordStdin }: LoginArguments,
  registry: string,
  { host, signal }: Context,
): Promise<Login> {
  const { stdin, stderr } = host;
  if (passwordStdin) {
    if (username === undefined) {
      throw new KrustError("usage", "--password-stdin needs --username beside it");
    }
    const text = await stdin.text(PASSWORD_LIMIT, { signal });
    return checked({ username, password: text.replace(/\r?\n$/, "") });
  }
  if (!stdin.terminal) {
    throw new KrustError("usage", "there is no terminal to ask for a password on", {
      help: [`give it on standard input: krust login -u USER --password-stdin ${registry}`],
    });
  }
  const prompt = async (text: string, hidden: boolean): Promise<string> => {
    stderr.write(text);
    try {
      return await answer(stdin, hidden, signal);
    } finally {
      if (hidden) stderr.write("\n");
    }
  };
  const user = username ?? (await prompt(`User name for ${registry}: `, false)).trim();
  return checked({ username: user, password: await prompt("Password: ", true) });
}

function answer(stdin: Input, hidden: boolean, signal: AbortSignal): Promise<string> {
  return stdin.line({ hidden, signal });
}

/** Refuses what no registry can be shown; the values are not repeated. */
function checked(login: Login): Login {
  const { username, password } = login;
  const refuse = (reason: string): KrustError => new KrustError("usage", reason);
  if (username === "") throw refuse("the user name is empty");
  if (password === "") throw refuse("the password is empty");
  // RFC 7617: what stands before the first colon is the user name.
  if (username.includes(":")) throw refuse("a user name has no colon");
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(username + password)) {
    throw refuse("user name and password have no line ends or control characters");
  }
  return login;
}

async function tryLogin(
  registry: string,
  login: Login,
  settings: Settings,
  report: Reporter,
  { host, signal }: Context,
): Promise<void> {
  const keychain = {
    resolve: () => Promise.resolve({ kind: "basic", ...login, source: "what was given" } as const),
  };
  const options = connectionOptions(openAccess(settings, host, report), registry);
  try {
    const asked = await tryCredentials(registry, { ...options, keychain }, { signal });
    if (!asked) report.warn(`${registry} asked for no credentials: they could not be tried`);
  } catch (error) {
    const refused = error instanceof RegistryError && error.status === 401 &&
      error.help.some((line) => line.startsWith("docker login"));
    if (!refused) throw error;
    throw error.with({ help: ["check the user name and the password; nothing was kept"] });
  }
}

/** Tells where other credentials will be found before those that are kept now. */
async function warnOfOthers(
  registry: string,
  { username, password }: Login,
  settings: Settings,
  report: Reporter,
  { host, signal }: Context,
): Promise<void> {
  const { keychain } = openAccess(settings, host, report);
  const found = await keychain.resolve({ registry, name: "" }, { signal });
  const same = found.kind === "basic" && found.username === username &&
    found.password === password;
  if (!same && found.kind !== "anonymous") {
    report.warn(`other credentials for ${registry} come before these: ${found.source}`);
  }
}
