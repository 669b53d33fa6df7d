// What was found, for people and for programs.
import { printable, redactUrls } from "../../core/printable.ts";
import { createStyle, type Style } from "../../report/style.ts";
import { type Finding, isReady, type Status } from "./finding.ts";
import type { Fix } from "./fix.ts";

/** All that `krust doctor` has to say. */
export interface Diagnosis {
  /** Version of krust. */
  readonly krust: string;
  /** Whether a build would go through. */
  readonly ready: boolean;
  /** What was found, in a fixed order. */
  readonly findings: readonly Finding[];
  /** What `--fix` did. */
  readonly fixes: readonly Fix[];
}

/** The longest text of others that is told, in characters. */
const LIMIT = 2_000;

/** What was found, fit to be shown: texts of others without control characters and secrets in addresses. */
export function diagnosisOf(
  krust: string,
  findings: readonly Finding[],
  fixes: readonly Fix[],
): Diagnosis {
  return {
    krust,
    ready: isReady(findings),
    findings: findings.map(({ details, ...finding }): Finding => ({
      ...finding,
      what: shown(finding.what),
      ...(finding.why === undefined ? {} : { why: shown(finding.why) }),
      ...(details === undefined ? {} : { details: details.map(shown) }),
    })),
    fixes: fixes.map((fix) => fix.said === undefined ? fix : { ...fix, said: shown(fix.said) }),
  };
}

function shown(text: string): string {
  return redactUrls(printable(text, LIMIT));
}

/** One JSON object, on one line (docs/doctor.md). */
export function formatJson({ findings, ...diagnosis }: Diagnosis): string {
  const plain = findings.map(({ remedy, ...finding }) => ({
    ...finding,
    fixable: remedy !== undefined,
  }));
  return `${JSON.stringify({ ...diagnosis, findings: plain })}\n`;
}

/** Columns of the status and of the check. */
const [STATUS_WIDTH, CHECK_WIDTH] = [9, 11];

/** Lines for people, the verdict last. */
export function formatTable(
  { findings, fixes, ready }: Diagnosis,
  { color, verbose }: { readonly color: boolean; readonly verbose: boolean },
): string {
  const style = createStyle(color);
  const lines = [
    ...findings.flatMap((finding) => rowsOf(finding, style, verbose)),
    "",
    ...fixes.map(({ command, done, said }) =>
      `${done ? "ran" : "failed"}: ${command}${said === undefined ? "" : ` (${said})`}`
    ),
    verdict(findings, ready, style),
  ];
  return `${lines.join("\n")}\n`;
}

function rowsOf(finding: Finding, style: Style, verbose: boolean): readonly string[] {
  const { check, status, what, why, command, details = [] } = finding;
  const margin = " ".repeat(STATUS_WIDTH + CHECK_WIDTH);
  const inline = status === "ok" && why !== undefined && why !== "";
  const label = coloured(status, style) + " ".repeat(STATUS_WIDTH - status.length);
  // The reason of an error that is told already begins with it.
  const reason = why?.startsWith(`${what}; `) === true ? why.slice(what.length + 2) : why;
  return [
    `${label}${check.padEnd(CHECK_WIDTH)}${what}${inline ? `; ${why}` : ""}`,
    ...(inline || reason === undefined || reason === "" || reason === what
      ? []
      : [`${margin}${reason}`]),
    ...(verbose ? details.map((line) => `${margin}${line}`) : []),
    ...(command === undefined ? [] : [`${margin}$ ${style.bold(command)}`]),
  ];
}

function coloured(status: Status, style: Style): string {
  const styles: Readonly<Record<Status, (text: string) => string>> = {
    ok: style.done,
    note: style.active,
    warning: style.warning,
    failure: style.error,
  };
  return styles[status](status);
}

function verdict(findings: readonly Finding[], ready: boolean, style: Style): string {
  const counts = (["failure", "warning"] as const).flatMap((status) => {
    const count = findings.filter((finding) => finding.status === status).length;
    return count === 0 ? [] : [`${count} ${status}${count === 1 ? "" : "s"}`];
  });
  const said = ready ? style.done("A build would go through") : style.error(
    "A build would not go through",
  );
  return `${said}${counts.length === 0 ? "" : `: ${counts.join(", ")}`}`;
}
