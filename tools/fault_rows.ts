// The rows of the fault matrix in words of our own, why some are not covered, and the table made of them.

/** One test of a row. */
export interface RowTest {
  /** The file that it stands in. */
  readonly file: string;
  /** Its name, which begins with `[row N]`. */
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
}

/** The rows, by number. */
export const ROWS: Readonly<Record<number, string>> = {
  1: "connection refused",
  2: "name does not resolve",
  3: "connecting is never answered",
  4: "request is never answered",
  5: "answer drips in",
  6: "server stops taking the body",
  7: "slow, but moving",
  8: "connection reset within a blob",
  9: "connection closed without an answer",
  11: "HTTP/2 stream reset",
  12: "peer does not speak HTTP",
  13: "plain HTTP and TLS mixed up",
  14: "certificate not to be trusted",
  15: "proxy down or wrong",
  17: "manifest cut short",
  18: "blob cut short",
  20: "blob with a wrong bit",
  21: "other manifest than asked for",
  22: "wrong digest header on GET",
  23: "wrong digest header on PUT",
  25: "odd Content-Type",
  26: "manifest and index in one",
  27: "manifest of schema 1",
  28: "layer of an unknown type",
  29: "huge manifest",
  30: "manifest that is none",
  32: "index without the platform",
  34: "configuration contradicts the manifest",
  35: "odd compression",
  36: "401 that cannot be answered",
  37: "401 for ever",
  38: "token ends midway",
  39: "token server out of order",
  40: "odd realm",
  41: "odd challenge",
  42: "insufficient scope",
  44: "403 on HEAD",
  45: "403 on POST or PUT",
  46: "repository does not exist",
  47: "HEAD of no use",
  49: "mount turned down",
  50: "mount that was none",
  51: "odd Location",
  53: "Location on another origin",
  54: "Location to a private address",
  55: "Location leaves TLS",
  57: "redirects without end",
  59: "registry got a blob wrong",
  60: "body too large for a proxy",
  62: "rules about chunks",
  63: "odd status of success",
  64: "429 with Retry-After",
  65: "429 for ever",
  66: "5xx that may pass",
  67: "errors that do not pass",
  70: "manifest or index refused",
  72: "registry restarted",
  73: "two pushes at once",
  75: "interrupted",
  76: "interrupted twice, terminated, hung up",
  77: "killed",
  78: "cargo hangs",
  79: "standard output cannot be written",
  80: "standard error cannot be written",
  81: "disk full",
  82: "file system refuses",
  83: "killed within a layout's writes",
  85: "cache is corrupt",
  87: "few file descriptors",
  89: "credential helper out of order",
  90: "docker's config.json out of order",
};

/** Why rows have no test below `tests/faults`. */
export const NOT_COVERED: Readonly<Record<number, string>> = {};

/** What the tests of a row leave out of it. */
export const IN_PART: Readonly<Record<number, string>> = {
  7: "uploads at 80 KiB a second alone: what sockets hold already is waited for three minutes at most",
  89: "a hanging helper has unit tests alone",
};

/** The numbers of the rows that a test's name is of. */
export function rowOf(name: string): number | undefined {
  const [, row] = /^\[row (\d+)\] /.exec(name) ?? [];
  return row === undefined ? undefined : Number(row);
}

/** The document. */
export function formatMatrix(tests: readonly RowTest[]): string {
  const counts = { passed: 0, failed: 0, skipped: 0, uncovered: 0 };
  const lines = Object.entries(ROWS).map(([number, fault]) => {
    const own = tests.filter(({ name }) => rowOf(name) === Number(number));
    const outcome = outcomeOf(own, NOT_COVERED[Number(number)]);
    counts[outcome.kind]++;
    const files = [...new Set(own.map(({ file }) => `\`${file}\``))].join(", ");
    const part = outcome.kind === "uncovered" ? undefined : IN_PART[Number(number)];
    const text = part === undefined ? outcome.text : `${outcome.text}, in part: ${part}`;
    return `| ${number} | ${fault} | ${files} | ${text} |`;
  });
  return `# Fault matrix

What goes wrong between krust and the world, and what is tested of it. Made by
\`tools/fault_matrix.ts\` from the tests below \`tests/faults\`, whose names carry the row.

A row that is passed has tests, all of which pass; where they leave something of the row out, it
says so.

Rows: ${counts.passed} passed (${
    Object.keys(IN_PART).length
  } of them in part), ${counts.failed} failed, ${counts.skipped} with tests skipped, ` +
    `${counts.uncovered} not covered.

<!-- deno-fmt-ignore-start -->

| row | fault | injected by | outcome |
| --- | ----- | ----------- | ------- |
${lines.join("\n")}

<!-- deno-fmt-ignore-end -->
`;
}

interface Outcome {
  readonly kind: "passed" | "failed" | "skipped" | "uncovered";
  readonly text: string;
}

function outcomeOf(tests: readonly RowTest[], why: string | undefined): Outcome {
  if (tests.length === 0) return { kind: "uncovered", text: `not covered: ${why ?? "no reason"}` };
  const count = (wanted: RowTest["outcome"]): number =>
    tests.filter(({ outcome }) => outcome === wanted).length;
  const [passed, failed, skipped] = [count("passed"), count("failed"), count("skipped")];
  if (failed > 0) return { kind: "failed", text: `**${failed} failed**, ${passed} passed` };
  if (skipped === 0) return { kind: "passed", text: `${passed} passed` };
  const reasons = new Set(tests.flatMap(({ name }) => /\[skipped: (.+)\]$/.exec(name)?.[1] ?? []));
  const told = `${passed} passed, ${skipped} skipped: ${[...reasons].join("; ")}`;
  return { kind: "skipped", text: told };
}
