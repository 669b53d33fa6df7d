// `krust auth check`: which credentials are used for a repository, and what they allow.
import { KrustError } from "../../core/error.ts";
import { formatRepository, parseReference, type Reference } from "../../oci/reference.ts";
import { type Permission, Permissions } from "../../registry/permissions.ts";
import { openSettings } from "../load_project.ts";
import { writeResult } from "../output.ts";
import type { Context } from "../program.ts";
import { connectionOptions, openAccess } from "../registries.ts";

/** What `auth check` was given. */
export interface AuthCheckArguments {
  /** The repository, as a reference; with a tag or digest, that is what is looked at. */
  readonly reference: string;
  /** `--json`. */
  readonly json: boolean;
  /** `--verbose`. */
  readonly verbose: boolean;
}

/** What was found; holds no secret, nor the user's name: some services have a token there. */
interface Findings {
  readonly repository: string;
  readonly credentials: { readonly kind: string; readonly source: string };
  readonly pull: Permission;
  readonly push: Permission;
}

/**
 * Prints what was found.
 *
 * @throws {KrustError} `auth-denied` where pull or push is not granted, after what was found is printed.
 */
export async function checkAuth(given: AuthCheckArguments, context: Context): Promise<number> {
  const reference = parseReference(given.reference);
  const findings = await find(reference, given, context);
  const text = given.json ? `${JSON.stringify(findings)}\n` : formatTable(findings);
  await writeResult(context.host, text, { signal: context.signal });
  const missing = (["pull", "push"] as const).filter((what) => !findings[what].granted);
  if (missing.length === 0) return 0;
  const { repository, credentials } = findings;
  throw new KrustError("auth-denied", `no ${missing.join(" and no ")} for ${repository}`, {
    help: credentials.kind === "anonymous"
      ? [`log in first: krust login -u USER --password-stdin ${reference.registry}`]
      : [`the credentials are from ${credentials.source}`],
  });
}

async function find(
  reference: Reference,
  { verbose }: AuthCheckArguments,
  context: Context,
): Promise<Findings> {
  const { host, signal } = context;
  const flags = verbose ? { verbose: true } : {};
  const opening = await openSettings(flags, context);
  using report = opening.report;
  const access = openAccess(opening.settings, host, report);
  const { registry, name, tag, digest } = reference;
  const { kind, source } = await access.keychain.resolve({ registry, name }, { signal });
  const permissions = new Permissions(registry, connectionOptions(access, registry));
  return {
    repository: formatRepository({ registry, name }),
    credentials: { kind, source },
    pull: await permissions.pull(name, digest ?? tag ?? "latest", { signal }),
    push: await permissions.push(name, { signal }),
  };
}

function formatTable({ repository, credentials, pull, push }: Findings): string {
  const rows = [
    ["repository", repository],
    ["credentials", credentials.source],
    ["pull", formatPermission(pull)],
    ["push", formatPermission(push)],
  ] as const;
  return rows.map(([name, value]) => `${name.padEnd(11)}  ${value}\n`).join("");
}

function formatPermission({ granted, reason }: Permission): string {
  return `${granted ? "granted" : "not granted"}: ${reason}`;
}
