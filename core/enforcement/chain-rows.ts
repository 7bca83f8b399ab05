import { cachedLocalDay } from "#core/ledger/prepare.ts";
import type { Day } from "#core/time.ts";
import { type Cap, periodOf, subjectName } from "./cap.ts";
import type { KeyGrant } from "./holds.ts";
import { type LocalRow, newRow } from "./local-row.ts";

/** Which rows a key's requests count against: the caps of its chain, in the periods of the day. */
export interface ChainRows {
  readonly rows: Map<string, LocalRow>;
  readonly timeZone: () => string;
  readonly dayOf: (now: Date) => Day;
  rowsOf(grant: KeyGrant, now: Date): readonly LocalRow[];
  setCaps(caps: readonly Cap[], timeZone: string): void;
  /** Rows that nothing is kept in; whoever needs one again gets a new one. */
  forget(keys: readonly string[]): void;
}

const CACHED_CHAINS = 20_000;

export function createChainRows(): ChainRows {
  const rows = new Map<string, LocalRow>();
  const chains = new Map<string, readonly LocalRow[]>();
  /** The same by the grant itself, which a request has at hand. */
  let byGrant = new WeakMap<KeyGrant, { day: Day; rows: readonly LocalRow[] }>();
  const state = { caps: new Map<string, Cap[]>(), timeZone: "UTC", dayOf: cachedLocalDay("UTC") };
  const forgetChains = (): void => {
    chains.clear();
    byGrant = new WeakMap();
  };
  return {
    rows,
    timeZone: () => state.timeZone,
    dayOf: (now) => state.dayOf(now),
    rowsOf(grant, now) {
      const day = state.dayOf(now);
      const last = byGrant.get(grant);
      if (last?.day === day) return last.rows;
      const chainKey = `${grant.chain.map(subjectName).join()} ${day}`;
      const known = chains.get(chainKey);
      if (known !== undefined) {
        byGrant.set(grant, { day, rows: known });
        return known;
      }
      if (chains.size > CACHED_CHAINS) chains.clear();
      const caps = grant.chain.flatMap((subject) => state.caps.get(subjectName(subject)) ?? []);
      const found = caps.map((cap) => {
        const period = periodOf(cap, day);
        const key = `${subjectName(cap.subject)} ${cap.period} ${period.start}`;
        const row = rows.get(key) ?? newRow(key, cap, period);
        rows.set(key, row);
        return row;
      });
      chains.set(chainKey, found);
      return found;
    },
    setCaps(caps, timeZone) {
      const bySubject = new Map<string, Cap[]>();
      const bySlot = new Map<string, Cap>();
      for (const cap of caps) {
        const name = subjectName(cap.subject);
        bySubject.set(name, [...(bySubject.get(name) ?? []), cap]);
        bySlot.set(`${name} ${cap.period}`, cap);
      }
      if (timeZone !== state.timeZone) state.dayOf = cachedLocalDay(timeZone);
      state.caps = bySubject;
      state.timeZone = timeZone;
      forgetChains();
      for (const row of rows.values()) {
        row.cap = bySlot.get(`${subjectName(row.cap.subject)} ${row.cap.period}`) ?? row.cap;
      }
    },
    forget(keys) {
      for (const key of keys) rows.delete(key);
      forgetChains();
    },
  };
}
