import { type Day, daysBetween, parseDay } from "#core/time.ts";
import { type SubjectTraffic, UsageSnapshot } from "./traffic-schema.ts";

export type ReadSnapshot =
  | { readonly state: "read"; readonly snapshot: UsageSnapshot }
  | { readonly state: "refused"; readonly reason: string };

const MAX_CHARACTERS = 4_000_000;

/** aispend.usage.json as the repository has it. Never throws for what it says. */
export function readSnapshot(text: string): ReadSnapshot {
  if (text.length > MAX_CHARACTERS) return { state: "refused", reason: "it is larger than 4 MB" };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { state: "refused", reason: "it is not JSON" };
  }
  const read = UsageSnapshot.safeParse(value);
  if (read.success) return { state: "read", snapshot: read.data };
  const [issue] = read.error.issues;
  const place = issue?.path.join(".") || "the file";
  return { state: "refused", reason: `${place}: ${issue?.message ?? "has another form"}` };
}

/** Why a snapshot is too old to stand on, or undefined. The limit is in days. */
export function snapshotTooOld(
  { date }: UsageSnapshot,
  today: Day,
  maxAgeDays: number,
): string | undefined {
  const age = daysBetween(parseDay(date), today);
  if (age < -1) return `the snapshot is of ${date}, which is still to come`;
  if (age <= maxAgeDays) return undefined;
  return `the snapshot of ${date} is ${age} days old; ${maxAgeDays} are allowed`;
}

/** What `aispend usage snapshot` prints. Subjects without a call are left out. */
export function makeSnapshot(subjects: readonly SubjectTraffic[], today: Day): UsageSnapshot {
  return {
    version: 1,
    date: today,
    subjects: subjects
      .filter(({ profiles }) => profiles.length > 0)
      .map(({ subject, profiles }) => ({
        subject,
        profiles: profiles.map((one) => ({ ...one, source: "snapshot" as const })),
      })),
  };
}
