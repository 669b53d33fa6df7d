// Patterns of file names as shells have them: `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}` within a name, and
// `**` for any number of folders. Names that begin with a dot are matched by a dot alone.
import { isAbsolute, join, parse, sep } from "node:path";

/** A pattern cut where its first sign stands. */
export interface Pattern {
  /** The folder in which matches are looked for, absolute. */
  readonly folder: string;
  /** What each name on the way must match, from that folder on; `**` stands for itself. */
  readonly names: readonly (RegExp | "**")[];
}

const SIGN = /[*?[{]/;

/** Whether a path is a pattern. */
export function isPattern(path: string): boolean {
  return SIGN.test(path);
}

/** Reads a pattern, an absolute path with signs in it. */
export function parsePattern(path: string): Pattern {
  const { root } = parse(path);
  const parts = (isAbsolute(path) ? path.slice(root.length) : path).split(
    sep === "\\" ? /[\\/]/ : "/",
  )
    .filter((part) => part !== "");
  const first = parts.findIndex((part) => SIGN.test(part));
  return {
    folder: join(root, ...parts.slice(0, first)),
    names: parts.slice(first).map((part) => part === "**" ? part : nameMatcher(part)),
  };
}

/** A matcher for one name. A bracket or a brace that is not closed stands for itself. */
function nameMatcher(pattern: string): RegExp {
  const body = pattern.replace(
    /\[(!?)([^\]]+)\]|\{([^{}]*)\}|\*|\?|[^*?[{]+|./gs,
    (piece, not: string | undefined, set: string | undefined, words: string | undefined) => {
      if (set !== undefined) {
        return `[${not === "!" ? "^" : ""}${set.replace(/[\\^[\]]/g, "\\$&")}]`;
      }
      if (words !== undefined) {
        return `(?:${words.split(",").map((word) => RegExp.escape(word)).join("|")})`;
      }
      if (piece === "*") return ".*";
      return piece === "?" ? "." : RegExp.escape(piece);
    },
  );
  return new RegExp(`^${pattern.startsWith(".") ? "" : "(?!\\.)"}${body}$`, "su");
}
