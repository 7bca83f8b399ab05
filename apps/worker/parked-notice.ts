import { Answer } from "#core/answers/schema.ts";
import type { Tx } from "#core/db/db.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { listAddresses } from "#core/org/reachable.ts";
import type { OutboxMessage } from "#core/outbox/port.ts";
import { enqueue } from "#core/outbox/service.ts";
import type { SlotRun } from "#core/schedule/service.ts";
import { localDay } from "#core/time.ts";

const MESSAGE_PARKED = "message_parked";

/** One notice per slot. False when there is nobody to tell. */
export async function tellSlotParked(
  run: SlotRun,
  reason: string,
  now: Date,
  tx: Tx,
): Promise<boolean> {
  const schedule = run.scope === "" ? run.job : `${run.job}/${run.scope}`;
  return tell(tx, now, {
    orgId: run.orgId,
    kind: "job_parked",
    key: `job_parked:${schedule}:${run.slot.toISOString()}`,
    title: `Job ${run.job} gave up`,
    sentence: `The job ${schedule} due at ${run.slot.toISOString()} failed ${run.attempt} times.`,
    reason,
    help: "aispend jobs retry",
  });
}

/** One notice per destination and day; none about a notice, which would never end. */
export async function tellMessageParked(
  message: OutboxMessage,
  reason: string,
  now: Date,
  tx: Tx,
): Promise<boolean> {
  if (message.kind === MESSAGE_PARKED) return false;
  const { orgId, surface, destination } = message;
  return tell(tx, now, {
    orgId,
    kind: MESSAGE_PARKED,
    key: `message_parked:${localDay(now, "UTC")}:${surface}:${destination}`.slice(0, 200),
    title: "A message could not be delivered",
    sentence: `A message (${message.kind}) could not be delivered to ${destination} on ${surface}.`,
    reason,
    help: "aispend outbox",
  });
}

interface Notice {
  orgId: number;
  kind: string;
  key: string;
  title: string;
  sentence: string;
  reason: string;
  help: string;
}

/** To the one accountable for AI cost, where they can be written to. */
async function tell(tx: Tx, now: Date, notice: Notice): Promise<boolean> {
  const { orgId, kind, key: dedupeKey } = notice;
  const { accountableForAiCost, demonstration } = await loadDirectory(tx, orgId);
  if (accountableForAiCost === undefined) return false;
  const [address] = await listAddresses(tx, orgId, [accountableForAiCost]);
  if (address === undefined) return false;
  const { personId, surface, destination } = address;
  const body = Answer.parse({
    command: notice.help,
    title: notice.title,
    sentence: notice.sentence,
    facts: [{ label: "Reason", value: notice.reason }],
    notes: [`When the cause is gone, run: ${notice.help}`],
    audience: { kind: "person", personId },
    demonstration,
  });
  const message = {
    orgId,
    dedupeKey,
    surface,
    destination,
    kind,
    urgency: "report",
    body,
  } as const;
  await enqueue(tx, message, now);
  return true;
}
