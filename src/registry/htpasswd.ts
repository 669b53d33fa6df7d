// Who may use a served registry, from a file of Apache's htpasswd: `user:hash` a line, bcrypt only, as
// distribution has it.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { bcryptMatches, isBcrypt } from "../core/bcrypt.ts";
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import type { CheckPassword } from "./server_auth.ts";

/**
 * Reads an htpasswd file. Of a user who is named twice the first line counts, as Apache has it.
 *
 * @param source names the file in errors.
 * @returns what tells whether a password is a user's. One that was right is known again without the
 * cost of bcrypt; it is kept as a keyed hash, for as long as the process runs.
 * @throws {KrustError} `config-invalid`, naming the line, for a hash that is not bcrypt's, and for a
 * file without users.
 */
export function readHtpasswd(text: string, source: string): CheckPassword {
  const users = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [user, hash] = readLine(line, `${printable(source, 1_000)}:${index + 1}`);
    if (!users.has(user)) users.set(user, hash);
  }
  if (users.size === 0) {
    throw new KrustError("config-invalid", `${printable(source, 1_000)}: no user is named`, {
      help: ADVICE,
    });
  }
  return remembering((user, password) => {
    const hash = users.get(user);
    return hash !== undefined && bcryptMatches(password, hash);
  });
}

const ADVICE: readonly string[] = ["to add a user: htpasswd -B FILE USER"];

function readLine(line: string, where: string): readonly [user: string, hash: string] {
  const colon = line.indexOf(":");
  // What stands there is not repeated: it may be a password.
  if (colon < 1) throw new KrustError("config-invalid", `${where}: not of the form user:hash`);
  const hash = line.slice(colon + 1).trim();
  if (isBcrypt(hash)) return [line.slice(0, colon), hash];
  throw new KrustError(
    "config-invalid",
    `${where}: the password's hash is not bcrypt's with a cost of 4 to 14`,
    { help: ADVICE },
  );
}

/** Asks once for each password that is right. */
function remembering(check: (user: string, password: string) => boolean): CheckPassword {
  const key = randomBytes(32);
  const known = new Map<string, Uint8Array>();
  return (user, password) => {
    const seen = createHmac("sha256", key).update(password).digest();
    const before = known.get(user);
    if (before !== undefined && timingSafeEqual(before, seen)) return true;
    const right = check(user, password);
    if (right) known.set(user, seen);
    return right;
  };
}
