import { formatUsd } from "../money.ts";
import type { AuditRow } from "./store.ts";

/** A line of the log as a person reads it: what was before, and what is after. */
export function auditChange({ before, after }: Pick<AuditRow, "before" | "after">): string {
  if (before === null && after === null) return "";
  const was = fieldsOf(before);
  const is = fieldsOf(after);
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  const parts = names.flatMap((name) => {
    const [from, to] = [was[name], is[name]];
    if (from === to || (from === undefined && (to === NONE || to === ""))) return [];
    const label = inWords(name);
    return [from === undefined ? `${label} ${to}` : `${label} ${from} > ${to ?? "-"}`];
  });
  return parts.join("; ");
}

/** "costPerCall" as "cost per call". */
function inWords(name: string): string {
  return name.replace(/_/g, " ").replace(/(?<=[a-z0-9])[A-Z]/g, (one) => ` ${one.toLowerCase()}`);
}

function fieldsOf(text: string | null): Record<string, string> {
  const value: unknown = text === null ? {} : JSON.parse(text);
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { value: plain(value) };
  }
  const isTokens = "unit" in value && value.unit === "tokens";
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, said(name, one, isTokens)]),
  );
}

/** Fields that hold nano-USD, as text: a person reads dollars. */
const AMOUNTS = new Set([
  "above",
  "amount",
  "amounts",
  "cap",
  "capAmount",
  "costPerCall",
  "predicted",
  "spend",
  "spent",
  "unconfirmed",
]);

function said(name: string, value: unknown, isTokens: boolean): string {
  if (!AMOUNTS.has(name)) return plain(value);
  if (Array.isArray(value)) return value.map((one) => said(name, one, isTokens)).join(", ");
  const text = plain(value);
  if (!/^-?\d{1,19}$/.test(text)) return text;
  return isTokens ? `${text} tokens` : formatUsd(BigInt(text));
}

const NONE = "none";

function plain(value: unknown): string {
  if (value === null) return NONE;
  if (Array.isArray(value)) return value.length === 0 ? NONE : value.map(plain).join(", ");
  if (typeof value !== "object") return String(value);
  const fields = Object.entries(value).map(([name, one]) => `${inWords(name)} ${plain(one)}`);
  return fields.length === 0 ? NONE : fields.join(", ");
}
