import type {
  CodingToolDay,
  ConnectionSettings,
  NativeItem,
  SourceKind,
} from "#core/connections/schema.ts";
import type { UsageEvent } from "#core/ledger/schema.ts";
import type { Schedule } from "#core/schedule/schedule.ts";
import type { Day } from "#core/time.ts";
import type { EndUserId } from "./end-user.ts";
import type { Session } from "./http/session.ts";

/** What a key turned out to open. */
export interface Discovery {
  readonly account: string;
  readonly accountName: string | undefined;
  /** What it may do besides reading, as the end of "the key can ..."; undefined: only read. */
  readonly excessRights: string | undefined;
  readonly items: readonly NativeItem[];
}

/** What normalising needs to know beside the page. */
export interface About {
  readonly account: string;
  readonly settings: ConnectionSettings;
  readonly endUserId: EndUserId;
}

/** Everything a report says of one UTC day of an account: the whole truth about that day. */
export interface SourceDay {
  readonly day: Day;
  readonly events: readonly UsageEvent[];
  readonly tools?: readonly CodingToolDay[];
  /** Of single events: those that say less than a callback does, and correct nothing. */
  readonly partial?: ReadonlySet<UsageEvent>;
}

/** Half-open UTC days. */
export interface Window {
  readonly from: Day;
  readonly until: Day;
  /** Of a report of single events: what began earlier was read already. */
  readonly since?: Date;
}

export interface FeedTraits {
  /** Part of each entry's identity, with the source: for ever. */
  readonly name: string;
  /** `days`: a day's events replace what was said of it; `events`: each stands for itself. */
  readonly truth: "days" | "events";
  /** A closed day is complete after so many hours. */
  readonly lagHours: number;
  /** Days that are read again at each poll, today included. */
  readonly restatedDays: number;
  /** How far back the report goes. */
  readonly historyDays: number;
  /** Today is read too: its figures grow until it is over. */
  readonly readsToday: boolean;
  readonly schedule: Schedule;
}

/** How a source's report is asked for, and what its pages mean. */
export interface FeedDefinition<Raw> extends FeedTraits {
  /** Reads the days of the window in order, each to its last page. */
  fetch(
    session: Session,
    window: Window,
    about: About,
  ): AsyncIterable<{ readonly day: Day; readonly raw: Raw }>;
  /** Pure: a day's raw rows as usage, to be attributed and priced later. */
  normalise(day: Day, raw: Raw, about: About): SourceDay;
}

/**
 * One report of a source. Back-fill and poll are the same reading with different windows: the oldest
 * days first once, and the last `restatedDays` at every slot, as reports come late and change.
 */
export interface Feed extends FeedTraits {
  read(session: Session, window: Window, about: About): AsyncIterable<SourceDay>;
}

export function feedOf<Raw>(definition: FeedDefinition<Raw>): Feed {
  const { fetch, normalise, ...traits } = definition;
  return {
    ...traits,
    async *read(session, window, about) {
      for await (const { day, raw } of fetch(session, window, about)) {
        yield normalise(day, raw, about);
      }
    },
  };
}

/** What a source wants to be told, and where its key is made. */
export interface CredentialAsk {
  /** "admin API key (sk-admin-...)" */
  readonly said: string;
  readonly pattern: RegExp | undefined;
  readonly madeAt: string;
}

export interface SourceSetting {
  readonly name: keyof ConnectionSettings;
  readonly required: boolean;
  readonly said: string;
}

export interface Source {
  readonly kind: SourceKind;
  readonly title: string;
  /** The provider that its entries name where a row does not. */
  readonly provider: string;
  readonly credential: CredentialAsk;
  readonly settings: readonly SourceSetting[];
  readonly baseUrl: string | undefined;
  /** Requests a minute that the provider allows; 0 = its answers say when it is enough. */
  readonly requestsPerMinute: number;
  headers(secret: string): Readonly<Record<string, string>>;
  /** Asks who the key is and what it may do. Throws `credential_refused`. */
  discover(session: Session, settings: ConnectionSettings): Promise<Discovery>;
  readonly feeds: readonly Feed[];
}

/** `pull:openai`: what aispend.yaml's `sources` name, and part of each entry's identity. */
export function sourceName(kind: SourceKind): string {
  return kind === "litellm" ? "litellm" : `pull:${kind}`;
}
