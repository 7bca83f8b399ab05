import type { Action } from "#core/answers/schema.ts";
import { transaction } from "#core/db/transaction.ts";
import { block, findBlock, findBlockers, unblock } from "#core/keys/block.ts";
import type { TrafficBlock } from "#core/keys/schema.ts";
import { loadUsage } from "#core/keys/usage.ts";
import { spendBy, spendTotal } from "#core/ledger/spend.ts";
import { saidUsd, sumNano } from "#core/money.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { addDays } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import type { Word } from "../grammar/words.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Press } from "../surface.ts";
import { requireOffer } from "../who-may.ts";
import { type Stopped, stoppedNamed, stoppedOf, targetToken } from "./block-target.ts";
import { splitReason } from "./read-key-words.ts";
import { owe, placesFor } from "./tell.ts";
import { operatorBy, requireKeyPerson } from "./who.ts";

const DAYS = 30;

/** "Customer traffic seen: none in 30 days"; a count, never who. */
async function customersSaid(asking: Asking, stopped: Stopped): Promise<string> {
  const { org, pool, today } = asking;
  const period = { start: addDays(today, -DAYS), end: addDays(today, 1) };
  const filters =
    stopped.target.kind === "key"
      ? stopped.keys.map(({ dimensionId }) => ({ keyId: dimensionId }))
      : [scopeFilter(asking, stopped.target.id)];
  let customers = 0;
  for (const filter of filters) {
    const lines = await spendBy(pool, org.id, filter, period, "customer", 1_000);
    customers += lines.filter(({ id, measures }) => id !== 0 && measures.requests > 0n).length;
  }
  const seen = customers === 0 ? "none" : customers === 1 ? "1 customer" : `${customers} customers`;
  return `Customer traffic seen: ${seen} in ${DAYS} days`;
}

function scopeFilter(asking: Asking, scopeId: number) {
  const kind = asking.org.scopes.find(({ id }) => id === scopeId)?.kind;
  if (kind === "team") return { teamId: scopeId };
  return kind === "project" ? { projectId: scopeId } : { agentId: scopeId };
}

function stopsSaid({ keys, target }: Stopped): string {
  if (target.kind === "key") {
    const [key] = keys;
    return key?.ciJob === undefined ? (key?.useCase ?? "") : `job ${key.ciJob}: ${key.useCase}`;
  }
  const names = keys.slice(0, 5).map(({ name }) => name);
  const more = keys.length > 5 ? ` and ${keys.length - 5} more` : "";
  return keys.length === 0 ? "no issued key is below it" : `${names.join(", ")}${more}`;
}

interface Reach {
  /** Of what it spends, in nano-USD, what goes through issued keys. */
  readonly issued: bigint;
  readonly all: bigint;
}

async function reachOf(asking: Asking, { keys, target }: Stopped): Promise<Reach> {
  const { org, pool, today } = asking;
  const usages = await loadUsage(pool, org.id, keys, today);
  const issued = sumNano(usages.map(({ lately }) => lately));
  if (target.kind === "key") return { issued, all: issued };
  const period = { start: addDays(today, -DAYS), end: addDays(today, 1) };
  const { cost } = await spendTotal(pool, org.id, scopeFilter(asking, target.id), period);
  return { issued, all: cost };
}

async function facts(
  asking: Asking,
  stopped: Stopped,
  { issued, all }: Reach,
): Promise<AnswerBody["facts"]> {
  const of = all > issued ? ` of ${saidUsd(all)}` : "";
  return [
    { label: "Stops", value: stopsSaid(stopped) },
    { label: "Used", value: `${saidUsd(issued)}${of} in ${DAYS} days through issued keys` },
    { label: "Mind", value: await customersSaid(asking, stopped) },
  ];
}

/** Nobody shall think that a runaway is stopped which calls its provider past the gateway. */
function notStopped({ said }: Stopped, { issued, all }: Reach): string[] {
  if (all <= issued) return [];
  const what = issued === 0n ? "What" : "The rest of what";
  return [
    `${what} ${said} spends is called with keys that were not issued here: those go on. ` +
      "Deactivate them at their provider.",
  ];
}

/** In an emergency nobody shall find out by a press that it is not theirs. Throws `not_permitted`. */
function requireBlocker(asking: Asking, stopped: Stopped, reason: string): Promise<void> {
  const { target, said, command } = stopped;
  const because = reason === "" ? "" : ` because ${reason}`;
  return requireOffer(asking, (question) => findBlockers(asking.pool, { ...question, target }), {
    verb: "block",
    what: said,
    command: `block ${command}${because}`,
    instead: command,
  });
}

/** What a block would stop; one press does it. */
export async function blockAnswer(asking: Asking, words: readonly Word[]): Promise<AnswerBody> {
  const { rest, reason = "" } = splitReason(words);
  const stopped = await stoppedNamed(asking, rest, "block");
  const there = await findBlock(asking.pool, asking.org.id, stopped.target);
  if (there !== undefined) return standingAnswer(asking, stopped, there, false);
  await requireBlocker(asking, stopped, reason);
  const token = `${targetToken(stopped.target)}|${reason}`.slice(0, 900);
  const reach = await reachOf(asking, stopped);
  const press = (label: string, verb: string): Action => ({
    kind: "press",
    label,
    verb,
    token,
    style: "danger",
  });
  return {
    command: `block ${stopped.command}`,
    title: `Block ${stopped.said}?`,
    sentence:
      `Every gateway would refuse ${stopped.said} within two seconds, until it is unblocked; ` +
      "nothing is blocked until you press.",
    facts: await facts(asking, stopped, reach),
    notes: notStopped(stopped, reach),
    source: { basis: "metered", note: "usage from the ledger" },
    actions: [
      press("Block now", "traffic_block"),
      press("Block and cut live streams", "traffic_cut"),
      askButton(stopped.command, "Leave it"),
    ],
  };
}

export async function pressBlock(
  asking: Asking,
  press: Press,
  cutStreams: boolean,
): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const [token = "", ...why] = press.token.split("|");
  const stopped = await stoppedOf(asking, token);
  const isOperator = asking.sight.isOperator;
  const by = isOperator ? undefined : requireKeyPerson(asking);
  const reason = why.join("|");
  const outcome = await block(pool, {
    orgId: org.id,
    target: stopped.target,
    by,
    operator: operatorBy(asking),
    reason,
    cutStreams,
    now,
  });
  if (outcome.changed) await tellBlock(asking, stopped, outcome.block, true);
  return standingAnswer(asking, stopped, outcome.block, outcome.changed);
}

function standingAnswer(
  asking: Asking,
  stopped: Stopped,
  there: TrafficBlock,
  changed: boolean,
): AnswerBody {
  const { org } = asking;
  const who = there.blockedBy === undefined ? "the operator" : org.personName(there.blockedBy);
  const already = changed ? "" : " already";
  return {
    command: `block ${stopped.command}`,
    title: `${stopped.said}: BLOCKED`,
    sentence: `${stopped.said} is blocked${already}, by ${who}: ${there.reason}.`,
    facts: [
      { label: "Stops", value: stopsSaid(stopped) },
      { label: "Live streams", value: there.cutStreams ? "cut" : "run to their end" },
    ],
    notes: ["Whoever may approve keys there lifts it; the owner of a key alone does not."],
    source: { basis: "none" },
    actions: [
      {
        kind: "press",
        label: "Unblock",
        verb: "traffic_unblock",
        token: targetToken(stopped.target),
        style: "default",
      },
      askButton(stopped.command, "See it"),
      askButton(`audit ${stopped.command}`, "Audit"),
    ],
  };
}

/** The channel of the scope and the owners of the keys hear of it, whoever pressed. */
async function tellBlock(
  asking: Asking,
  stopped: Stopped,
  there: TrafficBlock,
  blocked: boolean,
): Promise<void> {
  const { org, now, pool } = asking;
  const scopeId =
    stopped.target.kind === "scope" ? stopped.target.id : (stopped.keys[0]?.scopeId ?? 0);
  const owners = [...new Set(stopped.keys.map(({ ownerId }) => ownerId))].slice(0, 20);
  const body: AnswerBody = blocked
    ? standingAnswer(asking, stopped, there, true)
    : {
        command: stopped.command,
        title: `${stopped.said}: unblocked`,
        sentence: `${stopped.said} is unblocked: its traffic is let through again.`,
        source: { basis: "none" },
      };
  await transaction(pool, async (tx) => {
    const places = await placesFor(tx, { orgId: org.id, scopeId, kind: "cap_alert" }, owners);
    const addresses = places.length > 0 ? places : await listAddresses(tx, org.id, owners);
    for (const { surface, destination } of addresses) {
      const at = { surface, destination };
      await owe(
        tx,
        { org, now },
        {
          at,
          body,
          kind: "traffic_block",
          placement: blocked ? "post" : "update",
          threadKey: `block:${there.id}`,
          fact: `block:${there.id}:${blocked ? "on" : "off"}`,
        },
      );
    }
  });
}

export async function unblockAnswer(asking: Asking, words: readonly Word[]): Promise<AnswerBody> {
  const stopped = await stoppedNamed(asking, words, "unblock");
  const there = await findBlock(asking.pool, asking.org.id, stopped.target);
  if (there !== undefined) return standingAnswer(asking, stopped, there, false);
  return notBlocked(stopped);
}

function notBlocked(stopped: Stopped): AnswerBody {
  return {
    command: `unblock ${stopped.command}`,
    title: `${stopped.said}: not blocked`,
    sentence: `${stopped.said} is not blocked; nothing was changed.`,
    source: { basis: "none" },
    actions: [askButton(stopped.command, "See it")],
  };
}

export async function pressUnblock(asking: Asking, press: Press): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const stopped = await stoppedOf(asking, press.token);
  const by = asking.sight.isOperator ? undefined : requireKeyPerson(asking);
  const target = { orgId: org.id, target: stopped.target, now };
  const { lifted } = await unblock(pool, { ...target, by, operator: operatorBy(asking) });
  if (lifted === undefined) return notBlocked(stopped);
  await tellBlock(asking, stopped, lifted, false);
  return {
    command: `unblock ${stopped.command}`,
    title: `${stopped.said}: unblocked`,
    sentence: `${stopped.said} is unblocked: its traffic is let through again.`,
    source: { basis: "none" },
    actions: [
      askButton(stopped.command, "See it"),
      askButton(`block ${stopped.command}`, "Block..."),
    ],
  };
}
