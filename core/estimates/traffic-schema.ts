import { z } from "zod";
import { Discount, OwnPrice, RegionalUplift } from "#core/pricing/schema.ts";
import { Accountable, Calibration, Usd } from "./report-schema.ts";
import { Subject } from "./repository-schema.ts";
import { TrafficProfile } from "./schema.ts";

/** What the calls of one subject send, by model, dearest first. */
export const SubjectTraffic = z.strictObject({
  subject: Subject,
  profiles: z.array(TrafficProfile).max(200),
});
export type SubjectTraffic = z.infer<typeof SubjectTraffic>;

/** aispend.usage.json: what `aispend usage snapshot` prints, to be kept in the repository. */
export const UsageSnapshot = z.strictObject({
  version: z.literal(1),
  /** The local day on which it was taken. */
  date: z.iso.date(),
  subjects: z.array(SubjectTraffic).max(1_000),
});
export type UsageSnapshot = z.infer<typeof UsageSnapshot>;

/** A budget as it stands today: enough to say what a change would make of it. */
export const BudgetState = z.strictObject({
  label: z.string(),
  period: z.enum(["day", "week", "month", "quarter", "year"]),
  limit: Usd,
  spent: Usd,
  /** Of the days that are over. */
  complete: Usd,
  /** Half-open local days, and today. */
  start: z.iso.date(),
  end: z.iso.date(),
  today: z.iso.date(),
  outlook: z
    .strictObject({
      p10: Usd,
      p50: Usd,
      p90: Usd,
      p99: Usd,
      historyDays: z.int(),
      /** Of what is still to come, by day: cumulative shares ascending to 1. */
      path: z.array(z.number()).max(400),
    })
    .nullable(),
  accountable: Accountable.nullable(),
});
export type BudgetState = z.infer<typeof BudgetState>;

/** Body of `POST /v1/estimates/quote`. */
export const QuoteRequest = z.strictObject({
  version: z.literal(1),
  organisation: z.string().max(63).optional(),
  /** None: the repository's project alone. */
  subjects: z.array(Subject).max(50),
});
export type QuoteRequest = z.infer<typeof QuoteRequest>;

/** What the server answers: traffic and budgets of the repository's own scopes, nothing else. */
export const Quote = z.strictObject({
  version: z.literal(1),
  asOf: z.iso.datetime(),
  subjects: z.array(SubjectTraffic.extend({ budgets: z.array(z.int()) })),
  /** The profile that a path without a mapping takes. */
  project: SubjectTraffic.extend({ budgets: z.array(z.int()) }).nullable(),
  /** Asked for, and not of this repository. */
  refused: z.array(z.strictObject({ subject: Subject, reason: z.string() })),
  budgets: z.array(BudgetState),
  /** What the organisation agreed with its providers: its ledger is priced so. */
  terms: z.strictObject({
    prices: z.array(OwnPrice),
    discounts: z.array(Discount),
    uplifts: z.array(RegionalUplift),
  }),
  calibration: Calibration.nullable(),
});
export type Quote = z.infer<typeof Quote>;
