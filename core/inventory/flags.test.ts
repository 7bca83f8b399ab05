import { describe, expect, it } from "vitest";
import { parseDay } from "../time.ts";
import { type FlagSetting, flagsOf, isGone, noticeDay } from "./flags.ts";
import { type Item, NO_USE, UNKNOWN_ITEM } from "./item.ts";

const day = parseDay;
const SETTING: FlagSetting = {
  today: day("2026-11-22"),
  idleDays: 30,
  newDays: 7,
  contractDays: 30,
  ledgerSince: day("2026-08-01"),
  dueVendors: new Set(["openai"]),
};
const USED = { ...NO_USE, firstUsed: day("2026-08-01"), lastUsed: day("2026-11-21") };

/** A key that is all right. */
function item(change: Partial<Item> = {}): Item {
  return {
    ...UNKNOWN_ITEM,
    kind: "key",
    id: "key_1",
    name: "key_1",
    ownerId: 7,
    isDeclared: true,
    use: USED,
    ...change,
  };
}

function flags(change: Partial<Item>, setting: Partial<FlagSetting> = {}) {
  return flagsOf(item(change), { ...SETTING, ...setting });
}

describe("what is listed for a decision", () => {
  it("is nothing of a key that has an owner and is used by one team", () => {
    expect(flags({})).toEqual([]);
  });

  it("is what nobody who is here answers for; a model has no owner", () => {
    expect(flags({ ownerId: undefined })).toEqual(["ownerless"]);
    expect(flags({ ownerLeft: true })).toEqual(["ownerless"]);
    expect(flags({ kind: "model", ownerId: undefined })).toEqual([]);
  });

  it("is a key without spend for 30 days, not for 29; a model never", () => {
    const last = (text: string) => ({ use: { ...USED, lastUsed: day(text) } });
    expect(flags(last("2026-10-23"))).toEqual(["idle"]);
    expect(flags(last("2026-10-24"))).toEqual([]);
    expect(flags(last("2026-10-24"), { idleDays: 29 })).toEqual(["idle"]);
    expect(flags({ ...last("2026-10-01"), kind: "model" })).toEqual([]);
  });

  it("is what was never used, once the ledger is old enough to tell", () => {
    expect(flags({ use: NO_USE })).toEqual(["idle"]);
    expect(flags({ use: NO_USE }, { ledgerSince: day("2026-11-01") })).toEqual([]);
    expect(flags({ use: NO_USE }, { ledgerSince: undefined })).toEqual([]);
    // Its use cannot be told apart from another's.
    expect(flags({ kind: "account", use: undefined })).toEqual([]);
  });

  it("is a seat plan with seats that nobody uses, whatever was charged for it", () => {
    expect(flags({ kind: "seat_plan", seats: 46, idleSeats: 12 })).toEqual(["idle"]);
    expect(flags({ kind: "seat_plan", seats: 46, idleSeats: 0, use: NO_USE })).toEqual([]);
  });

  it("is a key or account that two teams use", () => {
    const use = { ...USED, teams: [1, 2] };
    expect(flags({ use })).toEqual(["shared"]);
    expect(flags({ use, kind: "account" })).toEqual(["shared"]);
    expect(flags({ use, kind: "model" })).toEqual([]);
    expect(flags({ use: { ...USED, teams: [1] } })).toEqual([]);
  });

  it("is what was first used in the last 7 days and nobody declared, issued or decided", () => {
    const use = { ...USED, firstUsed: day("2026-11-16") };
    const seen = { use, isDeclared: false };
    expect(flags(seen)).toEqual(["new"]);
    expect(flags({ ...seen, kind: "model", ownerId: undefined })).toEqual(["new"]);
    expect(flags({ use })).toEqual([]);
    expect(flags({ ...seen, virtualKeyId: 3 })).toEqual([]);
    expect(flags({ ...seen, use: { ...use, firstUsed: day("2026-11-15") } })).toEqual([]);
    expect(flags(seen, { ledgerSince: day("2026-11-16") })).toEqual([]);
  });

  it("is a contract from 30 days before notice is due, and on after its end", () => {
    const ends = { kind: "account", contractUntil: day("2027-02-20"), noticeDays: 60 } as const;
    expect(noticeDay(item(ends))).toBe("2026-12-22");
    expect(flags(ends)).toEqual(["contract"]);
    expect(flags(ends, { contractDays: 29 })).toEqual([]);
    expect(flags({ ...ends, noticeDays: undefined })).toEqual([]);
    expect(flags({ ...ends, contractUntil: day("2026-10-01") })).toEqual(["contract"]);
  });

  it("is an account or seat plan of a vendor whose review is due", () => {
    expect(flags({ kind: "account", provider: "OpenAI" })).toEqual(["review"]);
    expect(flags({ kind: "seat_plan", provider: "openai" })).toEqual(["review"]);
    expect(flags({ kind: "key", provider: "openai" })).toEqual([]);
    expect(flags({ kind: "account", provider: "anthropic" })).toEqual([]);
  });

  it("is what was retired and spent again on a later day, and nothing that only was retired", () => {
    expect(flags({ retiredOn: day("2026-11-20") })).toEqual(["reopened"]);
    const gone = item({ retiredOn: day("2026-11-21"), ownerId: undefined });
    expect([isGone(gone), flagsOf(gone, SETTING)]).toEqual([true, []]);
  });

  it("names the gravest first", () => {
    const use = { ...USED, teams: [1, 2], firstUsed: day("2026-11-20") };
    expect(flags({ use, isDeclared: false, ownerId: undefined })).toEqual([
      "ownerless",
      "new",
      "shared",
    ]);
  });
});
