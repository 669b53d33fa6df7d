// The rules of the house that a syntax tree can show, for `deno lint` and `tests/unit/house/`.
// Which files a rule is for is decided here, by path from the project's root.
import { lineCount } from "./code_figures.ts";
import { ROOT } from "./source_tree.ts";

/** Lines a file may have. */
export const FILE_LINES = 400;

/** Lines a function may have. */
export const FUNCTION_LINES = 60;

/** Members of `Deno` that are the process's own: `Host` hands on what the rest needs of them. */
const PROCESS_MEMBERS: ReadonlySet<string> = new Set([
  "addSignalListener",
  "args",
  "chdir",
  "Command",
  "consoleSize",
  "cwd",
  "env",
  "exit",
  "exitCode",
  "kill",
  "removeSignalListener",
  "stderr",
  "stdin",
  "stdout",
]);

/** Node's doors to the same things. */
const PROCESS_MODULES = /^node:(child_process|console|os|process|readline(\/promises)?)$/;

/** The program, and the two files that the real `Host` is made of. */
const DOORS: ReadonlySet<string> = new Set(["main.ts", "src/core/host.ts", "src/core/run.ts"]);

const FACADES: ReadonlySet<string> = new Set(["src/mod.ts", "src/testing.ts"]);

const BIN_NAME = /^(utils?|helpers?|common|types|misc|shared|lib)\.ts$/;

const INSTEAD = "take it from the Host that is passed in (src/core/host.ts)";

type Node = Deno.lint.Node;
type Context = Deno.lint.RuleContext;

function fromRoot(filename: string): string {
  return filename.startsWith(ROOT) ? filename.slice(ROOT.length) : filename;
}

function isProduct(path: string): boolean {
  return path === "main.ts" || path.startsWith("src/");
}

function isName(node: Node, name: string): boolean {
  return node.type === "Identifier" && node.name === name;
}

/** Whether an expression is the global `name`, plain or through `globalThis`. */
function isGlobal(node: Node, name: string): boolean {
  return isName(node, name) || node.type === "MemberExpression" &&
      isName(node.object, "globalThis") && memberName(node) === name;
}

function memberName(node: Deno.lint.MemberExpression): string | undefined {
  const { property } = node;
  if (!node.computed && property.type === "Identifier") return property.name;
  return property.type === "Literal" && typeof property.value === "string"
    ? property.value
    : undefined;
}

/** Names that a destructuring pattern takes out of an object. */
function takenNames(pattern: Node): readonly string[] {
  if (pattern.type !== "ObjectPattern") return [];
  return pattern.properties.flatMap((property) =>
    property.type === "Property" && property.key.type === "Identifier" ? [property.key.name] : []
  );
}

/** What `object.name` reaches for that belongs to the process, if anything. */
function processMember(object: Node, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (isGlobal(object, "Deno") && PROCESS_MEMBERS.has(name)) return `Deno.${name}`;
  if (isGlobal(object, "console")) return `console.${name}`;
  if (isGlobal(object, "Date") && name === "now") return "Date.now";
  if (isGlobal(object, "Math") && name === "random") return "Math.random";
  return undefined;
}

function processVisitor(context: Context): Deno.lint.LintVisitor {
  const path = fromRoot(context.filename);
  if (!isProduct(path) || DOORS.has(path)) return {};
  const report = (node: Node, what: string | undefined): void => {
    if (what !== undefined) {
      context.report({ node, message: `${what} is the process's own`, hint: INSTEAD });
    }
  };
  return {
    MemberExpression(node): void {
      report(node, processMember(node.object, memberName(node)));
    },
    VariableDeclarator(node): void {
      if (node.init === null) return;
      for (const name of takenNames(node.id)) report(node, processMember(node.init, name));
    },
    NewExpression(node): void {
      if (isGlobal(node.callee, "Date") && node.arguments.length === 0) report(node, "new Date()");
    },
    CallExpression(node): void {
      if (isGlobal(node.callee, "Date")) report(node, "Date()");
    },
    ImportDeclaration(node): void {
      if (PROCESS_MODULES.test(node.source.value)) report(node, node.source.value);
    },
  };
}

function fileVisitor(context: Context): Deno.lint.LintVisitor {
  const path = fromRoot(context.filename);
  return {
    Program(node): void {
      const text = context.sourceCode.text;
      const report = (message: string): void => context.report({ node, message });
      // The name of a test file says it all: it is about the file of that name.
      if (!path.endsWith("_test.ts") && !/^(#!.*\n)?\/[/*]/.test(text)) {
        report("a file opens with a comment: what it is for, and its invariant");
      }
      const lines = lineCount(text);
      if (lines > FILE_LINES) report(`${lines} lines; a file may have ${FILE_LINES}`);
      if (BIN_NAME.test(path.split("/").pop() ?? "")) {
        report("a file is named for its one idea, not for being a bin");
      }
    },
  };
}

function functionVisitor(context: Context): Deno.lint.LintVisitor {
  // A contract is a function that lists tests: as long as there are promises to keep.
  if (fromRoot(context.filename).startsWith("tests/contract/")) return {};
  const check = (node: Node): void => {
    const lines = lineCount(context.sourceCode.getText(node));
    if (lines > FUNCTION_LINES) {
      const message = `${lines} lines; a function may have ${FUNCTION_LINES}`;
      context.report({ node, message });
    }
  };
  return {
    FunctionDeclaration: check,
    FunctionExpression: check,
    ArrowFunctionExpression: check,
  };
}

function facadeVisitor(context: Context): Deno.lint.LintVisitor {
  if (!FACADES.has(fromRoot(context.filename))) return {};
  return {
    Program(program): void {
      for (const node of program.body) {
        const passesOn = node.type === "ExportAllDeclaration" ||
          (node.type === "ExportNamedDeclaration" && node.source !== null);
        if (!passesOn) context.report({ node, message: "a public entry point only re-exports" });
      }
    },
  };
}

const plugin: Deno.lint.Plugin = {
  name: "krust",
  rules: {
    "process-through-host": { create: processVisitor },
    "file-form": { create: fileVisitor },
    "function-length": { create: functionVisitor },
    "facade-re-exports": { create: facadeVisitor },
  },
};

// The one default export of the project: `deno lint` takes a plugin from nothing else.
export default plugin;
