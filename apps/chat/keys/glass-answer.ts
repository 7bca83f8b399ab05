import { breakGlass } from "#core/keys/break-glass.ts";
import { resolveRaci } from "#core/org/raci.ts";
import { loadRoster } from "#core/org/roster.ts";
import { wallClock } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import type { Word } from "../grammar/words.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Press } from "../surface.ts";
import { type Stopped, stoppedNamed, stoppedOf, targetToken } from "./block-target.ts";
import { capsOf, enforcedBy } from "./cap-answer.ts";
import { capSaid } from "./key-words.ts";
import { splitReason } from "./read-key-words.ts";
import { owe, placesFor } from "./tell.ts";
import { operatorBy, requireKeyPerson } from "./who.ts";

/** "glass agent NAME because ...": a press breaks it. */
export async function glassAnswer(asking: Asking, words: readonly Word[]): Promise<AnswerBody> {
  const { rest, reason = "" } = splitReason(words);
  const stopped = await stoppedNamed(asking, rest, "glass");
  const said = `glass ${stopped.command}`;
  const [cap] = await capsOf(asking, stopped);
  if (cap === undefined) {
    throw new Refusal("cap_missing", "Nothing to break", `${stopped.said} has no cap of its own.`, {
      kind: "conflict",
      help: "Name what reached its cap: an agent or a key.",
      actions: [askButton(`cap ${stopped.command}`, "Cap")],
    });
  }
  return {
    command: said,
    title: `Break the glass of ${stopped.said}?`,
    sentence:
      `The cap of ${stopped.said}, ${capSaid(cap)}, would be 20% more for 4 hours, once in its ` +
      "period; whoever answers for it is told at once.",
    notes: reason === "" ? [`Say why: ${said} because customers are waiting`] : [],
    source: { basis: "none" },
    actions:
      reason === ""
        ? [askButton(`cap ${stopped.command}`, "Cap")]
        : [
            {
              kind: "press",
              label: "Break the glass",
              verb: "break_glass",
              token: `${targetToken(stopped.target)}|${reason}`.slice(0, 900),
              style: "danger",
            },
            askButton(`cap ${stopped.command}`, "Leave it"),
          ],
  };
}

function brokenBody(
  asking: Asking,
  stopped: Stopped,
  raise: { amount: bigint; period: "day" | "week" | "month" | "quarter" | "year"; untilAt: Date },
  reason: string,
  enforced: { label: string; value: string }[],
): AnswerBody {
  const { org, asker } = asking;
  const who = asker.personId === undefined ? "The operator" : org.personName(asker.personId);
  const until = wallClock(raise.untilAt, org.timeZone).time.slice(0, 5);
  return {
    command: `cap ${stopped.command}`,
    title: `CAP ${stopped.said}: the glass is broken`,
    sentence:
      `${who} broke the glass: ${stopped.said} may use ${capSaid(raise)} until ${until}, ` +
      `because ${reason}.`,
    facts: enforced,
    source: { basis: "none" },
    actions: [
      askButton(`cap ${stopped.command}`, "Cap"),
      askButton(`block ${stopped.command}`, "Block..."),
    ],
  };
}

export async function pressGlass(asking: Asking, press: Press): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const [token = "", ...why] = press.token.split("|");
  const stopped = await stoppedOf(asking, token);
  const reason = why.join("|");
  const [cap] = await capsOf(asking, stopped);
  const said = await enforcedBy(asking, stopped);
  const enforced = cap === undefined ? [] : [{ label: "Enforced", value: said(cap) }];
  const raise = await breakGlass(pool, {
    orgId: org.id,
    target: stopped.target,
    reason,
    by: asking.sight.isOperator ? undefined : requireKeyPerson(asking),
    operator: operatorBy(asking),
    now,
    onBroken: async (tx, broken, scopeId) => {
      const roster = await loadRoster(tx, org.id);
      const { actingId } = resolveRaci(roster, "attribute_spend", scopeId, now).accountable;
      const people = actingId === undefined ? [] : [actingId];
      const body = brokenBody(asking, stopped, broken, reason, enforced);
      const of = { orgId: org.id, scopeId, kind: "cap_alert" } as const;
      for (const at of await placesFor(tx, of, people)) {
        const message = { at, body, kind: "break_glass", placement: "post" } as const;
        await owe(tx, { org, now }, { ...message, fact: `break_glass:${broken.id}` });
      }
    },
  });
  return brokenBody(asking, stopped, raise, reason, enforced);
}
