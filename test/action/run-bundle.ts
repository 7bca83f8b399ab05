import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";
import type { GitHubFixture } from "./github-fixture.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export const Manifest = z.object({
  inputs: z.record(z.string(), z.object({ description: z.string(), default: z.string() })),
  outputs: z.record(z.string(), z.object({ description: z.string() })),
  runs: z.object({ using: z.string(), main: z.string(), post: z.string() }),
});

export function readManifest(): z.infer<typeof Manifest> {
  return Manifest.parse(parse(readFileSync(join(ROOT, "action.yml"), "utf8")));
}

export interface BundleRun {
  readonly exitCode: number;
  readonly log: string;
  readonly summary: string;
  readonly outputs: Record<string, string>;
  /** What later steps, and the step after the job, find. */
  readonly exported: Record<string, string>;
  readonly state: Record<string, string>;
  readonly milliseconds: number;
}

export interface BundleOptions {
  readonly eventName?: string;
  readonly event?: Record<string, unknown>;
  readonly inputs?: Record<string, string>;
  readonly runId?: number;
  readonly environment?: Record<string, string>;
  /** The entry of the manifest's `runs`. */
  readonly entry?: "main" | "post";
  /** Files of the workspace. */
  readonly files?: Record<string, string>;
}

/** The committed bundle as a process, in the environment that a runner gives it. */
export async function runBundle(
  github: GitHubFixture,
  options: BundleOptions = {},
): Promise<BundleRun> {
  const folder = mkdtempSync(join(tmpdir(), "aispend-action-"));
  const file = (name: string, text = ""): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const manifest = readManifest();
  const inputs: Record<string, string> = { "github-token": "bot", ...options.inputs };
  const given = Object.entries(manifest.inputs).map(([name, { default: value }]) => [
    `INPUT_${name.toUpperCase()}`,
    inputs[name] ?? value,
  ]);
  for (const [name, text] of Object.entries(options.files ?? {})) file(name, text);
  const environment = {
    PATH: process.env.PATH ?? "",
    ...Object.fromEntries(given),
    GITHUB_REPOSITORY: github.repository,
    GITHUB_EVENT_NAME: options.eventName ?? "pull_request",
    GITHUB_EVENT_PATH: file("event.json", JSON.stringify(options.event ?? (await github.event()))),
    GITHUB_API_URL: github.server.url,
    GITHUB_GRAPHQL_URL: `${github.server.url}/graphql`,
    GITHUB_SERVER_URL: "https://github.example",
    GITHUB_OUTPUT: file("output"),
    GITHUB_STEP_SUMMARY: file("summary"),
    GITHUB_ENV: file("env"),
    GITHUB_STATE: file("state"),
    GITHUB_WORKSPACE: folder,
    GITHUB_RUN_ID: String(options.runId ?? 100),
    GITHUB_RUN_ATTEMPT: "1",
    ...options.environment,
  };
  const start = performance.now();
  const { exitCode, log } = await spawned(
    join(ROOT, manifest.runs[options.entry ?? "main"]),
    environment,
    folder,
  );
  const milliseconds = performance.now() - start;
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const done = {
    exitCode,
    log,
    summary: read("summary"),
    outputs: outputsOf(read("output")),
    exported: outputsOf(read("env")),
    state: outputsOf(read("state")),
    milliseconds,
  };
  rmSync(folder, { recursive: true, force: true });
  return done;
}

function spawned(
  main: string,
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<{ exitCode: number; log: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main], { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    child.stdout.on("data", (part: Buffer) => {
      log += part.toString("utf8");
    });
    child.stderr.on("data", (part: Buffer) => {
      log += part.toString("utf8");
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? -1, log }));
  });
}

/** GITHUB_OUTPUT and its like: `name<<delimiter`, lines, delimiter. */
function outputsOf(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [, name = "", , value = ""] of text.matchAll(
    /^([\w-]+)<<(\S+)\n([\s\S]*?)\n?^\2$/gm,
  )) {
    outputs[name] = value;
  }
  return outputs;
}
