import type { Action } from "#core/answers/schema.ts";
import { heldAt } from "#core/keys/key-gateway.ts";
import type { VirtualKey } from "#core/keys/schema.ts";
import { findKeyCap } from "#core/keys/watch.ts";
import type { Asking } from "../asking.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { spellName } from "../subject.ts";
import { capSaid, heldSaid, scopeSaid, useSaid } from "./key-words.ts";
import type { KeyStepName, RaiseWords } from "./read-key-words.ts";
import { invalid } from "./request-press.ts";
import { keyOfToken } from "./who.ts";

/** What was typed changes nothing yet: it is pressed, and decided when it is pressed. */
function confirmBody(
  asking: Asking,
  key: VirtualKey,
  args: { what: string; sentence: string; actions: Action[]; enforced?: string },
): AnswerBody {
  const { org } = asking;
  return {
    command: `key ${spellName(key.name)}`,
    title: `${args.what}?`,
    sentence: `${args.sentence} Nothing is changed until you press.`,
    facts: [
      { label: "Use", value: useSaid(key) },
      { label: "Scope", value: scopeSaid(org, key.scopeId) },
      { label: "Owner", value: org.personName(key.ownerId) },
      ...(args.enforced === undefined ? [] : [{ label: "Enforced", value: args.enforced }]),
    ],
    source: { basis: "none" },
    actions: [...args.actions, askButton(`key ${spellName(key.name)}`, "Leave it")],
  };
}

const STEPS = {
  suspend: ["Suspend", "is refused by the gateway until it is resumed"],
  resume: ["Resume", "works again"],
  revoke: ["Revoke", "is refused by the gateway, for good"],
} as const;

export function confirmStep(asking: Asking, step: KeyStepName, key: VirtualKey): AnswerBody {
  const [label, effect] = STEPS[step];
  return confirmBody(asking, key, {
    what: `${label} ${key.name}`,
    sentence: `${key.name} ${effect}.`,
    actions: [
      {
        kind: "press",
        label,
        verb: "key_step",
        token: `${step}|${key.id}`,
        style: step === "resume" ? "primary" : "danger",
      },
    ],
  });
}

export function confirmRotate(asking: Asking, key: VirtualKey): AnswerBody {
  const press = (label: string, hours: number, style: "primary" | "danger"): Action => ({
    kind: "press",
    label,
    verb: "key_rotate",
    token: `${key.id}|${hours}`,
    style,
  });
  return confirmBody(asking, key, {
    what: `Rotate ${key.name}`,
    sentence:
      `The owner of ${key.name} reveals a new secret; ` +
      "the old one works for a while beside it.",
    actions: [
      press("Old works 1 more day", 24, "primary"),
      press("Lost: old stops now", 0, "danger"),
    ],
  });
}

export async function confirmTransfer(
  asking: Asking,
  key: VirtualKey,
  name: string,
): Promise<AnswerBody> {
  const to = asking.org.personNamed(name);
  if (to === undefined) {
    throw invalid(`I know nobody '${name.slice(0, 60)}' here.`, "Write a name or e-mail address.");
  }
  const said = asking.org.personName(to);
  return confirmBody(asking, await keyOfToken(asking, String(key.id)), {
    what: `Give ${key.name} to ${said}`,
    sentence: `${said} would own ${key.name}.`,
    actions: [
      {
        kind: "press",
        label: `Give to ${said}`.slice(0, 75),
        verb: "key_transfer",
        token: `${key.id}|${said}`,
        style: "primary",
      },
    ],
  });
}

export async function confirmRaise(
  asking: Asking,
  key: VirtualKey,
  { amount, until, reason }: RaiseWords,
): Promise<AnswerBody> {
  const cap = await findKeyCap(asking.pool, key);
  const period = cap?.period ?? "month";
  const now = cap === undefined ? "no cap now" : `${capSaid(cap)} now`;
  const token = String(key.id);
  const enforced = heldSaid(await heldAt(asking.pool, key), asking.org.timeZone);
  if (amount === undefined) {
    return confirmBody(asking, key, {
      enforced,
      what: `Another cap for ${key.name}`,
      sentence: `Say how much, until when and why (${now}); whoever approves its keys decides.`,
      actions: [{ kind: "form", label: "Raise cap...", form: "key_raise", token }],
    });
  }
  const wanted = capSaid({ amount, period });
  const today = until === undefined ? "" : " today";
  const form: Action = {
    kind: "form",
    label: "Say why...",
    form: "key_raise",
    token,
  };
  const press: Action = {
    kind: "press",
    label: "Ask for it",
    verb: "key_raise",
    token: `${key.id}|${period}|${amount}|${until ?? ""}|${reason}`,
    style: "primary",
  };
  return confirmBody(asking, key, {
    enforced,
    what: `${key.name}: ${wanted}${today}`,
    sentence:
      `The cap of ${key.name} would be ${wanted}${today} (${now}); ` +
      "whoever approves its keys decides.",
    actions: [reason === "" ? form : press],
  });
}
