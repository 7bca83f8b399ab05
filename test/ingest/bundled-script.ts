import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** One file of a script and all it imports: a process of it starts in a fraction of tsx's time. */
export async function bundleScript(name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.cjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`./${name}.ts`, import.meta.url))],
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile,
    external: ["pg-native"],
    logLevel: "error",
  });
  return outfile;
}
