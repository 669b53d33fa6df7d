// Reads the JUnit report that `deno test --junit-path` writes: which tests passed, failed, were skipped.

/** How one test ended. */
export interface TestOutcome {
  /** Its name; a step's has the names of its parents in front. */
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
}

const SUITE = /<testsuite (?:[^>]*)>([\s\S]*?)<\/testsuite>/g;
const CASE = /<testcase name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  gt: ">",
  lt: "<",
  quot: '"',
};

/**
 * The tests of a report. A step counts only where it was skipped: one that failed fails its test, and
 * one that passed is part of it.
 */
export function readJunit(xml: string): readonly TestOutcome[] {
  return [...xml.matchAll(SUITE)].flatMap(([, body = ""]) => {
    const cases = [...body.matchAll(CASE)].map(([, name = "", content = ""]): TestOutcome => ({
      name: unescape(name),
      outcome: /<(failure|error)\b/.test(content)
        ? "failed"
        : /<skipped\b/.test(content)
        ? "skipped"
        : "passed",
    }));
    const names = new Set(cases.map(({ name }) => name));
    return cases.filter(({ name, outcome }) => outcome === "skipped" || !isStep(name, names));
  });
}

function isStep(name: string, names: ReadonlySet<string>): boolean {
  const parts = name.split(" > ");
  return parts.some((_, index) => index > 0 && names.has(parts.slice(0, index).join(" > ")));
}

function unescape(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (all, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
    return ENTITIES[name] ?? all;
  });
}
