// `deno task figures`: prints the figures of the code base; the caps themselves are lint rules.
// deno-lint-ignore-file no-console
import { formatSizes, sizes } from "./code_figures.ts";
import { filesBelow, ROOT, sources } from "./source_tree.ts";

const product = sizes(sources("src", "main.ts"));
const tests = sizes(sources("tests"));
const scripts = sizes(
  filesBelow("tests/scripts", (name) => name.endsWith(".txt"))
    .map((path) => ({ path, text: Deno.readTextFileSync(`${ROOT}${path}`) })),
);

console.log(formatSizes("product", product));
console.log(formatSizes("tests", tests));
console.log(formatSizes("scripts", scripts));
console.log(`tests to product, TypeScript alone: ${(tests.lines / product.lines).toFixed(2)}`);
