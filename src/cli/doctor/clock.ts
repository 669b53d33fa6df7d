// This machine's clock against those of the registries that were asked: tokens and certificates that are
// not valid yet, or no longer, are refused with words that speak of anything but the time.
import type { Host } from "../../core/host.ts";
import type { Finding } from "./finding.ts";

/** Milliseconds that clocks may differ: token servers allow about so much. */
const TOLERANCE = 5 * 60 * 1_000;

/** Collects what servers say of the time. */
export class ClockWatch {
  readonly #now: () => Date;
  #widest: { readonly host: string; readonly skew: number } | undefined;

  /** A watch by the clock of a host. */
  constructor(host: Pick<Host, "now">) {
    this.#now = () => host.now();
  }

  /** Takes note of an answer's `Date`, and of how long a cache on the way has kept it. */
  observe(response: Response, url: URL): void {
    const date = Date.parse(response.headers.get("date") ?? "");
    const age = Number(response.headers.get("age") ?? "0");
    if (Number.isNaN(date) || Number.isNaN(age)) return;
    const skew = this.#now().getTime() - (date + age * 1_000);
    const widest = this.#widest;
    if (widest === undefined || Math.abs(skew) > Math.abs(widest.skew)) {
      this.#widest = { host: url.host, skew };
    }
  }

  /** What came of it. */
  finding(): Finding {
    const check = "clock";
    if (this.#widest === undefined) {
      return { check, status: "note", what: "not compared: no server told the time" };
    }
    const { host, skew } = this.#widest;
    const what = `${formatSpan(Math.abs(skew))} ${skew < 0 ? "behind" : "ahead of"} ${host}`;
    if (Math.abs(skew) <= TOLERANCE) {
      const close = Math.abs(skew) < 2_000 ? `agrees with ${host}` : what;
      return { check, status: "ok", what: close };
    }
    const why =
      "registries refuse tokens, and TLS certificates, that their clocks do not agree with";
    return { check, status: "warning", what, why, command: "sudo timedatectl set-ntp true" };
  }
}

function formatSpan(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
