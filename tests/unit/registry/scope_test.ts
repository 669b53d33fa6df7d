// Scopes: written, read, and joined without losing any.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  mergeScopes,
  pullScope,
  pushScope,
  readScope,
  splitScopes,
} from "../../../src/registry/scope.ts";

Deno.test("`mergeScopes()` joins the actions of one resource, the first resource first", () => {
  assert.deepEqual(
    mergeScopes(
      [pushScope("app"), pullScope("base")],
      splitScopes("repository:base:pull,push  repository:app:pull registry:catalog:*"),
    ),
    ["repository:app:pull,push", "repository:base:pull,push", "registry:catalog:*"],
  );
});

Deno.test("`mergeScopes()` keeps a scope that it cannot read", () => {
  assert.deepEqual(mergeScopes(["openid"], ["openid", "a:b"]), ["openid", "a:b"]);
});

Deno.test("`readScope()` takes colons in the resource's name", () => {
  assert.deepEqual(readScope("repository:host:5000/a:pull,push"), {
    resource: "repository:host:5000/a",
    actions: ["pull", "push"],
  });
});

Deno.test("`mergeScopes()` changes nothing the second time", () => {
  const scope = fc.stringMatching(/^[a-c]{1,2}:[a-c/]{1,3}:[a-c,]{1,4}$/);
  fc.assert(fc.property(fc.array(scope), (scopes) => {
    const once = mergeScopes(scopes);
    assert.deepEqual(mergeScopes(once, scopes), once);
  }));
});
