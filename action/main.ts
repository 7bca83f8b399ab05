import { bundledAssets } from "./assets.ts";
import type { ProviderKey } from "./cap-mode.ts";
import { run } from "./run.ts";
import { lazyTokenizers } from "./tokenizers.ts";

const { env } = process;
const folder = new URL(".", import.meta.url);

function key(name: ProviderKey["name"], secret: string | undefined, place: string): ProviderKey[] {
  return secret ? [{ name, secret, baseUrl: env[place] || undefined }] : [];
}

process.exitCode = await run({
  repository: env.GITHUB_REPOSITORY ?? "",
  workspace: env.GITHUB_WORKSPACE ?? process.cwd(),
  clock: () => new Date(),
  count: lazyTokenizers(bundledAssets(folder)),
  cap: {
    scratch: env.RUNNER_TEMP ?? env.TMPDIR ?? "/tmp",
    program: new URL("gateway-main.js", folder),
    keys: [
      ...key("openai", env.OPENAI_API_KEY, "OPENAI_BASE_URL"),
      ...key("anthropic", env.ANTHROPIC_API_KEY, "ANTHROPIC_BASE_URL"),
      ...key("gemini", env.GEMINI_API_KEY, "GOOGLE_GEMINI_BASE_URL"),
    ],
  },
});
