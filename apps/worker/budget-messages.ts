import { type AlertSetting, alertAnswer } from "#apps/chat/budgets/alert-answer.ts";
import { type NamedScope, nameScopes } from "#apps/chat/names/name-source.ts";
import { saidAsOf } from "#apps/chat/said/as-of.ts";
import { spellName } from "#apps/chat/subject.ts";
import { Answer, type Audience } from "#core/answers/schema.ts";
import type { BudgetAlert } from "#core/budgets/alerts.ts";
import { slotKey } from "#core/budgets/calendar.ts";
import type { BudgetSubject } from "#core/budgets/schema.ts";
import type { Signal } from "#core/budgets/signals.ts";
import type { Tx } from "#core/db/db.ts";
import { AispendError } from "#core/errors.ts";
import { listDimensionValues, spendTotal } from "#core/ledger/spend.ts";
import { type Channel, findChannel } from "#core/org/channel.ts";
import { type Directory, loadDirectory, pathOf } from "#core/org/directory.ts";
import { type Roster, resolveRaci } from "#core/org/raci.ts";
import { type Address, listAddresses } from "#core/org/reachable.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { Activity } from "#core/org/words.ts";
import { enqueue } from "#core/outbox/service.ts";
import { addDays, type Day, localDay } from "#core/time.ts";

interface Office {
  readonly directory: Directory;
  readonly roster: Roster;
  readonly scopes: readonly NamedScope[];
  /** "workflow:5" by its value. */
  readonly values: ReadonlyMap<string, string>;
}

async function openOffice(tx: Tx, orgId: number, alerts: readonly BudgetAlert[]): Promise<Office> {
  const directory = await loadDirectory(tx, orgId);
  const values = new Map<string, string>();
  for (const kind of ["workflow", "product", "key"] as const) {
    if (!alerts.some(({ progress }) => progress.budget.subject.kind === kind)) continue;
    for (const { id, value } of await listDimensionValues(tx, orgId, kind)) {
      values.set(`${kind}:${id}`, value);
    }
  }
  const scopes = [...directory.scopes.values()].map(({ id, kind, key, name, retiredOn }) => ({
    id,
    kind,
    key,
    name,
    path: pathOf(directory.scopes, id),
    retired: retiredOn !== undefined,
  }));
  return { directory, roster: await loadRoster(tx, orgId), scopes: nameScopes(scopes), values };
}

function nameOf(office: Office, { kind, id }: BudgetSubject): { said: string; command: string } {
  if (kind !== "scope") {
    const value = office.values.get(`${kind}:${id}`) ?? `${kind} ${id}`;
    return { said: value, command: `${kind} ${spellName(value)}` };
  }
  const scope = office.scopes.find((one) => one.id === id);
  if (scope === undefined) return { said: office.directory.name, command: "org" };
  return { said: scope.shortName, command: `${scope.kind} ${spellName(scope.shortName)}` };
}

/** Who acts as Accountable; undefined where nobody does: an organisation without a file. */
function accountable(office: Office, of: Activity, scopeId: number, now: Date): number | undefined {
  const at = office.roster.parents.has(scopeId) ? scopeId : 0;
  try {
    return resolveRaci(office.roster, of, at, now).accountable.actingId;
  } catch (error) {
    if (error instanceof AispendError && error.code === "accountable_missing") return undefined;
    throw error;
  }
}

/** Whether it concerns also whoever set the amount: the last threshold, or that it will not last. */
function isWeighty(signal: Signal, alert: BudgetAlert): boolean {
  return signal === "exhaustion" || signal === `used:${alert.progress.budget.thresholds.at(-1)}`;
}

interface Recipient {
  readonly personId: number;
  /** Has a message of this period already, which is edited in place. */
  readonly hasLead: boolean;
  readonly isTold: boolean;
}

function recipientsOf(office: Office, alert: BudgetAlert, now: Date): Recipient[] {
  const { subject } = alert.progress.budget;
  const scopeId = subject.kind === "scope" ? subject.id : 0;
  const owner = accountable(office, "attribute_spend", scopeId, now);
  const setter = accountable(office, "set_ai_budget", scopeId, now);
  const { announced } = alert.changes;
  const told = alert.told.map(({ signal }) => signal);
  const found: Recipient[] = [];
  if (owner !== undefined) {
    found.push({ personId: owner, hasLead: told.length > 0, isTold: announced !== undefined });
  }
  if (setter !== undefined && setter !== owner) {
    const hasLead = told.some((signal) => isWeighty(signal, alert));
    const isTold = alert.changes.crossed.some((signal) => isWeighty(signal, alert));
    found.push({
      personId: setter,
      hasLead,
      isTold: isTold || (hasLead && announced !== undefined),
    });
  }
  return found;
}

async function newestOf(
  tx: Tx,
  { orgId, timeZone, now }: { orgId: number; timeZone: string; now: Date },
  today: Day,
): Promise<AlertSetting["asOf"]> {
  const lately = { start: addDays(today, -7), end: addDays(today, 1) };
  const { lastRecordedAt: at } = await spendTotal(tx, orgId, {}, lately);
  if (at === undefined) return {};
  return { asOf: at.toISOString(), asOfSaid: saidAsOf(at, now, timeZone) };
}

interface Place {
  readonly surface: string;
  readonly destination: string;
  readonly audience: Audience;
  /** Tells the places of one message apart. */
  readonly key: string;
}

function placeOfPerson({ surface, destination, personId }: Address): Place {
  return { surface, destination, audience: { kind: "person", personId }, key: `${personId}` };
}

function placeOfChannel({ surface, destination, scopeId }: Channel): Place {
  return { surface, destination, audience: { kind: "room" }, key: `channel:${scopeId}` };
}

/** The room of the scope that the budget is about; of a workflow or product the organisation's. */
function channelOf(
  tx: Tx,
  orgId: number,
  { kind, id }: BudgetSubject,
): Promise<Channel | undefined> {
  return findChannel(tx, { orgId, scopeId: kind === "scope" ? id : 0, kind: "budget_alert" });
}

interface Owing {
  readonly alert: BudgetAlert;
  readonly setting: AlertSetting;
  readonly recipient: Pick<Recipient, "hasLead" | "isTold">;
  readonly to: Place;
  readonly office: Office;
  readonly now: Date;
}

/** A new signal stands in the thread of the period; its first message then shows the state as it is. */
async function oweMessages(tx: Tx, owing: Owing): Promise<number> {
  const { alert, now, office, recipient, setting, to } = owing;
  const { budget, burn } = alert.progress;
  const { orgId, demonstration } = office.directory;
  const thread = `budget:${slotKey(budget)}:${burn.period.start}`;
  const owed = [
    ...(recipient.isTold ? [{ placement: "thread", telling: "announced" } as const] : []),
    ...(recipient.hasLead ? [{ placement: "update", telling: "now" } as const] : []),
  ];
  for (const { placement, telling } of owed) {
    const body = alertAnswer(alert, setting, telling);
    await enqueue(
      tx,
      {
        orgId,
        dedupeKey: `${thread}:${placement}:${now.toISOString()}:${to.key}`,
        surface: to.surface,
        destination: to.destination,
        kind: "budget_alert",
        urgency: "report",
        placement,
        threadKey: thread,
        body: Answer.parse({ ...body, audience: to.audience, demonstration }),
      },
      now,
    );
  }
  return owed.length;
}

/**
 * Owes the messages of budgets to the channel and the owner of each scope, and from the last threshold
 * on to whoever sets its budget. The first of a period is posted; what follows stands under it, and the
 * first one shows the state as it is. Returns how many people could not be reached.
 */
export async function tellBudgets(
  tx: Tx,
  args: { orgId: number; timeZone: string; alerts: readonly BudgetAlert[]; now: Date },
): Promise<{ messages: number; unreachable: number }> {
  const { alerts, now, orgId } = args;
  if (alerts.length === 0) return { messages: 0, unreachable: 0 };
  const office = await openOffice(tx, orgId, alerts);
  const today = localDay(now, args.timeZone);
  const asOf = await newestOf(tx, args, today);
  const wanted = alerts.map((alert) => ({ alert, to: recipientsOf(office, alert, now) }));
  const people = wanted.flatMap(({ to }) => to.map(({ personId }) => personId));
  const addresses = new Map(
    (await listAddresses(tx, orgId, people)).map((address) => [address.personId, address]),
  );
  let messages = 0;
  let unreachable = 0;
  for (const { alert, to } of wanted) {
    const setting = { ...settingOf(office, alert, today, now), asOf };
    const channel = await channelOf(tx, orgId, alert.progress.budget.subject);
    if (channel !== undefined) {
      const room = {
        hasLead: alert.told.length > 0,
        isTold: alert.changes.announced !== undefined,
      };
      const place = placeOfChannel(channel);
      messages += await oweMessages(tx, {
        alert,
        setting,
        recipient: room,
        to: place,
        office,
        now,
      });
    }
    for (const recipient of to) {
      const address = addresses.get(recipient.personId);
      if (address === undefined) unreachable += 1;
      else {
        const place = placeOfPerson(address);
        messages += await oweMessages(tx, { alert, setting, recipient, to: place, office, now });
      }
    }
  }
  return { messages, unreachable };
}

function settingOf(
  office: Office,
  { progress }: BudgetAlert,
  today: AlertSetting["today"],
  now: Date,
): Omit<AlertSetting, "asOf"> {
  const { subject } = progress.budget;
  const owner = accountable(
    office,
    "attribute_spend",
    subject.kind === "scope" ? subject.id : 0,
    now,
  );
  const person = owner === undefined ? undefined : office.directory.people.get(owner);
  return { ...nameOf(office, subject), owner: person?.name ?? person?.key, today };
}
