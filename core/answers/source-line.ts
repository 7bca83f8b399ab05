import { plainLine } from "./plain-line.ts";
import type { Answer, Source } from "./schema.ts";

/**
 * Where an answer's figures come from, as every surface says it: "metered, 97% attributed, as of Mon
 * 08:55". Undefined when there is nothing to say.
 */
export function sourceLine(answer: Pick<Answer, "source" | "demonstration">): string | undefined {
  const said = [
    ...(answer.demonstration ? ["demonstration data"] : []),
    ...(answer.source === undefined ? [] : describe(answer.source)),
  ];
  return said.length === 0 ? undefined : said.join("; ");
}

function describe(source: Source): string[] {
  const parts: string[] = [];
  if (source.basis !== "none") parts.push(source.basis);
  if (source.attributedPercent !== undefined) {
    parts.push(`${plainLine(source.attributedPercent).replace(/\.0+$/, "")}% attributed`);
  }
  const asOf = source.asOfSaid ?? utcMinute(source.asOf);
  if (asOf !== undefined) parts.push(`as of ${plainLine(asOf)}`);
  const note = plainLine(source.note ?? "");
  return [...(parts.length === 0 ? [] : [parts.join(", ")]), ...(note === "" ? [] : [note])];
}

/** "2026-11-22T08:55:01Z" to "2026-11-22 08:55 UTC". */
function utcMinute(instant: string | undefined): string | undefined {
  if (instant === undefined) return undefined;
  return `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;
}
