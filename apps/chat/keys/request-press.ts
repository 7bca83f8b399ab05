import { BudgetPeriod } from "#core/budgets/schema.ts";
import type { KeyAsk } from "#core/keys/asking.ts";
import { type Asked, requestKey } from "#core/keys/request-service.ts";
import { parseDay } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { readAmount } from "../budgets/said-amount.ts";
import { askButton, Refusal } from "../refusal.ts";
import { allOf } from "../said/said-names.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Press } from "../surface.ts";
import { capSaid, effectSaid, heldSaid, lastingSaid, termsLine } from "./key-words.ts";
import { gatewayOf } from "./load-card.ts";
import { tellAsked } from "./tell.ts";
import { requireKeyPerson, scopesOf } from "./who.ts";

export function invalid(what: string, help: string): Refusal {
  return new Refusal("key_form_invalid", "That does not fit yet", what, { help });
}

/** Nano-USD of a typed amount. Throws a Refusal. */
export function requireAmount(typed: string | undefined): bigint {
  const amount = readAmount(typed ?? "", "usd");
  if (amount !== undefined && amount > 0n) return amount;
  throw invalid(`'${(typed ?? "").slice(0, 40)}' is not an amount.`, "Write dollars, such as 200.");
}

export function splitList(text: string | undefined): string[] {
  return (text ?? "").split(/[\s,;]+/).filter((one) => one !== "");
}

async function requireScope(asking: Asking, typed: string | undefined): Promise<number> {
  const mine = await scopesOf(asking, asking.asker.personId ?? 0);
  const scope = mine.find(({ id, path }) => String(id) === typed || path === typed);
  if (scope !== undefined) return scope.id;
  throw new Refusal(
    "scope_not_yours",
    "Not one of your scopes",
    "A key can be asked for by those who belong to its scope, and you do not to that one.",
    {
      kind: "forbidden",
      help: "Whoever keeps aispend.yaml can add you: members: [you].",
      actions: [askButton("whoami")],
    },
  );
}

function requireOwner(asking: Asking, personId: number, values: Press["values"]): number {
  const { owner = "", service = "" } = values;
  if (owner.trim() === "") return personId;
  const named = asking.org.personNamed(owner);
  if (named !== undefined && !asking.org.hasLeft(named)) {
    if (named === personId || service.trim() !== "") return named;
    throw invalid(
      "A key for yourself has you as its owner.",
      "Name the service that it is for, or leave the owner empty.",
    );
  }
  throw invalid(`I know nobody '${owner.slice(0, 60)}' here.`, "Write a name or e-mail address.");
}

/** The fields of the form, or of the command line, as a request. */
export async function askOfValues(asking: Asking, values: Press["values"]): Promise<KeyAsk> {
  const { personId } = requireKeyPerson(asking);
  const period = BudgetPeriod.safeParse(values.period ?? "month");
  if (!period.success) throw invalid("The period is none.", "Choose day, week or month.");
  const models = [...splitList(values.models), ...splitList(values.more_models)];
  return {
    scopeId: await requireScope(asking, values.scope),
    ownerId: requireOwner(asking, personId, values),
    service: values.service,
    name: values.name,
    useCase: values.use ?? "",
    environment: values.environment,
    ciJob: values.job,
    models,
    capAmount: requireAmount(values.cap),
    capPeriod: period.data,
    untilDay: values.until === undefined ? undefined : parseDay(values.until),
  };
}

export async function pressRequest(asking: Asking, press: Press): Promise<AnswerBody> {
  const ask = await askOfValues(asking, press.values);
  const asked = await requestKey(asking.pool, ask, {
    orgId: asking.org.id,
    by: requireKeyPerson(asking),
    now: asking.now,
    onAsked: (tx, { request, effect, approvers, roster }) =>
      tellAsked(
        tx,
        { org: asking.org, roster, now: asking.now },
        request,
        effect,
        approvers?.nearest ?? [],
      ),
  });
  return askedAnswer(asking, asked);
}

/** What the one who asks sees at once. */
export async function askedAnswer(
  asking: Asking,
  { request, effect, approvers }: Asked,
): Promise<AnswerBody> {
  const { org, pool, today } = asking;
  const held = await gatewayOf(pool, org.id, request);
  const enforced = heldSaid(held, org.timeZone);
  const terms = { ...request, untilDay: request.untilDay };
  const wish = { amount: request.capAmount, period: request.capPeriod };
  const shared = {
    command: request.kind === "issue" ? `key ${request.name}` : "key requests",
    facts: [
      request.kind === "issue"
        ? { label: "Key", value: `${termsLine(terms, today)}; ${enforced}` }
        : {
            label: "Wish",
            value: `${capSaid(wish)}, ${lastingSaid(terms.untilDay, today)}; ${enforced}`,
          },
      { label: "Effect", value: effectSaid(org, effect, request.scopeId) },
    ],
    source: { basis: "metered" as const, note: "budget from the ledger" },
  };
  if (approvers === undefined) {
    const reveal = { kind: "form", label: "Reveal", form: "key_reveal" } as const;
    return {
      ...shared,
      title: `KEY ${request.name}: approved by policy`,
      sentence:
        request.kind === "issue"
          ? `${request.name} is small enough for the policy of aispend.yaml: ` +
            "reveal its secret, once."
          : `The cap of ${request.name} is raised: the policy of aispend.yaml allows it.`,
      actions: request.kind === "issue" ? [{ ...reveal, token: String(request.keyId ?? 0) }] : [],
    };
  }
  const names = approvers.nearest.slice(0, 3).map((id) => org.personName(id));
  return {
    ...shared,
    title: `KEY ${request.name}: waiting`,
    sentence: `I asked ${allOf(names)}; you hear from me as soon as it is decided.`,
    actions: [
      {
        kind: "press",
        label: "Withdraw",
        verb: "key_withdraw",
        token: String(request.id),
        style: "default",
      },
      askButton("key requests", "My requests"),
    ],
  };
}
