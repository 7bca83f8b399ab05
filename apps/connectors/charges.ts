import { hash } from "node:crypto";
import { type ReadCharge, readCharge } from "#core/ledger/charge.ts";
import { Charge } from "#core/ledger/charge-schema.ts";
import { describeIssue } from "./describe-issue.ts";
import { derivedId } from "./event-identity.ts";
import { isPlain } from "./plain-text.ts";
import { RESERVED_SOURCE } from "./reserved-source.ts";

/** What an edge made of one charge of a delivery. */
export type ParsedCharge = ReadCharge;

function flaw(charge: Charge): { field: string; reason: string } | undefined {
  const texts = { ...charge, ...charge.tags };
  for (const [field, text] of Object.entries(texts)) {
    if (typeof text === "string" && !isPlain(text)) {
      return { field, reason: `${field} holds a control character; leave it out` };
    }
  }
  if (!RESERVED_SOURCE.test(charge.source)) return undefined;
  const reason = `source is '${charge.source}': it is the name of another way in; choose your own`;
  return { field: "source", reason };
}

/** Reads charges; equal ones without an id are told apart by their order in the delivery. */
export function parseCharges(items: readonly unknown[]): ParsedCharge[] {
  const seen = new Map<string, number>();
  return items.map((item) => {
    const parsed = Charge.safeParse(item);
    if (!parsed.success) {
      const { field, reason } = describeIssue(parsed.error, item);
      return { state: "refused", field, reason };
    }
    const charge = parsed.data;
    const wrong = flaw(charge);
    if (wrong !== undefined) return { state: "refused", ...wrong };
    return readCharge(charge, charge.externalId ?? ownId(charge, seen));
  });
}

function ownId(charge: Charge, seen: Map<string, number>): string {
  const fields = Object.entries(charge).sort(([left], [right]) => (left < right ? -1 : 1));
  const content = hash("sha256", JSON.stringify(fields), "base64url");
  const ordinal = (seen.get(content) ?? 0) + 1;
  seen.set(content, ordinal);
  return derivedId(content, ordinal);
}
