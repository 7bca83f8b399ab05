import { AispendError } from "#core/errors.ts";
import type { Day } from "#core/time.ts";
import type { LoadedState } from "./file/load-state.ts";
import type { OrganisationState, PersonRecord } from "./file/state.ts";

/** One account of a directory: Slack's users, Entra's users, a row of a CSV. */
export interface ListedPerson {
  /** As the directory confirms it; who has none cannot be told from others and is passed over. */
  readonly email: string | undefined;
  readonly name: string | undefined;
  readonly github?: string | undefined;
  /** False: deactivated there. */
  readonly active: boolean;
  /** First day gone, where the directory says; else the day of the import. */
  readonly leftOn?: Day | undefined;
  /** Guests and bots are no people of the organisation. */
  readonly kind: "member" | "guest" | "bot";
}

export interface Listing {
  readonly people: readonly ListedPerson[];
  /** Whoever the directory brought before and is not in it now has left. */
  readonly complete: boolean;
}

export interface ListingChanges {
  /** The organisation with the listing worked in. */
  readonly state: OrganisationState;
  readonly joined: readonly string[];
  readonly left: readonly string[];
  readonly returned: readonly string[];
  readonly changed: readonly string[];
  /** Everyone whom the directory vouches for now. */
  readonly members: ReadonlySet<string>;
}

const MAX_MISSING_SHARE = 0.2;
const MIN_MISSING = 3;

/**
 * Works a directory's listing into the organisation. Details of people who are in the file stay the
 * file's; their leaving is the directory's to say. Throws `listing_incomplete` when a complete
 * listing lacks so many that it was more likely cut off.
 */
export function workInListing(current: LoadedState, listing: Listing, today: Day): ListingChanges {
  const people = new Map(current.state.people);
  const known = byEmail(people);
  const changes = {
    joined: [] as string[],
    left: [] as string[],
    returned: [] as string[],
    changed: [] as string[],
  };
  const listed = accounts(listing.people);
  const members = new Set<string>();
  for (const [email, entry] of listed) {
    const key = known.get(email);
    const person = key === undefined ? undefined : people.get(key);
    if (key === undefined || person === undefined) {
      if (!entry.active) continue;
      people.set(email, joiner(email, entry));
      changes.joined.push(email);
      continue;
    }
    if (entry.active) members.add(key);
    const next = nextRecord(current, key, person, entry, email, today);
    if (next === undefined) continue;
    people.set(key, next);
    if (person.leftOn === null && next.leftOn !== null) changes.left.push(key);
    else if (person.leftOn !== null && next.leftOn === null) changes.returned.push(key);
    else changes.changed.push(key);
  }
  if (listing.complete) {
    for (const key of missing(current, new Set(listed.keys()))) {
      const person = people.get(key);
      if (person !== undefined) people.set(key, { ...person, leftOn: today });
      changes.left.push(key);
    }
  }
  return { state: { ...current.state, people }, ...changes, members };
}

/** One entry per address: an active account decides over a deactivated one of the same address. */
function accounts(people: readonly ListedPerson[]): Map<string, ListedPerson> {
  const found = new Map<string, ListedPerson>();
  for (const person of people) {
    const email = person.email?.trim().toLowerCase();
    if (email === undefined || email === "" || person.kind !== "member") continue;
    if (found.get(email)?.active !== true) found.set(email, person);
  }
  return found;
}

/** By address; who is only known from usage has it as key. */
function byEmail(people: ReadonlyMap<string, PersonRecord>): Map<string, string> {
  const found = new Map<string, string>();
  for (const key of people.keys()) if (key.includes("@")) found.set(key.toLowerCase(), key);
  for (const [key, { email }] of people) if (email !== null) found.set(email, key);
  return found;
}

function joiner(email: string, entry: ListedPerson): PersonRecord {
  const github = entry.github ?? null;
  return { name: said(entry.name), email, github, delegates: [], leftOn: null };
}

/** A name on one line, as the file takes it. */
function said(name: string | undefined): string | null {
  const line = name?.replace(/\s+/g, " ").trim().slice(0, 200).trim() ?? "";
  return line === "" ? null : line;
}

function nextRecord(
  current: LoadedState,
  key: string,
  person: PersonRecord,
  entry: ListedPerson,
  email: string,
  today: Day,
): PersonRecord | undefined {
  const origin = current.origins.get(key);
  const isOwn = origin === "directory" || origin === "usage";
  const leftOn = nextLeftOn(current, key, person, entry, today);
  const next: PersonRecord = isOwn
    ? {
        ...person,
        email,
        name: said(entry.name) ?? person.name,
        github: entry.github ?? person.github,
        leftOn,
      }
    : { ...person, leftOn };
  const same =
    next.leftOn === person.leftOn &&
    next.name === person.name &&
    next.email === person.email &&
    next.github === person.github;
  return same ? undefined : next;
}

/** Only a leaving that the directory said is taken back by it: the file's and chat's word stays. */
function nextLeftOn(
  current: LoadedState,
  key: string,
  person: PersonRecord,
  entry: ListedPerson,
  today: Day,
): Day | null {
  if (!entry.active) return person.leftOn ?? entry.leftOn ?? today;
  const id = current.ids.people.get(key);
  const said = current.provenance.get(`person:${id} leftOn`);
  return said?.origin === "directory" ? null : person.leftOn;
}

function missing(current: LoadedState, listed: ReadonlySet<string>): string[] {
  const there = [...current.state.people].filter(
    ([key, { leftOn }]) => current.origins.get(key) === "directory" && leftOn === null,
  );
  const gone = there.filter(([key, { email }]) => !listed.has(email ?? key.toLowerCase()));
  if (gone.length >= MIN_MISSING && gone.length > there.length * MAX_MISSING_SHARE) {
    throw new AispendError(
      "listing_incomplete",
      `${gone.length} of ${there.length} people would have left at once: the listing is cut off`,
      { kind: "unprocessable", help: "Read all pages of the directory, or mark leavers singly." },
    );
  }
  return gone.map(([key]) => key);
}
