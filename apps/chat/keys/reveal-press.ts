import { transaction } from "#core/db/transaction.ts";
import { isDrivenReceipt, revealDriven, takeBackDriven } from "#core/keys/driven.ts";
import type { OpenDriver } from "#core/keys/driver.ts";
import { loadEffect } from "#core/keys/effect.ts";
import { findKey } from "#core/keys/lookup.ts";
import { getRequest } from "#core/keys/request-service.ts";
import { type Revealed, revealKey, takeBackSecret } from "#core/keys/reveal.ts";
import { OWN_GATEWAY, type VirtualKey } from "#core/keys/schema.ts";
import { termsOf } from "#core/keys/terms.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Press } from "../surface.ts";
import { baseUrlSaid } from "./key-words.ts";
import { tellOutcome } from "./tell.ts";
import { numberOf, oldButton, requireKeyPerson } from "./who.ts";

/** The card says that it was revealed, or can be again; an undo is possible only before. */
async function showOnCards(asking: Asking, key: VirtualKey, revealed: boolean): Promise<void> {
  const { org, now, today } = asking;
  const { requestId } = key;
  if (requestId === undefined) return;
  await transaction(asking.pool, async (tx) => {
    const request = await getRequest(tx, org.id, requestId);
    const roster = await loadRoster(tx, org.id);
    const terms = termsOf(request);
    const asked = { roster, scopeId: request.scopeId, terms, today, exceptKeyId: key.id };
    const effect = await loadEffect(tx, asked);
    await tellOutcome(tx, { org, roster, now }, request, effect, { revealed, requester: false });
  });
}

function requireDriver({ openDriver }: Asking): OpenDriver {
  if (openDriver !== undefined) return openDriver;
  throw new Refusal(
    "gateway_unreachable",
    "Not from here",
    "This key is made at another gateway, which cannot be reached from here.",
    { kind: "unavailable", help: "Reveal it in chat." },
  );
}

/**
 * Mints the secret and shows it: where the surface keeps no history, to the one who presses. A
 * surface that fails to show it presses `notShown`.
 */
export async function revealAnswer(asking: Asking, token: string): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const by = requireKeyPerson(asking);
  const press = { orgId: org.id, keyId: numberOf(token), by, now };
  const there = await findKey(pool, org.id, press.keyId);
  const isOwn = there === undefined || there.gateway === OWN_GATEWAY;
  const revealed = isOwn
    ? await revealKey(pool, press)
    : await revealDriven(pool, requireDriver(asking), press);
  await showOnCards(asking, revealed.key, true);
  return secretAnswer(revealed, isOwn ? asking.gatewayUrl : undefined);
}

function secretAnswer(
  { key, secret, receipt }: Revealed,
  gatewayUrl: string | undefined,
): AnswerBody {
  return {
    command: `key ${key.name}`,
    title: `KEY ${key.name}: your secret`,
    sentence: `This is the secret of ${key.name}; it is shown this once and kept nowhere.`,
    notes: [
      "Put it where your program reads it, such as a secret store, and nowhere else.",
      ...(gatewayUrl === undefined ? [] : [`It works at once: ${baseUrlSaid(gatewayUrl)}.`]),
      `Lost or leaked? Rotate it: key rotate ${key.name}`,
    ],
    source: { basis: "none" },
    secret: { label: key.name, value: secret, notShown: "key_not_shown", receipt },
  };
}

/** Pressed by the surface in the name of the one it was minted for. */
export async function pressNotShown(asking: Asking, press: Press): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const by = requireKeyPerson(asking);
  if (!/^\d{1,9}\.\d{1,9}$/.test(press.token)) throw oldButton();
  const before = await findKey(pool, org.id, numberOf(press.token.split(".")[0] ?? ""));
  const from = { orgId: org.id, by, now };
  const key = isDrivenReceipt(press.token)
    ? await takeBackDriven(pool, requireDriver(asking), { ...from, keyId: before?.id ?? 0 })
    : await takeBackSecret(pool, { ...from, receipt: press.token });
  if (before?.state !== key.state) await showOnCards(asking, key, false);
  return {
    command: `key ${key.name}`,
    title: `KEY ${key.name}: not shown`,
    sentence: "The secret could not be shown, so it was revoked at once; press Reveal again.",
    source: { basis: "none" },
    actions: [
      { kind: "form", label: "Reveal", form: "key_reveal", token: String(key.id) },
      askButton(`key ${key.name}`, "Key"),
    ],
  };
}
