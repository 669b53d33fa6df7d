// What goes wrong with a registry, as one error class that both ends of the wire use: the client makes
// it from a response, the memory registry throws it, the server writes it out again.
import * as v from "valibot";
import { type ErrorCode, type ErrorOptions, KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import { concat } from "../core/streams.ts";
import { refusalHelp } from "./refusal_help.ts";

/** Error codes of the distribution spec ("Error Codes"). */
export type SpecCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DENIED"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "TOOMANYREQUESTS"
  | "UNAUTHORIZED"
  | "UNSUPPORTED";

/** One entry of a registry's error body; a code that is not the spec's is kept as it is. */
export interface SpecError {
  /** What went wrong, for programs. */
  readonly code: string;
  /** What went wrong, for people; made printable. */
  readonly message: string;
}

/** What goes with a {@linkcode RegistryError}. */
export interface RegistryErrorOptions extends ErrorOptions {
  /** HTTP status; absent where there was no response. */
  readonly status?: number;
  /** The entries of the error body. */
  readonly errors?: readonly SpecError[];
  /** Whether the same may succeed when tried again. */
  readonly retryable?: boolean;
  /** Tries after which even a retryable failure is final, where that is fewer than usual. */
  readonly attempts?: number;
  /** Milliseconds after which the registry wants to be asked again. */
  readonly retryAfter?: number;
}

/** A registry's refusal, or the failure to reach it. */
export class RegistryError extends KrustError {
  /** HTTP status; undefined where there was no response. */
  readonly status: number | undefined;
  /** The entries of the error body. */
  readonly errors: readonly SpecError[];
  /** Whether the same may succeed when tried again. */
  readonly retryable: boolean;
  /** Tries after which the failure is final all the same. */
  readonly attempts: number;
  /** Milliseconds after which the registry wants to be asked again. */
  readonly retryAfter: number | undefined;

  /** Makes an error; see {@linkcode RegistryErrorOptions}. */
  constructor(code: ErrorCode, message: string, options: RegistryErrorOptions = {}) {
    const { status, errors = [], retryable = false, attempts = Infinity, retryAfter } = options;
    const facts: Record<string, string> = {};
    if (status !== undefined) facts["status"] = String(status);
    if (errors.length > 0) facts["errors"] = errors.map((error) => error.code).join(",");
    super(code, message, { ...options, details: { ...facts, ...options.details } });
    this.name = "RegistryError";
    this.status = status;
    this.errors = errors;
    this.retryable = retryable;
    this.attempts = attempts;
    this.retryAfter = retryAfter;
  }

  /** Whether the registry gave this code. */
  has(code: SpecCode): boolean {
    return this.errors.some((error) => error.code === code);
  }

  /** The same error with other options; its message stays unless a new one is given. */
  with(options: RegistryErrorOptions, message: string = this.message): RegistryError {
    return new RegistryError(this.code, message, {
      cause: this.cause,
      help: this.help,
      details: this.details,
      errors: this.errors,
      retryable: this.retryable,
      attempts: this.attempts,
      ...(this.status === undefined ? {} : { status: this.status }),
      ...(this.retryAfter === undefined ? {} : { retryAfter: this.retryAfter }),
      ...options,
    });
  }
}

/** A refusal in the spec's own terms, as a registry makes it. */
export function refusal(status: number, code: SpecCode, message: string): RegistryError {
  return new RegistryError(codeOf(status), message, { status, errors: [{ code, message }] });
}

/** The code of the error that an HTTP status stands for. */
function codeOf(status: number): ErrorCode {
  if (status === 401) return "auth-required";
  return status === 403 ? "auth-denied" : "registry-rejected";
}

/** What was asked of which registry, for messages. */
export interface Attempt {
  /** What is done, with host and repository: `push to ghcr.io/a/b of blob sha256:…`. */
  readonly label: string;
  /** The registry as references name it, for advice. */
  readonly host: string;
}

/** How much of an error body is read, in bytes. */
export const ERROR_BODY_LIMIT = 64 * 1024;

/** Statuses after which the same request may succeed: the rule of the peers, less what says "never". */
export function isRetryableStatus(status: number): boolean {
  if (status === 408 || status === 429 || status === 499) return true;
  return status >= 500 && status !== 501 && status !== 505 && status !== 507;
}

/** What a registry was shown of the user's credentials. */
export type Standing =
  | { readonly kind: "anonymous" }
  /** They were shown; `source` says where they came from. */
  | { readonly kind: "shown"; readonly source: string }
  /** There are some, but they may not be sent over plain HTTP. */
  | { readonly kind: "withheld"; readonly source: string };

/** Circumstances of a response that is an error. */
export interface ResponseErrorOptions {
  /** The time, in milliseconds since 1970. */
  readonly now: number;
  /** What was shown. */
  readonly standing: Standing;
  /**
   * The host that answered, where that is not the registry: its 401 and 403 are about a signed address,
   * not about the user's credentials.
   */
  readonly foreign?: string;
  /** The code where the status alone does not decide it. */
  readonly code?: ErrorCode;
  /** The repository that was asked about, for advice. */
  readonly repository?: string;
}

/**
 * The error for a response that is not the one hoped for; its body is read (64 KiB at most) and
 * cancelled.
 */
export async function responseError(
  response: Response,
  attempt: Attempt,
  options: ResponseErrorOptions,
): Promise<RegistryError> {
  const { status } = response;
  const errors = readErrors(await readSome(response, ERROR_BODY_LIMIT));
  const told = errors
    .map(({ code, message }) =>
      message === "" ? code : code === "" ? message : `${code}: ${message}`
    )
    .join("; ");
  const retryAfter = status === 429 || status === 503
    ? parseRetryAfter(response.headers.get("retry-after"), options.now)
    : undefined;
  const { foreign, standing } = options;
  const named = errors.filter((error) => error.code !== "");
  const own = codeOf(status);
  return new RegistryError(
    foreign !== undefined || own === "registry-rejected"
      ? options.code ?? "registry-rejected"
      : own,
    foreign === undefined
      ? `${prefix(status, attempt, standing)}${attempt.label}: HTTP ${status}`
      : `${attempt.label}: HTTP ${status} from ${foreign}`,
    {
      status,
      errors: named,
      retryable: isRetryableStatus(status),
      help: foreign === undefined
        ? refusalHelp({ status, errors, attempt, standing, ...ofRepository(options) })
        : [],
      ...(told === "" ? {} : { cause: new Error(printable(told)) }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    },
  );
}

function ofRepository({ repository }: ResponseErrorOptions): { readonly repository?: string } {
  return repository === undefined ? {} : { repository };
}

function prefix(status: number, attempt: Attempt, standing: Standing): string {
  if (status === 401) {
    return standing.kind === "shown"
      ? `credentials from ${printable(standing.source)} refused: `
      : "credentials required: ";
  }
  if (status === 403) return "denied: ";
  return status === 429 ? `rate limited by ${attempt.host}: ` : "";
}

/** What servers answer in plain HTTP on a port where they want TLS (Go's, nginx's, Apache's words). */
export const SPEAKS_TLS =
  /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL/i;

/**
 * What an error's `detail` says in words, as GitLab and Artifactory have it, where the message says no more
 * than the code (ocx-sh/ocx#480, GoogleContainerTools/kaniko#1095). Lists and other objects are for programs.
 */
function readDetail(detail: unknown): string {
  const parsed = v.safeParse(detailSchema, detail);
  return parsed.success ? parsed.output : "";
}

const detailSchema = v.union([
  v.string(),
  v.pipe(v.object({ description: v.string() }), v.transform(({ description }) => description)),
]);

function joined(message: string, detail: string): string {
  return detail === "" || message.includes(detail) ? message : `${message} (${detail})`;
}

const bodySchema = v.union([
  v.pipe(
    v.object({
      errors: v.array(v.object({
        code: v.optional(v.string(), ""),
        message: v.optional(v.nullable(v.string()), ""),
        detail: v.optional(v.unknown()),
      })),
    }),
    v.transform(({ errors }) =>
      errors.map(({ code, message, detail }) => ({
        code,
        message: joined(message ?? "", readDetail(detail)),
      }))
    ),
  ),
  // Token servers: OAuth 2.0 (RFC 6749 5.2), and Docker Hub's own form.
  v.pipe(
    v.object({ error: v.string(), error_description: v.optional(v.string(), "") }),
    v.transform(({ error, error_description }) => [{ code: error, message: error_description }]),
  ),
  v.pipe(
    v.object({ details: v.string() }),
    v.transform(({ details }) => [{ code: "", message: details }]),
  ),
]);

/** The entries of an error body; text that is no such body becomes one entry without a code. */
export function readErrors(text: string): readonly SpecError[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A proxy's page of HTML says nothing that the status does not.
    const plain = /^\s*</.test(text) ? "" : printable(text);
    return plain === "" ? [] : [{ code: "", message: plain }];
  }
  const result = v.safeParse(bodySchema, value);
  if (!result.success) return [];
  return result.output.slice(0, 8).map(({ code, message }) => ({
    code: printable(code, 60),
    message: printable(message),
  }));
}

/** The start of a response's body as text; the rest is cancelled, a body that breaks off is as it is. */
export async function readSome(response: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      // Copied: a chunk of a byte may hold on to the 64 KiB that it was read into.
      chunks.push(chunk.slice(0, limit - size));
      size += Math.min(chunk.length, limit - size);
      if (size >= limit) break;
    }
  } catch {
    // What came is all there is to say about a request that has failed already.
  }
  return new TextDecoder().decode(concat(chunks, size));
}

/** Longest wait that a registry can ask for, in milliseconds. */
export const RETRY_AFTER_LIMIT = 60_000;

/**
 * Milliseconds that `Retry-After` asks to wait (RFC 9110 10.2.3), at most a minute; undefined for a
 * moment in the past and for what is neither seconds nor a date (Docker Hub has sent a unix time as
 * seconds: docker/hub-feedback#2459).
 *
 * @param now milliseconds since 1970.
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  const wait = /^\d+$/.test(text)
    ? Number(text) > 1e9 ? NaN : Number(text) * 1000
    : /^[A-Za-z]{3},? /.test(text)
    ? Date.parse(text) - now
    : NaN;
  return wait >= 0 ? Math.min(wait, RETRY_AFTER_LIMIT) : undefined;
}
