import { bundledAssets } from "./assets.ts";
import { run } from "./run.ts";
import { lazyTokenizers } from "./tokenizers.ts";

process.exitCode = await run({
  repository: process.env.GITHUB_REPOSITORY ?? "",
  workspace: process.env.GITHUB_WORKSPACE ?? process.cwd(),
  clock: () => new Date(),
  count: lazyTokenizers(bundledAssets(new URL(".", import.meta.url))),
});
