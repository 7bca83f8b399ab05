import { describe, expect, it } from "vitest";
import { checkFocus, type FocusReport } from "./check.ts";
import { CRITERIA, type Criterion, type Row } from "./rule.ts";
import { FOCUS_RULES } from "./rules/all.ts";

/** A charge that keeps every rule, with all columns but those of commitments and currencies. */
const FINE: Row = {
  BilledCost: "0.0175",
  EffectiveCost: "0.0175",
  ListCost: "0.035",
  ContractedCost: "0.0175",
  BillingAccountId: "org-1",
  BillingAccountName: "Acme",
  BillingAccountType: "Organisation",
  BillingCurrency: "USD",
  BillingPeriodStart: "2026-11-01T00:00:00Z",
  BillingPeriodEnd: "2026-12-01T00:00:00Z",
  ChargePeriodStart: "2026-11-03T10:00:00Z",
  ChargePeriodEnd: "2026-11-03T11:00:00Z",
  ChargeCategory: "Usage",
  ChargeClass: null,
  ChargeDescription: "gpt-4o chat",
  ChargeFrequency: "Usage-Based",
  ConsumedQuantity: "35",
  ConsumedUnit: "Tokens",
  InvoiceId: "inv-1",
  InvoiceIssuerName: "openai",
  PricingQuantity: "35",
  PricingUnit: "1000 Tokens",
  PricingCategory: "Standard",
  ContractedUnitPrice: "0.0005",
  ListUnitPrice: "1E-3",
  ProviderName: "openai",
  PublisherName: "openai",
  ServiceCategory: "AI and Machine Learning",
  ServiceSubcategory: "Generative AI",
  ServiceName: "OpenAI API",
  SkuId: "gpt-4o",
  SkuMeter: "Tokens",
  SkuPriceId: "gpt-4o/standard",
  SkuPriceDetails: '{"x_Tier":"standard"}',
  SubAccountId: "disputes",
  SubAccountName: "disputes",
  SubAccountType: "Project",
  ResourceId: "agent-1",
  ResourceName: "refund-agent",
  ResourceType: "Agent",
  RegionId: "eu-1",
  RegionName: "Europe",
  AvailabilityZone: "eu-1a",
  Tags: '{"team":"payments"}',
  x_CostCentre: "CC-1",
};
function checked(rows: readonly Row[], claims: readonly Criterion[] = []): FocusReport {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const check = checkFocus(columns, new Set(claims));
  for (const [index, row] of rows.entries()) check.add(index + 2, row);
  return check.finish();
}

function failedIds(report: FocusReport): string[] {
  return [...report.verdicts].flatMap(([id, { state }]) => (state === "failed" ? [id] : []));
}

const broken = (over: Row): string[] => failedIds(checked([FINE, { ...FINE, ...over }]));

describe("the rules of FOCUS 1.2", () => {
  it("are the 621 that are published, each once", () => {
    expect(new Set(FOCUS_RULES.map(({ id }) => id)).size).toBe(621);
    const ids = new Set(FOCUS_RULES.map(({ id }) => id));
    for (const { check } of FOCUS_RULES) {
      if (check.kind === "parts") for (const id of check.ids) expect(ids).toContain(id);
    }
  });

  it("hold of a charge that keeps them, and say of each other rule why it does not apply", () => {
    const report = checked([FINE]);
    expect(failedIds(report)).toEqual([]);
    expect(report.advised).toBe(0);
    expect(report.passed + report.notApplicable).toBe(621);
    expect(report.passed).toBeGreaterThan(250);
    for (const verdict of report.verdicts.values()) {
      if (verdict.state === "not_applicable") expect(verdict.reason).not.toBe("");
    }
  });

  it("want the columns that everybody has, and the others of those who claim them", () => {
    const { ChargeClass: _class, RegionId: _region, InvoiceId: _invoice, ...rest } = FINE;
    const report = checked([rest]);
    expect(failedIds(report)).toContain("CostAndUsage-D-026-M");
    expect(failedIds(report)).not.toContain("CostAndUsage-D-063-C");
    expect(report.verdicts.get("CostAndUsage-D-033-O")?.state).toBe("advised");
    expect(failedIds(checked([rest], ["REGION_SUPPORTED"]))).toContain("CostAndUsage-D-063-C");
    expect(failedIds(checked([FINE], CRITERIA))).toContain("CostAndUsage-D-013-C");
  });

  it.each<[string, Row, string]>([
    ["a missing value", { ProviderName: null }, "ProviderName-C-003-M"],
    ["a value that must not be there", { ChargeCategory: "Tax" }, "SkuId-C-004-C"],
    ["what is no number", { BilledCost: "$1" }, "BilledCost-C-002-M"],
    ["a plus in front of a number", { BilledCost: "+1" }, "NumericFormat-A-010-M"],
    ["a plus in an exponent", { BilledCost: "1e+2" }, "NumericFormat-A-006-M"],
    ["a comma in a number", { ListCost: "1,000" }, "NumericFormat-A-009-M"],
    ["a number where text belongs", { ServiceName: 7 }, "ServiceName-C-001-M"],
    ["half a character", { ServiceName: "\uD800" }, "StringHandling-A-001-M"],
    ["a local time", { ChargePeriodStart: "2026-11-03 10:00" }, "ChargePeriodStart-C-002-M"],
    [
      "a day of no calendar",
      { BillingPeriodEnd: "2026-02-30T00:00:00Z" },
      "BillingPeriodEnd-C-002-M",
    ],
    [
      "an end before its start",
      { ChargePeriodEnd: "2026-11-03T10:00:00Z" },
      "ChargePeriodEnd-C-004-M",
    ],
    ["a category of its own", { ChargeCategory: "Seat" }, "ChargeCategory-C-003-M"],
    ["a class of its own", { ChargeClass: "Fix" }, "ChargeClass-C-005-C"],
    ["a currency that is none", { BillingCurrency: "EURO" }, "BillingCurrency-C-006-M"],
    ["a unit that is none", { PricingUnit: "per 1K" }, "UnitFormat-A-002-O"],
    [
      "a subcategory of another category",
      { ServiceCategory: "Compute" },
      "ServiceSubcategory-C-004-M",
    ],
    ["a list cost that is no product", { ListCost: "9" }, "ListCost-C-009-C"],
    ["a contracted cost that is none", { ContractedCost: "9" }, "ContractedUnitPrice-C-011-C"],
    ["a negative price", { ContractedUnitPrice: "-1" }, "ContractedUnitPrice-C-009-C"],
    ["a bill of somebody else", { InvoiceIssuerName: "aws" }, "BilledCost-C-005-C"],
    ["a purchase by usage", { ChargeCategory: "Purchase" }, "ChargeFrequency-C-004-C"],
    ["usage without a quantity", { ConsumedQuantity: null }, "ConsumedQuantity-C-006-C"],
    ["a unit without a quantity", { PricingQuantity: null }, "PricingUnit-C-005-C"],
    ["an id without its name", { SubAccountName: null }, "SubAccountName-C-005-C"],
    ["a name without its id", { RegionId: null }, "RegionName-C-004-C"],
    ["tags that are no object", { Tags: "team=payments" }, "Tags-C-001-M"],
    ["a tag twice", { Tags: '{"a":"1","a":"2"}' }, "KeyValueFormat-A-002-M"],
    ["a list in a tag", { Tags: '{"a":[1]}' }, "KeyValueFormat-A-004-M"],
    ["a property of its own", { SkuPriceDetails: '{"Tier":"a"}' }, "SkuPriceDetails-C-017-C"],
    ["a price of two SKUs", { SkuId: "gpt-5" }, "SkuPriceId-C-008-M"],
    ["a placeholder", { ServiceName: "N/A" }, "NullHandling-A-002-M"],
    ["a blank", { SkuId: " " }, "NullHandling-A-001-C"],
    ["a column that FOCUS does not know", { Team: "payments" }, "ColumnHandling-A-010-M"],
  ])("find %s", (_, over, id) => {
    const ids = broken(over);
    expect(ids).toContain(id);
    // What a rule is part of fails with it.
    expect(ids).toContain("CostAndUsage-D-000-M");
  });

  it("take a credit at its amount, and a correction as it comes", () => {
    const credit: Row = {
      ...{ ...FINE, ChargeCategory: "Credit", ChargeFrequency: "One-Time" },
      ...{ ConsumedQuantity: null, ConsumedUnit: null, PricingQuantity: null, PricingUnit: null },
      ...{ ListUnitPrice: null, ContractedUnitPrice: null, BilledCost: "-5.0" },
      ...{ EffectiveCost: "-5", ListCost: "-5", ContractedCost: "-5" },
    };
    expect(failedIds(checked([credit]))).toEqual([]);
    expect(failedIds(checked([{ ...credit, EffectiveCost: "0" }]))).toContain(
      "EffectiveCost-C-010-C",
    );
    const corrects = { ChargeClass: "Correction", ConsumedQuantity: null, ConsumedUnit: null };
    const noSku = { SkuId: null, SkuMeter: null, SkuPriceId: null, SkuPriceDetails: null };
    expect(broken({ ...corrects, ...noSku, ListUnitPrice: null })).toEqual([]);
  });

  it("hold commitments together", () => {
    const commitment: Row = {
      ...FINE,
      CommitmentDiscountId: "c-1",
      CommitmentDiscountCategory: "Spend",
      CommitmentDiscountType: "Provisioned",
      CommitmentDiscountName: "Q4",
      CommitmentDiscountStatus: "Used",
      CommitmentDiscountQuantity: "35",
      CommitmentDiscountUnit: "Tokens",
    };
    const failed = (over: Row) => failedIds(checked([{ ...commitment, ...over }]));
    expect(failed({})).toEqual([]);
    expect(failed({ CommitmentDiscountStatus: null })).toContain(
      "CommitmentDiscountStatus-C-004-C",
    );
    expect(failed({ CommitmentDiscountId: null })).toContain("DiscountHandling-A-006-C");
    expect(failed({ CommitmentDiscountStatus: "Unused" })).toContain("ConsumedQuantity-C-004-C");
    expect(failed({ ChargeCategory: "Purchase" })).toContain("EffectiveCost-C-005-C");
  });

  it("say where the first row at fault is, and how many there are", () => {
    const report = checked([
      FINE,
      { ...FINE, BillingCurrency: null },
      { ...FINE, BillingCurrency: null },
    ]);
    expect(report.verdicts.get("BillingCurrency-C-004-M")).toEqual({
      state: "failed",
      rows: 2,
      first: "line 3: BillingCurrency has no value",
    });
    const advised = checked([{ ...FINE, ChargeDescription: null }]);
    expect(advised.failed).toBe(0);
    expect(advised.verdicts.get("ChargeDescription-C-003-O")?.state).toBe("advised");
  });
});
