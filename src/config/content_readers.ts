// Readers of what a container's configuration holds (image-spec config.md), in the words of docker.
import { fileCapabilities } from "../core/file_capabilities.ts";
import { printable } from "../core/printable.ts";
import { type Fault, readText } from "./reader.ts";

/** A user, or a uid, and a group: `1000`, `app:app`. A number is one, too. */
export function readUser(raw: unknown, fault: Fault): string {
  const text = readText(typeof raw === "number" ? String(raw) : raw, fault);
  if (/^[^\s:]+(?::[^\s:]+)?$/.test(text)) return text;
  throw fault(`expected USER or USER:GROUP, found ${quoted(text)}`);
}

/** An absolute path in the image. */
export function readImagePath(raw: unknown, fault: Fault): string {
  const text = readText(raw, fault);
  if (text.startsWith("/") && !text.split("/").includes("..")) return text;
  throw fault(`expected an absolute path in the image, found ${quoted(text)}`);
}

/** Ports, each as `8080/tcp`; of ranges as `8000-8010` every one. */
export function readPorts(raw: unknown, fault: Fault): readonly string[] {
  const given: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  const texts = given.flatMap((item) => {
    const text = readText(typeof item === "number" ? String(item) : item, fault);
    return text.split(",").map((part) => part.trim());
  });
  return [...new Set(texts.flatMap((text) => portsOf(text, fault)))];
}

function portsOf(text: string, fault: Fault): readonly string[] {
  const [, first, last = first, protocol = "tcp"] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from >= 1 && from <= to && to <= 65_535)) {
    throw fault(
      `expected PORT, PORT-PORT or either with /tcp, /udp or /sctp, found ${quoted(text)}`,
    );
  }
  return Array.from(
    { length: to - from + 1 },
    (_, at) => `${from + at}/${protocol.toLowerCase()}`,
  );
}

/** Linux's signals (signal(7)), but for those of real time. */
const SIGNALS: readonly string[] = (
  "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP " +
  "SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ"
).split(" ");

/** A signal, as its number or its name with `SIG` in front. */
export function readSignal(raw: unknown, fault: Fault): string {
  const text = readText(typeof raw === "number" ? String(raw) : raw, fault);
  const number = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  if (number >= 1 && number <= 64) return String(number);
  const name = text.toUpperCase().replace(/^SIG/, "");
  if (SIGNALS.includes(name) || /^RTM(?:IN(?:\+\d{1,2})?|AX(?:-\d{1,2})?)$/.test(name)) {
    return `SIG${name}`;
  }
  throw fault(`expected a signal such as SIGTERM, found ${quoted(text)}`);
}

/** A capability in one of the forms that ko takes. */
export function readCapability(raw: unknown, fault: Fault): string {
  const text = readText(typeof raw === "number" ? String(raw) : raw, fault);
  fileCapabilities([text], (reason) => fault(printable(reason)));
  return text;
}

/** A reader of whole numbers in a range. */
export function readWhole(least: number, most: number): (raw: unknown, fault: Fault) => number {
  return (raw, fault) => {
    const written = typeof raw === "string" || typeof raw === "number" ? String(raw) : "";
    const value = /^\d{1,9}$/.test(written) ? Number(written) : NaN;
    if (value >= least && value <= most) return value;
    throw fault(`expected a whole number from ${least} to ${most}, found ${quoted(written)}`);
  };
}

function quoted(text: string): string {
  return printable(`"${text}"`, 100);
}
