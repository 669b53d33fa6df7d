// Errors about values that say where the value was set: a variable exported long ago is not on screen.
import type { Origin } from "../config/layer.ts";
import { KrustError } from "../core/error.ts";

/**
 * Works on the value of a setting; a reference that will not do is told with its origin in front, as in
 * `KRUST_REPO: not an image reference: …`.
 *
 * @throws {KrustError} what `work` throws.
 */
export function blaming<Result>(origin: Origin, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof KrustError) || error.code !== "reference-invalid") throw error;
    const { code, message, help, details, cause } = error;
    throw new KrustError(code, `${origin.label}: ${message}`, { help, details, cause });
  }
}
