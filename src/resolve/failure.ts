// What is said of a project that could not be built for a document: where it is referred to, what to
// write instead, and what was published before.
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";

/** An image that is there although the whole has failed. */
export interface Published {
  /** The reference to the project. */
  readonly written: string;
  /** The image's reference. */
  readonly reference: string;
}

/** What is known of a failure beside its place. */
export interface Circumstances {
  /** The reference that was followed. */
  readonly written?: string;
  /** What was published before. */
  readonly published?: readonly Published[];
}

/** How many names are proposed. */
const PROPOSALS = 20;

/**
 * The error to throw for `error` of a reference at `place`; what is no error of a project's passes
 * through.
 */
export function blame(
  error: unknown,
  place: string | undefined,
  { written, published = [] }: Circumstances = {},
): unknown {
  // Whoever stops krust knows why it stopped; only what is there already is news.
  if (!(error instanceof KrustError) || error.code === "internal") return error;
  const { code, details, cause } = error;
  const about = written === undefined ? error.message : `${printable(written)}: ${error.message}`;
  return new KrustError(code, place === undefined ? about : `${place}: ${about}`, {
    ...(cause === undefined ? {} : { cause }),
    help: [
      ...(written === undefined ? error.help : helpFor(error, written)),
      ...published.map(({ written, reference }) =>
        `published before that: ${reference} (${printable(written)})`
      ),
    ],
    details: { ...details, ...(written === undefined ? {} : { reference: printable(written) }) },
  });
}

/** Where one of several was to be chosen, it is chosen in the reference, not by a flag. */
function helpFor({ details, help }: KrustError, written: string): readonly string[] {
  const [path = ""] = written.split("#");
  const binaries = listOf(details["binaries"]).map((name) => `${printable(path)}#${name}`);
  const packages = listOf(details["packages"]).map((name) => `krust://${name}`);
  const proposals = [...binaries, ...packages].slice(0, PROPOSALS);
  if (proposals.length === 0) return help;
  return [`choose one: ${proposals.join(", ")}`];
}

function listOf(names: string | undefined): readonly string[] {
  return names === undefined || names === "" ? [] : names.split(", ");
}
