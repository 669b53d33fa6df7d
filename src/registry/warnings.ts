// What a registry has to say to the user beside its answers (distribution-spec, "Warnings"): each text
// is passed on once.
import { printable } from "../core/printable.ts";

/** How many different texts one registry may say: it must not fill the screen. */
const TEXT_LIMIT = 10;

/** The warnings of one registry. */
export class Warnings {
  readonly #host: string;
  readonly #warn: (text: string) => void;
  readonly #told = new Set<string>();

  /** Tells `warn` what `host` has to say, a line each. */
  constructor(host: string, warn: (text: string) => void) {
    this.#host = host;
    this.#warn = warn;
  }

  /** Passes on what an answer's `Warning` says that was not said before. */
  heed(headers: Headers): void {
    for (const text of parseWarnings(headers.get("warning"))) {
      if (this.#told.has(text) || this.#told.size >= TEXT_LIMIT) continue;
      this.#told.add(text);
      this.#warn(`${this.#host} says: ${text}`);
    }
  }
}

/**
 * The texts of a `Warning` header's entries with code 299 and no agent, the only ones that the spec has;
 * made printable.
 */
export function parseWarnings(header: string | null): readonly string[] {
  const entries = (header ?? "").slice(0, 8_192).matchAll(/(\d{3}) (\S+) "((?:[^"\\]|\\.)*)"/g);
  return [...entries].flatMap(([, code, agent, text = ""]) => {
    const plain = printable(text.replace(/\\(.)/g, "$1"));
    return code === "299" && agent === "-" && plain !== "" ? [plain] : [];
  });
}
