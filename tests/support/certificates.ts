// Certificates of an authority of the test's own, made by openssl; they hold for a day.
import { join } from "node:path";
import { run } from "./program.ts";

/** A certificate with its key: PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What is on a certificate that an {@linkcode Authority} makes. */
export interface CertificateOptions {
  /** The names it is for: `IP:127.0.0.1,DNS:localhost` if not given. */
  readonly names?: string;
  /** How many days it holds from now: one if not given, less than none for one that has expired. */
  readonly days?: number;
}

/** Makes certificates. */
export interface Authority extends Certificate {
  issue(name: string, options?: CertificateOptions): Promise<Certificate>;
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const HERE = "IP:127.0.0.1,DNS:localhost";

/** A new authority; its files and those that it makes are in `folder`. */
export async function makeAuthority(folder: string, name = "ca"): Promise<Authority> {
  const own = await selfSigned(folder, name, ["-addext", "keyUsage=critical,keyCertSign"]);
  return {
    ...own,
    async issue(name, { names = HERE, days = 1 } = {}): Promise<Certificate> {
      const made = files(folder, name);
      const [request, extensions] = [join(folder, `${name}.csr`), join(folder, `${name}.ext`)];
      await run("openssl", [
        "req",
        ...NEW_KEY,
        ...["-keyout", made.key, "-out", request, "-subj", `/CN=${name}`],
      ]);
      await Deno.writeTextFile(extensions, `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`);
      await run("openssl", [
        ...["x509", "-req", "-in", request, "-out", made.cert, "-days", String(days)],
        ...["-CA", own.cert, "-CAkey", own.key, "-CAcreateserial", "-extfile", extensions],
      ]);
      return made;
    },
  };
}

/** A certificate that nobody but itself has signed. */
export async function selfSigned(
  folder: string,
  name: string,
  more: readonly string[] = [],
): Promise<Certificate> {
  const made = files(folder, name);
  await run("openssl", [
    ...["req", "-x509", ...NEW_KEY, "-keyout", made.key, "-out", made.cert, "-days", "1"],
    ...["-subj", `/CN=${name}`, "-addext", `subjectAltName=${HERE}`, ...more],
  ]);
  return made;
}

function files(folder: string, name: string): Certificate {
  return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
}
