// Flags and environment as layers of settings.
import assert from "node:assert/strict";
import { envLayer, flagLayer } from "../../../src/config/layer.ts";

Deno.test("`flagLayer()` gives what commander parsed, under its long flag", () => {
  const layer = flagLayer({ ociLayout: "out", label: ["a=b"] });
  assert.equal(layer("ociLayout")?.raw, "out");
  assert.deepEqual(layer("ociLayout")?.origin, { kind: "flag", label: "--oci-layout" });
  assert.deepEqual(layer("label")?.raw, ["a=b"]);
  assert.equal(layer("image"), undefined);
});

Deno.test("`flagLayer()` understands commander's negated options", () => {
  const layer = flagLayer({ push: false, defaultFeatures: false });
  assert.equal(layer("noPush")?.raw, true);
  assert.equal(layer("noDefaultFeatures")?.raw, true);
  assert.equal(flagLayer({ push: true })("noPush"), undefined);
  assert.equal(flagLayer({ noPush: true })("noPush")?.raw, true);
});

Deno.test("`flagLayer()` does not take an object's own methods for options", () => {
  assert.equal(flagLayer({})("package"), undefined);
  assert.equal(flagLayer(Object.create({ image: "x" }))("image"), undefined);
});

Deno.test("`envLayer()` gives variables as they are and takes blank ones for unset", () => {
  const env: Readonly<Record<string, string>> = {
    KRUST_REPO: " ",
    KRUST_IMAGE: "",
    KRUST_LIBC: "gnu",
    LABEL: "a=b",
  };
  const layer = envLayer((name) => env[name]);
  assert.equal(layer("repo"), undefined);
  assert.equal(layer("image"), undefined);
  assert.equal(layer("label"), undefined);
  assert.equal(layer("libc")?.raw, "gnu");
  assert.deepEqual(layer("libc")?.origin, { kind: "env", label: "KRUST_LIBC" });
});
