// The one place that hashes. Digests are sha256 only (OCI image-spec descriptor.md, "Digests").
import { createHash, type Hash } from "node:crypto";
import { KrustError } from "./error.ts";
import { printable } from "./printable.ts";

/** A content digest, `sha256:` and 64 lower-case hex digits; made only by this module. */
export type Digest = `sha256:${string}`;

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Whether `text` is a well-formed sha256 digest. */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/**
 * Reads a digest.
 *
 * @throws {KrustError} `reference-invalid` for anything but `sha256:` and 64 lower-case hex digits.
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new KrustError("reference-invalid", `not a sha256 digest: "${printable(text, 100)}"`, {
    help: ["a digest is sha256: and 64 lower-case hex digits"],
  });
}

/** The 64 hex digits of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice("sha256:".length);
}

/** The digest of bytes that are in memory. */
export function sha256(bytes: Uint8Array): Digest {
  return new Hasher().update(bytes).digest();
}

/** Hashes and counts bytes as they pass. */
export class Hasher {
  readonly #hash: Hash = createHash("sha256");
  #size = 0;

  /** Takes the next bytes. */
  update(bytes: Uint8Array): this {
    this.#hash.update(bytes);
    this.#size += bytes.length;
    return this;
  }

  /** How many bytes were taken. */
  get size(): number {
    return this.#size;
  }

  /** The digest of all that was taken; the hasher is spent afterwards. */
  digest(): Digest {
    return `sha256:${this.#hash.digest("hex")}`;
  }
}
