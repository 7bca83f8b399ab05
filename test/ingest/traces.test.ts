import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spendBy, spendTotal } from "#core/ledger/spend.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";
import { tracesWithContent } from "./content-payloads.ts";
import { type IngestServer, makeToken, post, startIngest } from "./ingest-server.ts";
import { decodeAnswer, encodeTraces } from "./otlp-encoding.ts";

const database = useDatabase();
const NOVEMBER = { start: "2026-11-01" as Day, end: "2026-12-01" as Day };
let server: IngestServer;
let orgId = 0;
let token = "";
let traces = "";

beforeAll(async () => {
  server = await startIngest(database);
  traces = `${server.url}/v1/traces`;
  orgId = await makeOrganization(database.owner, "acme");
  await makeScopes(database.owner, orgId, ["payments/disputes/triage"]);
  token = await makeToken(database, orgId);
});
afterAll(() => server.close());

/** 2026-11-22T09:30:00.25Z and on: one span each. */
function spans(...ids: string[]) {
  const requests = ids.map((spanId) => tracesWithContent("content", { spanId }));
  return { resourceSpans: requests.flatMap(({ resourceSpans }) => resourceSpans) };
}

async function postProtobuf(body: Uint8Array, headers: Record<string, string> = {}) {
  const response = await fetch(traces, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/x-protobuf",
      ...headers,
    },
    body,
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, type: response.headers.get("content-type"), bytes };
}

describe("POST /v1/traces", () => {
  it("takes both encodings, with gzip, and counts each span once", async () => {
    const request = spans("1111111111111111", "2222222222222222");
    const first = await post(traces, token, request);
    expect([first.status, first.json]).toEqual([200, {}]);
    const again = await postProtobuf(gzipSync(encodeTraces(request)), {
      "Content-Encoding": "gzip",
    });
    expect([again.status, again.type]).toEqual([200, "application/x-protobuf"]);
    expect(decodeAnswer("ExportTraceServiceResponse", again.bytes)).toEqual({});
    const total = await spendTotal(database.pool, orgId, {}, NOVEMBER);
    expect([total.requests, total.errors, total.inputTokens]).toEqual([2n, 2n, 2000n]);
    const [agent] = await spendBy(database.pool, orgId, {}, NOVEMBER, "agent", 1);
    expect(agent?.name).toBe("triage");
  });

  it("tells how many spans were rejected, in the encoding of the request", async () => {
    const request = spans("3333333333333333", "not-an-id", "4444444444444444");
    const message = "span 1: traceId and spanId must be 32 and 16 hexadecimal digits";
    const json = await post(traces, token, request);
    expect([json.status, json.json]).toEqual([
      200,
      { partialSuccess: { rejectedSpans: "1", errorMessage: message } },
    ]);
    const late = encodeTraces(tracesWithContent("content", { startTimeUnixNano: "1000000000" }));
    const answer = decodeAnswer("ExportTraceServiceResponse", (await postProtobuf(late)).bytes);
    expect(answer).toEqual({
      partialSuccess: {
        rejectedSpans: "1",
        errorMessage: expect.stringContaining("the oldest day kept"),
      },
    });
  });

  it("fails in the encoding of the request, by the codes of google.rpc", async () => {
    const broken = await postProtobuf(Buffer.from("no message"));
    expect([broken.status, decodeAnswer("RpcStatus", broken.bytes)]).toEqual([
      400,
      { code: 3, message: "The body is not an ExportTraceServiceRequest." },
    ]);
    const stranger = await post(traces, "aispend_unknown-token", spans("5555555555555555"));
    expect([stranger.status, stranger.json.code]).toEqual([401, 16]);
    const other = await post(traces, token, "x", { "Content-Type": "text/plain" });
    expect([other.status, other.json.code]).toEqual([415, 3]);
  });
});
