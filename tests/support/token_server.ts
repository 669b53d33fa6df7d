// A token server as distribution wants one (its "Token Authentication Specification"): users with
// scopes, tokens that are JWTs, signed with a key whose certificate an authority has signed.
import type { Certificate } from "./certificates.ts";
import type { TokenIssuer } from "./registry_server.ts";

/** What somebody may do: actions by repository; a name that ends in `/` is for all below it. */
export type Grants = Readonly<Record<string, readonly string[]>>;

/** A user of a token server. */
export interface TokenUser {
  readonly password: string;
  /** A refresh token that stands for the user (docker's `identitytoken`). */
  readonly refreshToken?: string;
  readonly grants: Grants;
}

/** Options of {@linkcode startTokenServer}. */
export interface TokenServerOptions {
  /** Users by name. */
  readonly users: Readonly<Record<string, TokenUser>>;
  /** What anybody may do. */
  readonly anonymous?: Grants;
  /** What tokens are signed with: a P-256 key in PKCS #8, and its certificate. */
  readonly signer: Certificate;
  /** PEM file of the authority that signed the signer's certificate. */
  readonly authority: string;
  /** What it shows for TLS; plain HTTP if not given. */
  readonly tls?: Certificate;
}

/** A token server that runs. */
export interface TokenServer extends AsyncDisposable {
  /** What a registry has to know of it. */
  readonly issuer: TokenIssuer;
  /** Which scopes were asked for by whom, in order: `alice repository:team/app:pull`. */
  readonly asked: readonly string[];
}

const ISSUER = "krust's tests";
const SERVICE = "a registry under test";
const LIFETIME = 300;

/** Starts a token server on a port of its own. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const sign = await signing(options.signer);
  const asked: string[] = [];
  const listening = { hostname: "127.0.0.1", port: 0, onListen: (): void => {} };
  const tls = options.tls === undefined ? {} : {
    cert: await Deno.readTextFile(options.tls.cert),
    key: await Deno.readTextFile(options.tls.key),
  };
  const server = Deno.serve({ ...listening, ...tls }, async (request) => {
    const asking = await readAsking(request, options);
    if (asking === undefined) {
      const challenge = { "www-authenticate": 'Basic realm="tokens"' };
      return Response.json({ details: "wrong user or password" }, {
        status: 401,
        headers: challenge,
      });
    }
    asked.push(...asking.scopes.map((scope) => `${asking.user} ${scope}`));
    const token = await sign(asking.user, asking.scopes.flatMap((scope) => allowed(scope, asking)));
    return Response.json({ token, access_token: token, expires_in: LIFETIME });
  });
  const scheme = options.tls === undefined ? "http" : "https";
  return {
    asked,
    issuer: {
      realm: `${scheme}://127.0.0.1:${server.addr.port}/token`,
      issuer: ISSUER,
      service: SERVICE,
      rootcertbundle: options.authority,
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

interface Asking {
  /** The empty name is anybody. */
  readonly user: string;
  readonly grants: Grants;
  readonly scopes: readonly string[];
}

/** Who asks for what; undefined where it is not who it says. */
async function readAsking(
  request: Request,
  { users, anonymous = {} }: TokenServerOptions,
): Promise<Asking | undefined> {
  const form = request.method === "POST" ? await request.formData() : undefined;
  const query = form ?? new URL(request.url).searchParams;
  const scopes = query.getAll("scope").flatMap((scope) => String(scope).split(" "));
  const basic = readBasic(request.headers.get("authorization"));
  if (form === undefined && basic === undefined) return { user: "", grants: anonymous, scopes };
  const found = Object.entries(users).find(([name, { password, refreshToken }]) =>
    form === undefined
      ? basic === `${name}:${password}`
      : refreshToken !== undefined && form.get("refresh_token") === refreshToken
  );
  return found === undefined ? undefined : { user: found[0], grants: found[1].grants, scopes };
}

function readBasic(header: string | null): string | undefined {
  const [, encoded] = /^Basic (\S+)$/.exec(header ?? "") ?? [];
  return encoded === undefined
    ? undefined
    : new TextDecoder().decode(Uint8Array.fromBase64(encoded));
}

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** What of a scope somebody gets: only what was asked for, and only what is theirs. */
function allowed(scope: string, { grants }: Asking): readonly Access[] {
  const [, type, name, actions] = /^(\w+):(.+):([\w*,]+)$/.exec(scope) ?? [];
  if (type !== "repository" || name === undefined || actions === undefined) return [];
  const granted = Object.entries(grants).flatMap(([place, actions]) =>
    place === name || (place.endsWith("/") && name.startsWith(place)) ? actions : []
  );
  return [{ type, name, actions: actions.split(",").filter((one) => granted.includes(one)) }];
}

/** Makes tokens: JWS of ES256 whose header carries the certificate (RFC 7515, `x5c`). */
async function signing(
  { cert, key }: Certificate,
): Promise<(user: string, access: readonly Access[]) => Promise<string>> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const privateKey = await crypto.subtle.importKey(
    "pkcs8",
    Uint8Array.fromBase64(await readPem(key)),
    algorithm,
    false,
    ["sign"],
  );
  const header = encode({ typ: "JWT", alg: "ES256", x5c: [await readPem(cert)] });
  return async (user, access) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = encode({
      iss: ISSUER,
      sub: user,
      aud: SERVICE,
      // Clocks may differ a little; these are on one machine, but distribution compares strictly.
      nbf: now - 10,
      iat: now,
      exp: now + LIFETIME,
      jti: crypto.randomUUID(),
      access,
    });
    const signed = new TextEncoder().encode(`${header}.${claims}`);
    const made = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, signed);
    return `${header}.${claims}.${base64url(new Uint8Array(made))}`;
  };
}

/** What a PEM file holds first, in base64. */
async function readPem(path: string): Promise<string> {
  const [, body = ""] =
    /-----BEGIN [^-]+-----([^-]+)-----END/.exec(await Deno.readTextFile(path)) ??
      [];
  return body.replace(/\s/g, "");
}

function encode(value: unknown): string {
  return base64url(new TextEncoder().encode(JSON.stringify(value)));
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
