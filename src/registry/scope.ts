// Access scopes of the token protocol (distribution's "Token Scope Documentation"): `type:name:actions`.

/** The scope of a pull from a repository. */
export function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

/** The scope of a push to a repository; a push looks before it sends, so it pulls too. */
export function pushScope(repository: string): string {
  return `repository:${repository}:pull,push`;
}

/** The scopes in a challenge's `scope`, which separates them with spaces. */
export function splitScopes(text: string): readonly string[] {
  return text.split(" ").filter((scope) => scope !== "");
}

/**
 * All scopes of several lists, those of one resource joined into one, in the order in which resources
 * and actions first appear: the first resource is the one that a credential is looked up for.
 */
export function mergeScopes(...lists: readonly (readonly string[])[]): readonly string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of lists.flat()) {
    const { resource, actions: more } = readScope(scope);
    const known = actions.get(resource) ?? new Set();
    for (const action of more) known.add(action);
    actions.set(resource, known);
  }
  return [...actions].map(([resource, set]) =>
    set.size === 0 ? resource : `${resource}:${[...set].join(",")}`
  );
}

/** A scope taken apart at its last colon: the resource's name may hold a host with a port. */
export function readScope(
  scope: string,
): { readonly resource: string; readonly actions: readonly string[] } {
  const colon = scope.lastIndexOf(":");
  if (colon === -1 || scope.indexOf(":") === colon) return { resource: scope, actions: [] };
  return {
    resource: scope.slice(0, colon),
    actions: scope.slice(colon + 1).split(",").filter((action) => action !== ""),
  };
}
