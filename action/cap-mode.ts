import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as core from "@actions/core";
import { AispendError } from "#core/errors.ts";
import { parseUsd } from "#core/money.ts";
import { type CapOrder, CapStatus, capMarkdown } from "./cap.ts";
import { writeSummary } from "./outputs.ts";

/** Keys of providers as the step's environment has them. */
export interface ProviderKey {
  readonly name: "openai" | "anthropic" | "gemini";
  readonly secret: string;
  readonly baseUrl: string | undefined;
}

export interface CapPlace {
  /** Of the runner, emptied after the job. */
  readonly scratch: string;
  /** The gateway's program. */
  readonly program: URL;
  readonly keys: readonly ProviderKey[];
}

/** What the libraries of each provider read, the gateway's place and the job's key in it. */
function variables(name: ProviderKey["name"], url: string, key: string): [string, string][] {
  if (name === "anthropic")
    return [
      ["ANTHROPIC_BASE_URL", url],
      ["ANTHROPIC_API_KEY", key],
    ];
  if (name === "gemini") {
    return [
      ["GOOGLE_GEMINI_BASE_URL", url],
      ["GEMINI_API_KEY", key],
      ["GOOGLE_API_KEY", key],
    ];
  }
  return [
    ["OPENAI_BASE_URL", `${url}/v1`],
    ["OPENAI_API_BASE", `${url}/v1`],
    ["OPENAI_API_KEY", key],
  ];
}

const START_MS = 10_000;
const STEP_MS = 25;

/** Starts the gateway for the rest of the job; later steps find it and their key in the environment. */
export async function runCap(capUsd: string | undefined, place: CapPlace): Promise<void> {
  if (capUsd === undefined) {
    throw new AispendError("cap_missing", "mode cap needs cap-usd", {
      help: "Say what this job may spend, such as cap-usd: 5.",
    });
  }
  if (place.keys.length === 0) {
    throw new AispendError(
      "provider_key_missing",
      "there is no provider's key in the environment",
      {
        help: "Give the step OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY in env:.",
      },
    );
  }
  const key = `aispend-job-${randomBytes(24).toString("base64url")}`;
  core.setSecret(key);
  for (const { secret } of place.keys) core.setSecret(secret);
  const order: CapOrder = {
    limit: String(parseUsd(capUsd)),
    keyHash: createHash("sha256").update(key).digest("hex"),
    upstreams: place.keys.map(({ name, secret, baseUrl }) => {
      return { name, secret, ...(baseUrl === undefined ? {} : { baseUrl }) };
    }),
    file: join(place.scratch, `aispend-cap-${randomBytes(8).toString("hex")}.json`),
  };
  const child = spawn(process.execPath, [fileURLToPath(place.program)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: {},
  });
  child.stdin.end(JSON.stringify(order));
  child.unref();
  const { port } = await statusOf(order.file, "listening", START_MS);
  core.saveState("cap-file", order.file);
  core.saveState("cap-pid", String(child.pid ?? ""));
  const url = `http://127.0.0.1:${port}`;
  core.exportVariable("AISPEND_GATEWAY_URL", url);
  for (const { name } of place.keys) {
    for (const [variable, value] of variables(name, url, key)) core.exportVariable(variable, value);
  }
  core.info(`aispend: the gateway holds this job to ${capUsd} US dollars`);
}

const END_MS = 15_000;

/** After the job's steps: ends the gateway and says what the job has spent. */
export async function endCap(file: string, pid: number, isPrivate: boolean): Promise<void> {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    core.warning("aispend: the gateway had ended before the job");
  }
  const status = await statusOf(file, "ended", END_MS);
  const text = capMarkdown(status, isPrivate);
  await writeSummary(text);
  core.info(text.split("\n")[0]?.replace(/^### /, "") ?? "");
}

/** What the gateway last wrote, once it is in this state; at the latest whatever there is. */
async function statusOf(
  file: string,
  state: CapStatus["state"],
  limitMs: number,
): Promise<CapStatus> {
  for (let waited = 0; ; waited += STEP_MS) {
    const status = existsSync(file)
      ? CapStatus.parse(JSON.parse(readFileSync(file, "utf8")))
      : undefined;
    if (status?.state === state || (status !== undefined && waited >= limitMs)) return status;
    if (waited >= limitMs) {
      throw new AispendError("gateway_silent", "the gateway of this job did not start", {
        kind: "unavailable",
        help: "Run the job again.",
      });
    }
    await wait(STEP_MS);
  }
}
