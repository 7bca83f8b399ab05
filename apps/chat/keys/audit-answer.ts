import { auditChange } from "#core/audit/about.ts";
import { findAuditHead, listAudit } from "#core/audit/service.ts";
import { csvLine } from "#core/csv.ts";
import { findKeyByName, listKeys } from "#core/keys/lookup.ts";
import { listScopeRequests } from "#core/keys/request-service.ts";
import type { VirtualKey } from "#core/keys/schema.ts";
import { may } from "#core/org/permission.ts";
import { loadRoster } from "#core/org/roster.ts";
import { wallClock } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { joined, type Word } from "../grammar/words.ts";
import { askButton, Refusal } from "../refusal.ts";
import { saidDay } from "../said/said-period.ts";
import { settleSubject } from "../spend/settle-question.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { readSpendWords } from "../spend/spend-words.ts";
import { spellNamed } from "../subject.ts";

interface Subject {
  readonly said: string;
  readonly command: string;
  readonly scopeId: number;
  readonly ownerId: number | undefined;
  readonly subjects: readonly string[];
}

function subjectsOfKey(key: VirtualKey): string[] {
  return [
    `virtual_key:${key.id}`,
    // Its caps are the budgets' own, under the name that the ledger has for it.
    `key:${key.dimensionId}`,
    ...(key.requestId === undefined ? [] : [`key_request:${key.requestId}`]),
  ];
}

async function ofScope(asking: Asking, words: readonly Word[]): Promise<Subject> {
  const { org, pool } = asking;
  const spend = readSpendWords(undefined, words, asking.today);
  const { subject } = await settleSubject(asking, spend, (said) => `audit ${said}`);
  const { main } = subject;
  if (main.scopeId === undefined) {
    throw new Refusal(
      "audit_subject_unknown",
      "Not kept for that",
      `The log is about scopes and issued keys; ${main.said} is a ${main.kind}.`,
      { kind: "unprocessable", actions: [askButton("audit org"), askButton("keys")] },
    );
  }
  const root = org.scopes.find(({ id }) => id === main.scopeId)?.path;
  const below = org.scopes.filter(
    ({ path }) => root === undefined || path === root || path.startsWith(`${root}/`),
  );
  const scopeIds = below.map(({ id }) => id);
  const keys = await listKeys(pool, { orgId: org.id, scopeIds });
  const requests = await listScopeRequests(pool, org.id, scopeIds);
  return {
    said: main.said,
    command: `audit ${main.kind === "org" ? "org" : spellNamed(main)}`,
    scopeId: main.scopeId,
    ownerId: undefined,
    subjects: [
      ...(root === undefined ? ["organization", "scope:0"] : []),
      ...scopeIds.map((id) => `scope:${id}`),
      ...keys.flatMap(subjectsOfKey),
      ...requests.map((id) => `key_request:${id}`),
    ],
  };
}

async function settle(asking: Asking, words: readonly Word[]): Promise<Subject> {
  const name = joined(words.filter(({ lower }) => lower !== "key"));
  const key = await findKeyByName(asking.pool, asking.org.id, name.toLowerCase());
  if (key === undefined) return ofScope(asking, words);
  return {
    said: key.name,
    command: `audit key ${key.name}`,
    scopeId: key.scopeId,
    ownerId: key.ownerId,
    subjects: subjectsOfKey(key),
  };
}

async function requireSight(asking: Asking, { scopeId, ownerId, said }: Subject): Promise<void> {
  const { asker, org, now, pool } = asking;
  if (asking.sight.isOperator) return;
  const roster = await loadRoster(pool, org.id);
  const at = roster.parents.has(scopeId) ? scopeId : 0;
  const question = { action: "see_audit", scopeId: at, thingOwnerId: ownerId, now } as const;
  if (asker.personId !== undefined && may(roster, asker.personId, question).allowed) return;
  throw new Refusal("not_permitted", "Not shown to you", `You may not see the log of ${said}.`, {
    kind: "forbidden",
    help: "It is for those who answer for anything there, the on-call, and the owner of a key.",
    actions: [askButton("owners org")],
  });
}

const SHOWN = 20;
const EXPORTED = 2_000;

/** Who did what to a scope or key, with before and after, the newest first. */
export async function auditAnswer(asking: Asking, words: readonly Word[]): Promise<AnswerBody> {
  const { org, pool } = asking;
  const subject = await settle(asking, words);
  await requireSight(asking, subject);
  const entries = await listAudit(pool, {
    orgId: org.id,
    subjects: subject.subjects,
    limit: EXPORTED,
  });
  const head = await findAuditHead(pool, org.id);
  const who = (actor: string) => {
    const id = /^person:(\d+)$/.exec(actor)?.[1];
    return id === undefined ? actor : org.personName(Number(id));
  };
  const when = (at: string) => {
    const { day, time } = wallClock(new Date(at), org.timeZone);
    return `${saidDay(day)} ${time.slice(0, 5)}`;
  };
  const scopeNamed = (id: number) => org.scopes.find((scope) => scope.id === id)?.path ?? org.name;
  const named = (text: string) =>
    text
      .replace(/\bperson:(\d+)/g, (_all, id) => org.personName(Number(id)))
      .replace(/\bscope:(\d+)/g, (_all, id) => scopeNamed(Number(id)));
  const rows = entries.map((entry) => [
    when(entry.at),
    who(entry.actor),
    entry.action,
    [named(auditChange(entry)), entry.reason ?? ""].filter((one) => one !== "").join("; "),
    entry.surface ?? "",
  ]);
  const [newest] = rows;
  const columns = ["When", "Who", "What", "Change and reason", "From"];
  return {
    command: subject.command,
    title: `Audit of ${subject.said}: ${entries.length} entries`,
    sentence:
      newest === undefined
        ? `The log has nothing about ${subject.said}.`
        : `The newest of ${entries.length} entries about ${subject.said}: ` +
          `${newest[2]} by ${newest[1]} on ${newest[0]}.`,
    ...(newest === undefined
      ? {}
      : {
          table: {
            caption: "The newest first",
            columns: columns.map((label) => ({ label })),
            rows: rows.slice(0, SHOWN).map((row) => row.map((cell) => cell.slice(0, 200))),
            omitted: Math.max(0, rows.length - SHOWN),
          },
        }),
    details: head === undefined ? [] : [`Head of the whole log: ${head.position}:${head.hash}`],
    source: { basis: "none", note: "the append-only log; aispend audit verify proves it" },
    actions: [{ kind: "download", label: "Export", command: subject.command }],
    download: {
      filename: `audit-${subject.said.replace(/[^a-z0-9-]+/gi, "-")}.csv`,
      csv: [columns, ...rows].map((row) => csvLine(row)).join(""),
    },
  };
}
