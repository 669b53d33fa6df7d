// Docker's config.json and containers' auth.json: who keeps the credentials of a registry. Errors name
// the file and the key, and never repeat what stands there.
import * as v from "valibot";
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import { helperAddress, normalizeKey } from "./registry_key.ts";

/** A credential whose source is still to be named. */
export type Secret =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | { readonly kind: "identity" | "bearer"; readonly token: string };

/** What a docker-style file says; keys are those that {@linkcode normalizeKey} gives. */
export interface DockerConfig {
  /** The program that `credHelpers` has for a key. */
  helper(key: string): string | undefined;
  /**
   * The credential that `auths` has for a key.
   *
   * @throws {KrustError} `config-invalid` where it cannot be read.
   */
  secret(key: string): Secret | undefined;
  /**
   * The program of `credsStore`, which is asked for whatever has no entry of its own in
   * `credHelpers` under any of `keys`.
   */
  store(keys: readonly string[]): string | undefined;
}

const optional = v.nullish(v.string());

const FILE = v.object({
  auths: v.nullish(v.record(v.string(), v.unknown())),
  credHelpers: v.nullish(v.record(v.string(), v.string())),
  credsStore: optional,
});

const ENTRY = v.object({
  auth: optional,
  username: optional,
  password: optional,
  identitytoken: optional,
  registrytoken: optional,
});

type Entry = v.InferOutput<typeof ENTRY>;

/**
 * Reads a docker-style file; a blank one holds nothing.
 *
 * @param path names the file in errors.
 * @throws {KrustError} `config-invalid`.
 */
export function parseDockerConfig(text: string, path: string): DockerConfig {
  const file = check(FILE, text.trim() === "" ? {} : parseJson(text, path), path);
  const auths = byNormalKey(file.auths ?? {});
  const helpers = byNormalKey(file.credHelpers ?? {});
  return {
    helper(key) {
      const [first] = helpers.get(key) ?? [];
      return first === undefined ? undefined : helperProgram(first.value, path);
    },
    secret(key) {
      for (const { written, value } of auths.get(key) ?? []) {
        const where = `${path}: auths."${printable(written)}"`;
        const secret = entrySecret(check(ENTRY, value, where), where);
        if (secret !== undefined) return secret;
      }
      return undefined;
    },
    store: (keys) =>
      keys.some((key) => helpers.has(key)) ? undefined : helperProgram(file.credsStore ?? "", path),
  };
}

/** What a helper's or an entry's name and secret are: docker marks an identity token by its user. */
export function secretOf(username: string, password: string): Secret | undefined {
  if (username === "" && password === "") return undefined;
  return username === "<token>"
    ? { kind: "identity", token: password }
    : { kind: "basic", username, password };
}

function entrySecret(entry: Entry, where: string): Secret | undefined {
  if (entry.registrytoken) return { kind: "bearer", token: entry.registrytoken };
  // Beside an identity token `auth` has no more than a user (Azure's registries).
  if (entry.identitytoken) return { kind: "identity", token: entry.identitytoken };
  if (entry.auth) return decodeAuth(entry.auth, where);
  return secretOf(entry.username ?? "", entry.password ?? "");
}

/** `user:password` in base64, padded or not; the password may have colons and, of old, a NUL behind. */
function decodeAuth(auth: string, where: string): Secret | undefined {
  let decoded: string;
  try {
    decoded = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(Uint8Array.fromBase64(auth));
  } catch {
    throw new KrustError("config-invalid", `${where}: auth is not user:password in base64`);
  }
  const colon = decoded.indexOf(":");
  if (colon === -1) {
    throw new KrustError("config-invalid", `${where}: auth is not user:password in base64`);
  }
  return secretOf(decoded.slice(0, colon), withoutNuls(decoded.slice(colon + 1)));
}

/** A text without the NULs at its end; `/\u0000+$/` would begin anew at each of very many. */
function withoutNuls(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\u0000") end--;
  return text.slice(0, end);
}

/** Docker's program for a helper's name; undefined for the empty name, by which it means none. */
function helperProgram(name: string, path: string): string | undefined {
  if (name === "") return undefined;
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    throw new KrustError(
      "config-invalid",
      `${path}: "${printable(name)}" names no credential helper`,
      {
        help: ["a helper's name has letters, digits and . _ - alone"],
      },
    );
  }
  return `docker-credential-${name}`;
}

interface WrittenEntry<Value> {
  readonly written: string;
  readonly value: Value;
}

/** Entries by what their keys mean; of several that mean the same, docker's own spelling comes first. */
function byNormalKey<Value>(
  record: Readonly<Record<string, Value>>,
): ReadonlyMap<string, readonly WrittenEntry<Value>[]> {
  const entries = Object.entries(record).map(([written, value]) => ({ written, value }));
  const grouped = Map.groupBy(entries, ({ written }) => normalizeKey(written));
  return new Map([...grouped].map(([key, group]) => {
    const own = group.filter(({ written }) => written === helperAddress(key));
    return [key, [...own, ...group.filter((entry) => !own.includes(entry))]];
  }));
}

/** Parses JSON; the parser's own message is left out, as it repeats the text. */
function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [, line, column] = /\(line (\d+) column (\d+)\)$/.exec(String(error)) ?? [];
    const place = line === undefined ? path : `${path}:${line}:${column}`;
    throw new KrustError("config-invalid", `${place}: it is not JSON`);
  }
}

/** Checks a document; the validator's own message is left out, as it repeats the value. */
function check<const Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  where: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = printable(v.getDotPath(issue) ?? "");
  throw new KrustError(
    "config-invalid",
    `${where}: ${key === "" ? "" : `${key}: `}expected ${issue.expected ?? "something else"}`,
  );
}
