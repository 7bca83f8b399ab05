import { z } from "zod";
import { saidUsd } from "#core/money.ts";
import { code, table } from "./markdown-text.ts";

/** What the gateway of a job is told on its standard input: keys are on no command line. */
export const CapOrder = z.strictObject({
  /** Nano-USD, as decimal text. */
  limit: z.string().regex(/^\d{1,18}$/),
  /** Of the key that the job's steps send, sha256 in hex. */
  keyHash: z.string().regex(/^[0-9a-f]{64}$/),
  upstreams: z.array(
    z.strictObject({ name: z.string(), secret: z.string(), baseUrl: z.string().optional() }),
  ),
  /** Where it writes what it has done. */
  file: z.string(),
});
export type CapOrder = z.infer<typeof CapOrder>;

const Spent = z.strictObject({ calls: z.int(), cost: z.string().regex(/^\d+$/) });

/** What a job has spent so far. Amounts are nano-USD. */
export const CapStatus = z.strictObject({
  state: z.enum(["listening", "ended"]),
  port: z.int(),
  limit: z.string(),
  cost: z.string(),
  calls: z.int(),
  refused: z.int(),
  models: z.record(z.string(), Spent),
});
export type CapStatus = z.infer<typeof CapStatus>;

/** The job's spend for its summary; where everybody may read it, as a share of the cap only. */
export function capMarkdown(status: CapStatus, isPrivate: boolean): string {
  const cost = BigInt(status.cost);
  const limit = BigInt(status.limit);
  const share = limit === 0n ? 100 : Number((cost * 100n) / limit);
  const refused =
    status.refused === 0 ? "" : `; ${status.refused} calls were refused, the cap was reached`;
  if (!isPrivate) return `### aispend: this job used ${share}% of its cap${refused}`;
  const spent = `${saidUsd(cost)} of ${saidUsd(limit)} in ${status.calls} calls`;
  const title = `### aispend: this job spent ${spent}${refused}`;
  const rows = Object.entries(status.models)
    .sort(([, a], [, b]) => Number(BigInt(b.cost) - BigInt(a.cost)))
    .slice(0, 50)
    .map(([model, one]) => [code(model), String(one.calls), saidUsd(BigInt(one.cost))]);
  return rows.length === 0 ? title : `${title}\n\n${table(["model", "calls", "cost"], rows)}`;
}
