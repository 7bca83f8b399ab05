import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { build, type Plugin } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "action/dist");
const CATALOGUE = "core/pricing/catalogue/genai-prices.json";

/** Without it @actions/* die on a dynamic require, and nothing else may define the name. */
const BANNER = [
  `import { createRequire } from "node:module";`,
  "const require = createRequire(import.meta.url);",
].join(" ");

function packed(text: string): Uint8Array {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
  };
  return brotliCompressSync(text, { params });
}

/** JSON of the catalogue lies beside the bundle, packed, and is read when its module is loaded. */
const packedCatalogue: Plugin = {
  name: "packed-catalogue",
  setup({ onLoad }) {
    onLoad({ filter: /pricing\/catalogue\/genai-prices\.json$/ }, ({ path }) => {
      const name = `${basename(path)}.br`;
      writeFileSync(
        join(DIST, name),
        packed(JSON.stringify(JSON.parse(readFileSync(path, "utf8")))),
      );
      const contents = `
        import { readFileSync } from "node:fs";
        import { brotliDecompressSync } from "node:zlib";
        const packed = readFileSync(new URL(${JSON.stringify(name)}, import.meta.url));
        export default JSON.parse(brotliDecompressSync(packed).toString("utf8"));`;
      return { contents, loader: "js" };
    });
  },
};

/** The bundle as esbuild makes it, by the names of its files. */
async function bundled(): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["action/main.ts", "action/post-main.ts", "action/gateway-main.ts"],
    outdir: DIST,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minify: true,
    legalComments: "linked",
    write: false,
    banner: { js: BANNER },
    plugins: [packedCatalogue],
    logLevel: "warning",
  });
  return new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
}

/** Names of files that differ from what the sources make. Assets are compared unpacked. */
async function stale(files: ReadonlyMap<string, Uint8Array>): Promise<string[]> {
  const found: string[] = [];
  const there = new Set(existsSync(DIST) ? readdirSync(DIST) : []);
  for (const [name, contents] of files) {
    const same = there.delete(name) && readFileSync(join(DIST, name)).equals(contents);
    if (!same) found.push(name);
  }
  for (const [name, text] of await assetTexts()) {
    const kept = there.delete(name) ? readFileSync(join(DIST, name)) : undefined;
    if (kept === undefined || brotliDecompressSync(kept).toString("utf8") !== text)
      found.push(name);
  }
  return [...found, ...there];
}

async function assetTexts(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const catalogue = readFileSync(join(ROOT, CATALOGUE), "utf8");
  texts.set(`${basename(CATALOGUE)}.br`, JSON.stringify(JSON.parse(catalogue)));
  for (const encoding of ["o200k_base", "cl100k_base"]) {
    const file = join(ROOT, `node_modules/gpt-tokenizer/esm/bpeRanks/${encoding}.js`);
    const ranks: { default: unknown } = await import(pathToFileURL(file).href);
    texts.set(`${encoding}.json.br`, JSON.stringify(ranks.default));
  }
  return texts;
}

async function write(
  files: ReadonlyMap<string, Uint8Array>,
  names: readonly string[],
): Promise<void> {
  mkdirSync(DIST, { recursive: true });
  const assets = await assetTexts();
  for (const name of names) {
    const text = assets.get(name);
    const contents = files.get(name) ?? (text === undefined ? undefined : packed(text));
    if (contents === undefined) rmSync(join(DIST, name));
    else writeFileSync(join(DIST, name), contents);
  }
}

const files = await bundled();
const changed = await stale(files);
if (process.argv.includes("--check")) {
  if (changed.length > 0) {
    process.stderr.write(`action/dist is stale (${changed.join(", ")}): npm run build:action\n`);
    process.exitCode = 1;
  }
} else {
  await write(files, changed);
  const sizes = readdirSync(DIST).map((name) => statSync(join(DIST, name)).size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  process.stdout.write(
    `action/dist: ${(total / 1e6).toFixed(2)} MB, ${changed.length} files new\n`,
  );
}
