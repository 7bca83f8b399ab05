import { setTimeout as pause } from "node:timers/promises";
import OpenAI from "openai";
import type pg from "pg";
import { pino } from "pino";
import { expect } from "vitest";
import type { Job } from "#apps/worker/job.ts";
import { transaction } from "#core/db/transaction.ts";
import { putUpstream, upstreamSubject } from "#core/enforcement/upstreams.ts";
import { createSecretBox } from "#core/org/secret-box.ts";
import type { Provider } from "#test/gateway/provider.ts";

/** Lets the gateway pass calls on to a provider on loopback, as OpenAI. */
export async function connectProvider(
  pool: pg.Pool,
  to: { orgId: number; provider: Provider; secretKey: string; now: Date },
): Promise<void> {
  const { orgId, provider, secretKey, now } = to;
  const subject = upstreamSubject(orgId, "openai");
  await putUpstream(pool, {
    orgId,
    upstream: {
      name: "openai",
      provider: "openai",
      baseUrl: `${provider.url}/v1`,
      auth: "bearer",
      sealedSecret: createSecretBox(secretKey).seal("sk-provider-secret", subject),
      defaultOutputLimit: 100,
      onAbort: "cancel",
      tokensPerSecond: 1_000,
      allowPrivate: true,
    },
    by: { actor: "operator" },
    now,
  });
}

/** One call of OpenAI's own SDK with a virtual key: what it was answered, or refused with. */
export async function callGateway(
  gatewayUrl: string,
  apiKey: string,
  maxTokens: number,
): Promise<string> {
  const client = new OpenAI({ apiKey, baseURL: `${gatewayUrl}/v1`, maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "Tag this dispute." }];
  try {
    const answer = await client.chat.completions.create({
      model: "gpt-4o",
      max_completion_tokens: maxTokens,
      messages,
    });
    return `answered with ${answer.usage?.completion_tokens} tokens`;
  } catch (error) {
    if (!(error instanceof OpenAI.APIError)) throw error;
    return `${error.status} ${String(error.code)} ${error.message}`;
  }
}

const MOST_CALLS = 60;

/**
 * Calls until a cap refuses one for good; returns that refusal. Where only what is under way is in the
 * way it tries again, as the answer tells a client to.
 */
export async function callUntilRefused(gatewayUrl: string, apiKey: string): Promise<string> {
  for (let calls = 0; calls < MOST_CALLS; calls += 1) {
    const said = await callGateway(gatewayUrl, apiKey, 16_000);
    if (said.startsWith("429 budget_reserved")) await pause(500);
    else if (!said.startsWith("answered")) return said;
  }
  throw new Error(`${MOST_CALLS} calls went through`);
}

/** The gateway writes what it refused with its next batch; what is told before then cannot know it. */
export async function refusalWritten(owner: pg.Pool): Promise<void> {
  await expect
    .poll(async () => (await owner.query("select from cap_refusal")).rowCount, { timeout: 10_000 })
    .toBeGreaterThan(0);
}

/** What the provider itself charges so far for gpt-4o, in dollars. */
export function billedUsd({ charges }: Provider): number {
  const millionths = charges.reduce(
    (sum, { inputTokens, outputTokens }) => sum + inputTokens * 2.5 + outputTokens * 10,
    0,
  );
  return millionths / 1_000_000;
}

/** A job as the schedule runs it; what it owes is delivered by a worker. */
export async function runJob(
  pool: pg.Pool,
  job: Job,
  at: { orgId: number; timeZone: string; now: Date },
): Promise<void> {
  const log = pino({ level: "silent" });
  const about = { ...at, scope: "", slot: at.now, attempt: 1, log };
  await transaction(pool, (tx) => job.run({ pool, tx, ...about }));
}
