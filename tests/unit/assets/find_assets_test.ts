// Assets on disk: what is taken of files, folders and patterns, and what never is.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import type { Asset } from "../../../src/assets/asset.ts";
import { findAssets } from "../../../src/assets/find_assets.ts";
import { KrustError } from "../../../src/core/error.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

/** Files by path below a folder: content, `-> target` of a link, or an object for an empty folder. */
type Tree = Readonly<Record<string, string>>;

interface Place {
  /** The project. */
  readonly project: string;
  /** A folder beside it. */
  readonly outside: string;
}

async function inProject(tree: Tree, work: (place: Place) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const top = await Deno.realPath(folder);
    const place = { project: join(top, "project"), outside: join(top, "outside") };
    await Deno.mkdir(place.project);
    await Deno.mkdir(place.outside);
    await Deno.writeTextFile(join(place.outside, "secret"), "secret");
    for (const [name, content] of Object.entries(tree)) {
      const path = join(place.project, name);
      await Deno.mkdir(name.endsWith("/") ? path : dirname(path), { recursive: true });
      if (content.startsWith("-> ")) await Deno.symlink(content.slice(3), path);
      else if (!name.endsWith("/")) await Deno.writeTextFile(path, content);
    }
    await work(place);
  });
}

function asset({ project }: Place, source: string, more: Partial<Asset> = {}): Asset {
  return {
    label: `--asset ${source}`,
    source: join(project, source),
    destination: "/d",
    namedBy: "user",
    ...more,
  };
}

/** What is found, a line each: path, mode and size of files; the path of a folder with a `/`. */
async function listed(place: Place, ...assets: readonly Asset[]): Promise<readonly string[]> {
  return (await findAssets(assets, place)).map((one) =>
    one.type === "directory" ? `${one.path}/` : `${one.path} ${one.mode.toString(8)} ${one.size}`
  );
}

async function refusal(place: Place, ...assets: readonly Asset[]): Promise<KrustError> {
  try {
    await findAssets(assets, place);
  } catch (error) {
    assert.ok(error instanceof KrustError, String(error));
    return error;
  }
  assert.fail("nothing was refused");
}

const SITE: Tree = {
  "www/index.html": "12",
  "www/css/a.css": "1",
  "www/css/b.css": "",
  "www/.hidden": "1",
  "www/empty/": "",
  "www/js/deep/c.js": "123",
  "motd": "hello",
};

Deno.test("`findAssets()` takes a folder's content, hidden and empty things too", async () => {
  await inProject(SITE, async (place) => {
    assert.deepEqual(await listed(place, asset(place, "www", { destination: "/srv/www/" })), [
      "/srv/www/.hidden 644 1",
      "/srv/www/css/a.css 644 1",
      "/srv/www/css/b.css 644 0",
      "/srv/www/empty/",
      "/srv/www/index.html 644 2",
      "/srv/www/js/deep/c.js 644 3",
    ]);
  });
});

Deno.test("`findAssets()` puts a file at its destination, or into it where that ends with /", async () => {
  await inProject(SITE, async (place) => {
    assert.deepEqual(await listed(place, asset(place, "motd", { destination: "/etc/m" })), [
      "/etc/m 644 5",
    ]);
    assert.deepEqual(await listed(place, asset(place, "motd", { destination: "/etc/" })), [
      "/etc/motd 644 5",
    ]);
  });
});

const PATTERNS: readonly (readonly [pattern: string, found: readonly string[]])[] = [
  ["www/css/*.css", ["/d/a.css", "/d/b.css"]],
  ["www/*/*.css", ["/d/css/a.css", "/d/css/b.css"]],
  ["www/**/*.{css,js}", ["/d/css/a.css", "/d/css/b.css", "/d/js/deep/c.js"]],
  ["www/**", ["/d/css/a.css", "/d/css/b.css", "/d/index.html", "/d/js/deep/c.js"]],
  ["www/j*", ["/d/js/deep/c.js"]],
  ["www/.h*", ["/d/.hidden"]],
  ["m*", ["/d/motd"]],
];

for (const [pattern, found] of PATTERNS) {
  Deno.test(`\`findAssets()\` takes what ${pattern} matches`, async () => {
    await inProject(SITE, async (place) => {
      const lines = await listed(place, asset(place, pattern));
      assert.deepEqual(lines.map((line) => line.split(" ")[0]), found);
    });
  });
}

Deno.test("`findAssets()` takes a file whose name looks like a pattern for itself", async () => {
  await inProject({ "a[1].txt": "1", "a1.txt": "22" }, async (place) => {
    assert.deepEqual(await listed(place, asset(place, "a[1].txt")), ["/d 644 1"]);
  });
});

Deno.test("`findAssets()` gives executable files 0755, the others 0644, and all the mode asked for", async () => {
  await inProject({ "bin/run": "", "bin/data": "" }, async (place) => {
    await Deno.chmod(join(place.project, "bin/run"), 0o4710);
    await Deno.chmod(join(place.project, "bin/data"), 0o666);
    assert.deepEqual(await listed(place, asset(place, "bin")), ["/d/data 644 0", "/d/run 755 0"]);
    assert.deepEqual(await listed(place, asset(place, "bin", { mode: 0o440 })), [
      "/d/data 440 0",
      "/d/run 440 0",
    ]);
  });
});

Deno.test("`findAssets()` follows links within the project", async () => {
  await inProject({
    "shared/logo": "123",
    "www/logo": "-> ../shared/logo",
    "www/all": "-> ../shared",
  }, async (place) => {
    const expected = ["/d/all/logo 644 3", "/d/logo 644 3"];
    assert.deepEqual(await listed(place, asset(place, "www")), expected);
    assert.deepEqual(await listed(place, asset(place, "www", { namedBy: "project" })), expected);
  });
});

const GUARDED: readonly (readonly [how: string, tree: Tree, source: string])[] = [
  ["a file in a folder", { "www/x": "-> ../../outside/secret" }, "www"],
  ["a folder in a folder", { "www/x": "-> ../../outside" }, "www"],
  ["a link of a link", { "www/x": "-> y", "www/y": "-> ../../outside/secret" }, "www"],
  ["what a pattern matches", { "www/x": "-> ../../outside/secret" }, "www/*"],
  ["a folder on a pattern's way", { "www/x": "-> ../../outside" }, "www/*/secret"],
  ["a file of the system", { "www/x": "-> /etc/passwd" }, "www"],
];

for (const [how, tree, source] of GUARDED) {
  Deno.test(`\`findAssets()\` refuses a link that leads outside: ${how}`, async () => {
    await inProject(tree, async (place) => {
      for (const namedBy of ["user", "project"] as const) {
        const { code, message, exitStatus } = await refusal(
          place,
          asset(place, source, { namedBy }),
        );
        assert.equal(code, "asset-refused");
        assert.equal(exitStatus, 7);
        assert.match(message, /"[^"]*\/www\/[xy]" leads outside of the project/);
        assert.match(message, /to "(?:\/etc\/passwd|[^"]*\/outside(?:\/secret)?)"$/);
      }
    });
  });
}

Deno.test("`findAssets()` lets a user, but no project, name a link to anywhere", async () => {
  await inProject({ "krustdata": "-> ../outside" }, async (place) => {
    assert.deepEqual(await listed(place, asset(place, "krustdata")), ["/d/secret 644 6"]);
    const { code, message } = await refusal(
      place,
      asset(place, "krustdata", { namedBy: "project", optional: true }),
    );
    assert.equal(code, "asset-refused");
    assert.match(message, /krustdata" leads outside of the project: to ".*\/outside"$/);
  });
});

const BROKEN: readonly (readonly [what: string, tree: Tree, message: RegExp])[] = [
  ["leads nowhere", { "www/x": "-> gone" }, /the link ".*\/www\/x" leads nowhere: "gone"$/],
  ["leads into itself", { "www/x": "-> x" }, /the link ".*\/www\/x" leads nowhere: "x"$/],
  ["leads above itself", { "www/a/x": "-> .." }, /the link ".*\/www\/a\/x" leads to ".*\/www"/],
  [
    "goes round with another",
    { "www/a/x": "-> ../b", "www/b/y": "-> ../a" },
    /the link ".*\/www\/b\/y" leads to ".*\/www\/a", which it is in$/,
  ],
];

for (const [what, tree, message] of BROKEN) {
  Deno.test(`\`findAssets()\` refuses a link that ${what}`, async () => {
    await inProject(tree, async (place) => {
      const error = await refusal(place, asset(place, "www"));
      assert.equal(error.code, "asset-refused");
      assert.match(error.message, message);
    });
  });
}

Deno.test("`findAssets()` refuses two files of one path, and takes one that is named twice", async () => {
  await inProject({ "a/x": "1", "b/x": "2" }, async (place) => {
    assert.deepEqual(await listed(place, asset(place, "a"), asset(place, "a/*")), ["/d/x 644 1"]);
    assert.equal(
      (await refusal(place, asset(place, "a"), asset(place, "b"))).message,
      '--asset b: "/d/x" is another asset already',
    );
  });
});

Deno.test("[input 38] `findAssets()` says what is missing, and finds nothing in an empty folder", async () => {
  await inProject({ "empty/": "", "file": "" }, async (place) => {
    for (const source of ["gone", "gone/*", "empty/*"]) {
      const { exitStatus, message } = await refusal(place, asset(place, source));
      assert.equal(exitStatus, 2);
      assert.equal(message, `--asset ${source}: there is no "${join(place.project, source)}"`);
    }
    assert.deepEqual(await listed(place, asset(place, "empty")), []);
    const optional = { optional: true, namedBy: "project" } as const;
    assert.deepEqual(await listed(place, asset(place, "gone", optional)), []);
    const { exitStatus, message } = await refusal(place, asset(place, "file", optional));
    assert.equal(exitStatus, 2);
    assert.match(message, /is a file, not a folder$/);
  });
});

Deno.test("[input 35] `findAssets()` takes odd names, and refuses those that are not UTF-8", async () => {
  const long = "l".repeat(250);
  await inProject({
    "odd/..a": "",
    "odd/README": "",
    "odd/readme": "",
    "odd/a ": "",
    "odd/a": "",
    [`odd/${long}/${long}`]: "",
  }, async (place) => {
    const names = (await listed(place, asset(place, "odd"))).map((line) => line.slice(3, -6));
    assert.deepEqual(names, ["..a", "README", "a", "a ", `${long}/${long}`, "readme"]);
    // Deno's own calls cannot make such a name.
    await new Deno.Command("sh", {
      args: ["-c", "touch \"$(printf 'odd/caf\\351')\""],
      cwd: place.project,
    }).output();
    const { code, message } = await refusal(place, asset(place, "odd"));
    assert.equal(code, "asset-refused");
    assert.match(message, /the name ".*\/odd\/caf\ufffd" is not UTF-8/);
  });
});

Deno.test("`findAssets()` refuses what is neither a file nor a folder", async () => {
  await inProject({ "www/": "" }, async (place) => {
    await new Deno.Command("mkfifo", { args: [join(place.project, "www/pipe")] }).output();
    assert.match(
      (await refusal(place, asset(place, "www"))).message,
      /pipe" is neither a file nor/,
    );
  });
});
