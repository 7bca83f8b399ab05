import type { SpendFilter } from "#core/ledger/spend-query.ts";
import type { Day } from "#core/time.ts";
import type { SubjectKind } from "./grammar/dimension-words.ts";
import { kindOf } from "./grammar/dimension-words.ts";
import { readPeriod } from "./grammar/read-period.ts";
import { plainWord } from "./grammar/words.ts";

/** One thing that a question names, found: the organisation, a scope, or a value of a dimension. */
export interface Named {
  readonly kind: SubjectKind;
  /** As said in an answer: "payments". */
  readonly said: string;
  /** The name that finds it again; "" for the organisation. */
  readonly name: string;
  readonly filter: SpendFilter;
  /** The scope whose owners answer for it: 0 = the organisation; undefined for a dimension. */
  readonly scopeId: number | undefined;
}

/** What a question is about: the first name, narrowed by the others. */
export interface Subject {
  readonly main: Named;
  readonly narrowedBy: readonly Named[];
  readonly filter: SpendFilter;
  /** What the name could have meant as well, or other teams of one's own. */
  readonly otherwise: readonly Named[];
  /** "payments on claude". */
  readonly said: string;
  /** "team payments on model claude": how to ask again. */
  readonly command: string;
}

const BARE = /^[\p{L}\p{N}](?:[\p{L}\p{N}._\-/:@+]*[\p{L}\p{N}_\-+])?$/u;
const RESERVED = new Set(
  `me my mine i we us our the a an all any by per vs versus against on in for of with using via at
  from to through within across inside than total overall altogether everything everyone week month
  quarter year help`.split(/\s+/),
);
const ANY_DAY = "2000-01-03" as Day;

/** A name as it is typed so that it is read as a name: quoted where it could be grammar. */
export function spellName(name: string): string {
  const lower = name.toLowerCase();
  const plain = BARE.test(name) && !RESERVED.has(lower) && kindOf(lower) === undefined;
  if (plain && !isPeriod(name)) return name;
  return name.includes('"') ? `'${name.replaceAll("'", "")}'` : `"${name}"`;
}

function isPeriod(name: string): boolean {
  // What looks like a date and is none would be refused by the grammar.
  const looksLikeDate = /^\d+(?:[./-]\d+)*$|\.\./.test(name);
  return looksLikeDate || readPeriod([plainWord("in"), plainWord(name)], 1, ANY_DAY) !== undefined;
}

export function spellNamed(named: Named): string {
  if (named.kind === "org") return "org";
  // Nobody's spend is asked for by name, so the only person there is oneself.
  return named.kind === "person" ? "me" : `${named.kind} ${spellName(named.name)}`;
}

const AROUND_MODEL: ReadonlySet<SubjectKind> = new Set(["model", "provider"]);

export function combine(
  main: Named,
  narrowedBy: readonly Named[],
  otherwise: readonly Named[] = [],
): Subject {
  const filter: SpendFilter = Object.assign(
    {},
    main.filter,
    ...narrowedBy.map((one) => one.filter),
  );
  const word = (named: Named) => (AROUND_MODEL.has(named.kind) ? "on" : "in");
  return {
    main,
    narrowedBy,
    filter,
    otherwise,
    said: [main.said, ...narrowedBy.map((one) => `${word(one)} ${one.said}`)].join(" "),
    command: [spellNamed(main), ...narrowedBy.map((one) => `${word(one)} ${spellNamed(one)}`)].join(
      " ",
    ),
  };
}
