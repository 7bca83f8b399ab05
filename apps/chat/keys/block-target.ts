import type { Target } from "#core/keys/block.ts";
import { findKey, findKeyByName, listKeys } from "#core/keys/lookup.ts";
import type { VirtualKey } from "#core/keys/schema.ts";
import type { Asking } from "../asking.ts";
import { joined, type Word } from "../grammar/words.ts";
import { namedScope } from "../names/find-named.ts";
import { askButton, Refusal } from "../refusal.ts";
import { settleSubject } from "../spend/settle-question.ts";
import { readSpendWords } from "../spend/spend-words.ts";
import { spellName, spellNamed } from "../subject.ts";
import { oldButton } from "./who.ts";

/** What is blocked, unblocked or capped. */
export interface Stopped {
  readonly target: Target;
  readonly said: string;
  /** As the commands name it: "key ci-nightly-7", "agent refund-agent". */
  readonly command: string;
  /** The living keys that it concerns. */
  readonly keys: readonly VirtualKey[];
}

const LIVING = ["approved", "active", "suspended"] as const;

function ofKey(key: VirtualKey): Stopped {
  const command = `key ${spellName(key.name)}`;
  return { target: { kind: "key", id: key.id }, said: key.name, command, keys: [key] };
}

async function ofScope(asking: Asking, scopeId: number): Promise<Stopped | undefined> {
  const { org, pool } = asking;
  const scope = org.scopes.find(({ id }) => id === scopeId);
  if (scope === undefined) return undefined;
  const below = org.scopes.filter(
    ({ path }) => path === scope.path || path.startsWith(`${scope.path}/`),
  );
  const scopeIds = below.map(({ id }) => id);
  return {
    target: { kind: "scope", id: scopeId },
    said: scope.shortName,
    command: spellNamed(namedScope(scope)),
    keys: await listKeys(pool, { orgId: org.id, scopeIds, states: LIVING }),
  };
}

/** A key that others issued is none that the gateway could refuse. */
function notIssued(name: string): Refusal {
  return new Refusal(
    "key_not_issued",
    "Not issued here",
    `'${name}' was not issued by aispend, so its gateway cannot refuse it.`,
    {
      kind: "unprocessable",
      help: "Deactivate it at its provider, or move its traffic to a key of yours: key request",
      actions: [askButton("keys"), askButton(`key ${spellName(name)}`, "Spend")],
    },
  );
}

/** By name: "key NAME", "agent NAME", "project NAME", "team NAME". */
export async function stoppedNamed(
  asking: Asking,
  words: readonly Word[],
  verb: string,
): Promise<Stopped> {
  const { org, pool, today } = asking;
  const [first, ...rest] = words;
  const isKey = first?.lower === "key";
  const name = joined(isKey ? rest : words);
  const key = await findKeyByName(pool, org.id, name.toLowerCase());
  if (key !== undefined) return ofKey(key);
  const spend = readSpendWords(isKey ? "key" : undefined, isKey ? rest : words, today);
  const { subject } = await settleSubject(asking, spend, (said) => `${verb} ${said}`);
  const { main } = subject;
  if (main.kind === "key") throw notIssued(main.name);
  const found =
    main.scopeId === undefined || main.scopeId === 0
      ? undefined
      : await ofScope(asking, main.scopeId);
  if (found !== undefined && main.name !== "unattributed") return found;
  throw new Refusal(
    "block_target_unknown",
    "Not one of those",
    `Keys, agents, projects and teams can be stopped and capped; ${main.said} is none of them.`,
    {
      kind: "unprocessable",
      help: `Write for example: ${verb} key ci-nightly-7`,
      actions: [askButton("keys")],
    },
  );
}

/** "key:12", "scope:7": as a button carries it. */
export function targetToken({ kind, id }: Target): string {
  return `${kind}:${id}`;
}

export async function stoppedOf(asking: Asking, token: string): Promise<Stopped> {
  const [kind, id] = token.split(":");
  const number = /^\d{1,9}$/.test(id ?? "") ? Number(id) : 0;
  if (kind === "key") {
    const key = await findKey(asking.pool, asking.org.id, number);
    if (key !== undefined) return ofKey(key);
  }
  const scope = kind === "scope" ? await ofScope(asking, number) : undefined;
  if (scope === undefined) throw oldButton();
  return scope;
}
