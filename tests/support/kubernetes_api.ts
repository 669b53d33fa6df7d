// As much of a Kubernetes API server as kubectl needs to apply, create and delete Deployments and
// Services; it keeps what it is given and runs nothing.

/** An object as it was sent. */
export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: unknown;
}

/** A server that listens. */
export interface KubernetesApi extends AsyncDisposable {
  /** Its address. */
  readonly url: string;
  /** What is there, by `kind/name`. */
  readonly objects: ReadonlyMap<string, KubernetesObject>;
}

/** How a server behaves. */
export interface KubernetesApiOptions {
  /** Why it refuses whatever is sent to it; nothing is refused if not given. */
  readonly refuses?: string;
}

const RESOURCES: Readonly<Record<string, { readonly kind: string; readonly path: string }>> = {
  deployments: { kind: "Deployment", path: "/apis/apps/v1" },
  services: { kind: "Service", path: "/api/v1" },
};

const OBJECT = /^\/apis?\/(?:apps\/)?v1\/namespaces\/default\/([a-z]+)(?:\/([a-z0-9-]+))?$/;

/** Starts one on loopback. */
export function serveKubernetesApi({ refuses }: KubernetesApiOptions = {}): KubernetesApi {
  const objects = new Map<string, KubernetesObject>();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const known = discovery(pathname);
      if (known !== undefined) return Response.json(known);
      const [, plural = "", name] = OBJECT.exec(pathname) ?? [];
      const resource = RESOURCES[plural];
      if (resource === undefined) return refusal(404, "the server could not find the path");
      if (request.method !== "GET" && refuses !== undefined) return refusal(403, refuses);
      return await answer(request, objects, resource.kind, name);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    objects,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function answer(
  request: Request,
  objects: Map<string, KubernetesObject>,
  kind: string,
  name: string | undefined,
): Promise<Response> {
  if (request.method === "POST") {
    const object: KubernetesObject = await request.json();
    objects.set(`${kind}/${object.metadata.name}`, object);
    return Response.json(object, { status: 201 });
  }
  const key = `${kind}/${name}`;
  const object = objects.get(key);
  if (object === undefined) return refusal(404, `${key} not found`);
  if (request.method === "DELETE") objects.delete(key);
  return Response.json(object);
}

/** What kubectl asks first: which kinds there are, and where. */
function discovery(path: string): unknown {
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"] };
  if (path === "/apis") {
    const version = { groupVersion: "apps/v1", version: "v1" };
    const groups = [{ name: "apps", versions: [version], preferredVersion: version }];
    return { kind: "APIGroupList", apiVersion: "v1", groups };
  }
  const resources = Object.entries(RESOURCES).filter(([, resource]) => resource.path === path);
  if (resources.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: path.replace(/^\/apis?\//, ""),
    resources: resources.map(([name, { kind }]) => ({
      name,
      singularName: "",
      namespaced: true,
      kind,
      verbs: ["create", "delete", "get", "list", "patch"],
    })),
  };
}

function refusal(code: number, message: string): Response {
  const reason = code === 404 ? "NotFound" : "Forbidden";
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", message, reason, code };
  return Response.json(status, { status: code });
}
