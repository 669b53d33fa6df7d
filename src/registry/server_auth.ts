// Who may do what on a served registry: passwords at the registry itself (Basic), or tokens of a token
// server that it brings along (Bearer), with scopes enforced for each request.
import type { Endpoint } from "./endpoints.ts";
import { formatEndpoint } from "./endpoints.ts";
import { refusal } from "./errors.ts";
import { pullScope, readScope } from "./scope.ts";
import { errorResponse } from "./server_message.ts";

/** Passwords by user name. */
export type Users = Readonly<Record<string, string>>;

/** Tells whether a password is a user's. */
export type CheckPassword = (user: string, password: string) => boolean | Promise<boolean>;

/** How a served registry asks for credentials. */
export type ServerAuth =
  | { readonly basic: Users | CheckPassword }
  | { readonly bearer: BearerAuth };

/** Tokens instead of passwords. */
export interface BearerAuth {
  /** Who may have tokens for everything. */
  readonly users: Users;
  /** The token server's address as the challenge gives it; `/token` of the registry if not given. */
  readonly realm?: string;
  /** Whether anybody may have tokens to pull. */
  readonly anonymousPull?: boolean;
  /** User names by the refresh token that stands for them. */
  readonly refreshTokens?: Readonly<Record<string, string>>;
  /** What a token server's answer says of a token's life, in seconds; 300 if not given. */
  readonly lifetime?: number;
}

/** Lets requests through or not. */
export interface Gate {
  /** Path at which tokens are given; undefined where there are none. */
  readonly tokenPath: string | undefined;
  /** Answers a request for a token. */
  token(request: Request, url: URL): Promise<Response>;
  /** The refusal of a request; undefined where it may pass. */
  refuse(request: Request, url: URL, endpoint: Endpoint): Promise<Response | undefined>;
}

/** A gate of the given kind. */
export function openGate(auth: ServerAuth): Gate {
  return "basic" in auth ? basicGate(auth.basic) : new BearerGate(auth.bearer);
}

function basicGate(basic: Users | CheckPassword): Gate {
  const check = typeof basic === "function" ? basic : checkOf(basic);
  return {
    tokenPath: undefined,
    token: () => Promise.reject(refusal(404, "UNSUPPORTED", "there are no tokens here")),
    refuse: async (request) =>
      await readUser(request, check) === undefined
        ? unauthorized(request, `Basic realm="registry",charset="UTF-8"`)
        : undefined,
  };
}

function checkOf(users: Users): CheckPassword {
  return (user, password) => Object.hasOwn(users, user) && users[user] === password;
}

/** The user that a request's Basic credentials are of; undefined where there are none or they are wrong. */
async function readUser(request: Request, check: CheckPassword): Promise<string | undefined> {
  const [, encoded] = /^basic +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (encoded === undefined) return undefined;
  let pair: string;
  try {
    pair = new TextDecoder().decode(Uint8Array.fromBase64(encoded));
  } catch {
    return undefined;
  }
  const colon = pair.indexOf(":");
  if (colon === -1) return undefined;
  const user = pair.slice(0, colon);
  return await check(user, pair.slice(colon + 1)) ? user : undefined;
}

/** A gate that opens to tokens which it gives itself. */
class BearerGate implements Gate {
  readonly tokenPath = "/token";
  readonly #auth: BearerAuth;
  /** Scopes granted, by token. */
  readonly #granted = new Map<string, readonly string[]>();

  constructor(auth: BearerAuth) {
    this.#auth = auth;
  }

  async token(request: Request, url: URL): Promise<Response> {
    const asked = request.method === "POST" ? await request.formData() : url.searchParams;
    const user = request.method === "POST" ? this.#refreshing(asked) : await this.#asking(request);
    if (user === undefined) return unauthorized(request, `Basic realm="token"`);
    const scopes = asked.getAll("scope").flatMap((scope) => String(scope).split(" "));
    const token = crypto.randomUUID();
    this.#granted.set(token, scopes.flatMap((scope) => this.#grant(scope, user)));
    return Response.json({
      token,
      access_token: token,
      expires_in: this.#auth.lifetime ?? 300,
    });
  }

  async refuse(request: Request, url: URL, endpoint: Endpoint): Promise<Response | undefined> {
    const [, token] = /^bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
    const granted = token === undefined ? undefined : this.#granted.get(token);
    const needed = neededScopes(endpoint);
    if (granted !== undefined && needed.every((scope) => covers(granted, scope))) return undefined;
    const realm = this.#auth.realm ?? new URL(this.tokenPath, url).href;
    const challenge = [
      `Bearer realm="${realm}"`,
      `service="${url.host}"`,
      ...(needed.length === 0 ? [] : [`scope="${needed.join(" ")}"`]),
      ...(granted === undefined ? [] : [`error="insufficient_scope"`]),
    ];
    return unauthorized(request, challenge.join(","));
  }

  /** Makes every token given so far worthless. */
  revoke(): void {
    this.#granted.clear();
  }

  /** The user who asks; the empty name stands for anybody. */
  async #asking(request: Request): Promise<string | undefined> {
    if (!request.headers.has("authorization")) return "";
    return await readUser(request, checkOf(this.#auth.users));
  }

  #refreshing(form: FormData | URLSearchParams): string | undefined {
    const tokens = this.#auth.refreshTokens ?? {};
    const token = String(form.get("refresh_token"));
    return form.get("grant_type") === "refresh_token" && Object.hasOwn(tokens, token)
      ? tokens[token]
      : undefined;
  }

  /** What of a scope a user gets. */
  #grant(scope: string, user: string): readonly string[] {
    if (user !== "") return [scope];
    const { resource, actions } = readScope(scope);
    const open = this.#auth.anonymousPull === true && actions.includes("pull");
    return open ? [`${resource}:pull`] : [];
  }
}

/** The scopes that a request needs. */
function neededScopes(endpoint: Endpoint): readonly string[] {
  if (endpoint.kind === "ping") return [];
  if (endpoint.kind === "list-repositories") return ["registry:catalog:*"];
  const { repository } = endpoint;
  if (endpoint.kind === "delete-blob" || endpoint.kind === "delete-manifest") {
    return [`repository:${repository}:delete`];
  }
  if (endpoint.kind === "mount-blob") {
    return [`repository:${repository}:pull,push`, pullScope(endpoint.from)];
  }
  const { method } = formatEndpoint(endpoint);
  const reads = (method === "GET" || method === "HEAD") && endpoint.kind !== "get-upload";
  return [reads ? pullScope(repository) : `repository:${repository}:pull,push`];
}

/** Whether granted scopes hold all of another. */
function covers(granted: readonly string[], scope: string): boolean {
  const { resource, actions } = readScope(scope);
  const have = new Set(
    granted.map(readScope).filter((given) => given.resource === resource)
      .flatMap((given) => given.actions),
  );
  return actions.every((action) => have.has(action));
}

function unauthorized(request: Request, challenge: string): Response {
  const refused = errorResponse(
    refusal(401, "UNAUTHORIZED", "authentication required"),
    request.method,
  );
  refused.headers.set("www-authenticate", challenge);
  return refused;
}
