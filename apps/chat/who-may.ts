import { type Entitled, type EntitledQuestion, findEntitled } from "#core/org/entitled.ts";
import type { Permission } from "#core/org/permission.ts";
import type { Asking } from "./asking.ts";
import { askButton, Refusal } from "./refusal.ts";
import { anyOf } from "./said/said-names.ts";
import type { AnswerBody } from "./spend/spend-answer.ts";

const AT_MOST = 3;

/** "Ana Ruiz or Ben Adeyemi"; undefined where there is nobody. */
function namesOf({ org }: Asking, who: readonly number[]): string | undefined {
  const names = who.slice(0, AT_MOST).map((id) => org.personName(id));
  return names.length === 0 ? undefined : anyOf(names);
}

type Find = (question: EntitledQuestion) => Promise<Entitled>;

function asked({ asker, now, org }: Asking): EntitledQuestion | undefined {
  const { personId } = asker;
  return personId === undefined ? undefined : { orgId: org.id, personId, now };
}

export function byPermission({ pool }: Asking, action: Permission, scopeId: number): Find {
  return (question) => findEntitled(pool, { ...question, action, scopeId });
}

/**
 * Who may do what instead of the one who asks, for a sentence beside what is not offered: the names, and
 * `nobody` where there are none. Undefined where it is to be offered: they may, others read along in a
 * room, or it is the operator, who is asked who decides.
 */
export async function othersWhoMay(
  asking: Asking,
  find: Find,
): Promise<{ readonly names: string | undefined } | undefined> {
  const question = asked(asking);
  if (question === undefined || asking.sight.isRoom) return undefined;
  const { allowed, who } = await find(question);
  return allowed ? undefined : { names: namesOf(asking, who) };
}

/** Buttons that would be refused are not shown; who may press them is. */
export function onlyToRead(body: AnswerBody, note: string): AnswerBody {
  const all = body.actions ?? [];
  const actions = all.filter(({ kind }) => kind === "ask");
  return actions.length === all.length
    ? body
    : { ...body, notes: [...(body.notes ?? []), note], actions };
}

export interface Offer {
  readonly verb: "set" | "block";
  /** "the budget of payments". */
  readonly what: string;
  /** How whoever may would say it. */
  readonly command: string;
  /** What to ask instead. */
  readonly instead: string;
}

/**
 * Nothing is offered to be pressed by who may not press it, and nobody finds out by a press: whoever may
 * is named at once. What counts is decided when it is pressed. Throws `not_permitted`.
 */
export async function requireOffer(asking: Asking, find: Find, offer: Offer): Promise<void> {
  const question = asked(asking);
  if (question === undefined) return;
  const { allowed, who } = await find(question);
  if (allowed) return;
  const { command, instead, verb, what } = offer;
  const names = namesOf(asking, who);
  throw new Refusal("not_permitted", `Not yours to ${verb}`, `You may not ${verb} ${what}.`, {
    kind: "forbidden",
    help:
      names === undefined
        ? `Nobody may ${verb} it yet: aispend.yaml says who answers for it.`
        : `${names} may, with: ${command}`,
    actions: [askButton(instead)],
  });
}
