// A registry that writes down what it is asked, in order, and can be told to fail.
import type { Registry } from "../../src/registry/registry.ts";

/** One request: the method, the repository, and the digest or tag that it was about. */
export interface RecordedCall {
  readonly method:
    | "getBlob"
    | "hasBlob"
    | "getManifest"
    | "headManifest"
    | "pushBlob"
    | "pushManifest";
  readonly repository: string;
  readonly at: string;
}

/** A {@linkcode Registry} with its record. */
export interface RecordedRegistry extends Registry {
  /** What was asked, in the order in which it began. */
  readonly calls: readonly RecordedCall[];
  /** The most requests that were under way at once. */
  readonly busiest: number;
}

/**
 * Wraps a registry.
 *
 * @param before is called before each request is passed on; what it throws is the request's failure.
 */
export function recordedRegistry(
  inner: Registry,
  before: (call: RecordedCall) => void | Promise<void> = () => {},
): RecordedRegistry {
  const calls: RecordedCall[] = [];
  let busy = 0;
  let busiest = 0;
  const note = async <T>(
    method: RecordedCall["method"],
    repository: string,
    at: string,
    pass: () => Promise<T>,
  ): Promise<T> => {
    const call = { method, repository, at };
    calls.push(call);
    busiest = Math.max(busiest, ++busy);
    try {
      await before(call);
      return await pass();
    } finally {
      busy--;
    }
  };
  return {
    host: inner.host,
    calls,
    get busiest(): number {
      return busiest;
    },
    getBlob: (repository, descriptor, options) =>
      note(
        "getBlob",
        repository,
        descriptor.digest,
        () => inner.getBlob(repository, descriptor, options),
      ),
    hasBlob: (repository, digest, options) =>
      note("hasBlob", repository, digest, () => inner.hasBlob(repository, digest, options)),
    getManifest: (repository, at, options) =>
      note("getManifest", repository, at, () => inner.getManifest(repository, at, options)),
    headManifest: (repository, at, options) =>
      note("headManifest", repository, at, () => inner.headManifest(repository, at, options)),
    pushBlob: (repository, blob, options) =>
      note(
        "pushBlob",
        repository,
        blob.descriptor.digest,
        () => inner.pushBlob(repository, blob, options),
      ),
    pushManifest: (repository, manifest, at, options) =>
      note(
        "pushManifest",
        repository,
        at,
        () => inner.pushManifest(repository, manifest, at, options),
      ),
  };
}
