// OCI's conformance tests of registries (distribution-spec 1.1), as a program that was built before:
// `go test -c` of the spec's folder `conformance`; tools/conformance.ts says how.
import { join } from "node:path";

/** How a registry did. */
export interface Conformance {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What the tests said, for the case that some failed. */
  readonly output: string;
}

/** Where the program is looked for. */
export function conformanceProgram(): string {
  const home = Deno.env.get("HOME") ?? "";
  return Deno.env.get("KRUST_CONFORMANCE") ??
    join(home, ".cache/krust-dev/go-bin/conformance");
}

/** Why the tests cannot run here; undefined where they can. */
export function lackingConformance(): string | undefined {
  try {
    return Deno.statSync(conformanceProgram()).isFile ? undefined : "no file";
  } catch {
    return `no ${conformanceProgram()} (deno run -A tools/conformance.ts)`;
  }
}

/** Runs the tests, all four kinds, against a registry at `host` over plain HTTP. */
export async function runConformance(
  host: string,
  folder: string,
  login: { readonly username: string; readonly password: string } = { username: "", password: "" },
): Promise<Conformance> {
  const { stdout, stderr } = await new Deno.Command(conformanceProgram(), {
    args: ["-ginkgo.no-color"],
    cwd: folder,
    env: {
      OCI_ROOT_URL: `http://${host}`,
      OCI_NAMESPACE: "conformance/one",
      OCI_CROSSMOUNT_NAMESPACE: "conformance/two",
      OCI_USERNAME: login.username,
      OCI_PASSWORD: login.password,
      OCI_TEST_PULL: "1",
      OCI_TEST_PUSH: "1",
      OCI_TEST_CONTENT_DISCOVERY: "1",
      OCI_TEST_CONTENT_MANAGEMENT: "1",
      OCI_REPORT_DIR: folder,
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout) + decoder.decode(stderr);
  const summary = /(\d+) Passed \| (\d+) Failed \| \d+ Pending \| (\d+) Skipped/.exec(output);
  if (summary === null) throw new Error(`the conformance tests did not run:\n${output}`);
  const [passed = NaN, failed = NaN, skipped = NaN] = summary.slice(1).map(Number);
  return { passed, failed, skipped, output };
}
