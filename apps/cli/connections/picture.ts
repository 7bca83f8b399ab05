import type { Pool } from "pg";
import { pictureAnswer } from "#apps/chat/connections/picture-answer.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import { loadPicture } from "#core/connections/picture.ts";
import { findMaturity } from "#core/maturity/service.ts";
import type { Directory } from "#core/org/directory.ts";
import type { CommandLine } from "../command-line.ts";

/** The bill at a glance, as text and for machines. */
export async function pictureOf(
  line: CommandLine,
  pool: Pool,
  org: Directory,
  days: number,
): Promise<{ text: string; json: unknown }> {
  const now = line.clock();
  const [picture, { maturity }] = await Promise.all([
    loadPicture(pool, org.orgId, { now, days }),
    findMaturity(pool, org.orgId, now),
  ]);
  const answer = Answer.parse({
    ...pictureAnswer(picture, days, maturity),
    audience: { kind: "operator" },
    demonstration: org.demonstration,
  });
  return { text: plainText(answer), json: answer };
}
