// `krust doctor`: whether a build would go through here, and what mends what would keep it from that.
import { KrustError } from "../../core/error.ts";
import type { Host } from "../../core/host.ts";
import { chooseRenderer } from "../../report/choose.ts";
import { examine, type Subject } from "../doctor/examine.ts";
import { afterFixes, fixAll } from "../doctor/fix.ts";
import { type Diagnosis, diagnosisOf, formatJson, formatTable } from "../doctor/table.ts";
import { openSettings } from "../load_project.ts";
import { writeResult } from "../output.ts";
import { type Context, VERSION } from "../program.ts";

/** What `doctor` was given. */
export interface DoctorArguments extends Subject {
  /** `--json`. */
  readonly json: boolean;
  /** `--fix`. */
  readonly fix: boolean;
}

/**
 * Prints what was found.
 *
 * @throws {KrustError} `not-ready` where a build would not go through, after what was found is printed.
 */
export async function doctor(given: DoctorArguments, context: Context): Promise<number> {
  const { host } = context;
  const { diagnosis, verbose } = await diagnose(given, context);
  const text = given.json
    ? formatJson(diagnosis)
    : formatTable(diagnosis, { color: colours(host), verbose });
  await writeResult(host, text);
  if (diagnosis.ready) return 0;
  const failures = diagnosis.findings.filter(({ status }) => status === "failure");
  const said = failures.map(({ what }) => what).join("; ");
  throw new KrustError("not-ready", `a build would not go through: ${said}`, {
    help: [...new Set(failures.flatMap(({ command }) => command ?? []))],
  });
}

async function diagnose(
  given: DoctorArguments,
  context: Context,
): Promise<{ readonly diagnosis: Diagnosis; readonly verbose: boolean }> {
  const { host, signal } = context;
  const opening = await openSettings(given.flags, context);
  using report = opening.report;
  const look = () => examine(given, opening, { host, signal, version: VERSION });
  const before = await look();
  const fixes = given.fix ? await fixAll(before, { host, signal, report }) : [];
  const findings = fixes.some(({ done }) => done) ? await look() : before;
  return {
    diagnosis: diagnosisOf(VERSION, afterFixes(findings, fixes), fixes),
    verbose: opening.settings.verbose.value,
  };
}

/** Whether stdout takes colours. */
function colours(host: Pick<Host, "env" | "stdout">): boolean {
  return chooseRenderer({
    progress: "plain",
    quiet: false,
    terminal: host.stdout.terminal,
    env: (name) => host.env(name),
    overlapping: false,
  }).color;
}
