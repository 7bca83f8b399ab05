import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { z } from "zod";
import { ApprovalAnswer, ApprovalRequest } from "#core/estimates/approval-schema.ts";
import { makeEstimate } from "#core/estimates/estimate.ts";
import { FollowUps, NoticeRequest, RecordRequest } from "#core/estimates/record-schema.ts";
import { EstimateReport } from "#core/estimates/report-schema.ts";
import { repositoryJsonSchema } from "#core/estimates/repository-schema.ts";
import { Quote, QuoteRequest, UsageSnapshot } from "#core/estimates/traffic-schema.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { parseDay } from "#core/time.ts";
import { expectGolden } from "#test/golden.ts";
import { corpusCases } from "./corpus-cases.ts";
import { detectCase } from "./score.ts";

const schema = {
  title: "What aispend diff --format json prints",
  ...z.toJSONSchema(EstimateReport),
};

const book = buildPriceBook(loadCatalogue());
const at = new Date("2026-11-23T09:00:00Z");
const today = parseDay("2026-11-23");

const published = (name: string): URL => new URL(`../../docs/${name}`, import.meta.url);

it("publishes what a repository's aispend.yaml, its snapshot and the server's answers hold", () => {
  const files: [string, object][] = [
    ["repository.schema.json", repositoryJsonSchema()],
    ["usage-snapshot.schema.json", z.toJSONSchema(UsageSnapshot)],
    [
      "estimates.schema.json",
      {
        quoteRequest: z.toJSONSchema(QuoteRequest),
        recordRequest: z.toJSONSchema(RecordRequest),
        noticeRequest: z.toJSONSchema(NoticeRequest),
        approvalRequest: z.toJSONSchema(ApprovalRequest),
        approvalAnswer: z.toJSONSchema(ApprovalAnswer),
        followUps: z.toJSONSchema(FollowUps),
        quote: z.toJSONSchema(Quote, { io: "input" }),
      },
    ],
  ];
  for (const [name, one] of files) {
    expectGolden(`${JSON.stringify(one, null, 2)}\n`, published(name));
  }
});

it("is published as docs/diff.schema.json", () => {
  const file = published("diff.schema.json");
  expectGolden(`${JSON.stringify(schema, null, 2)}\n`, file);
});

it("holds for reports of the corpus", () => {
  const validate = new Ajv2020({ strict: false }).compile(schema);
  // Each shape stands there several times.
  for (const one of corpusCases().filter((_, at) => at % 4 === 0)) {
    const diff = { version: 1 as const, base: "a", head: "b", ...detectCase(one) };
    const sources = { repository: undefined, quote: undefined, snapshot: undefined, today };
    const report = makeEstimate({ book, at, diff, sources, visibility: "unknown" });
    expect(validate(report), `${one.name}: ${JSON.stringify(validate.errors)}`).toBe(true);
  }
});
