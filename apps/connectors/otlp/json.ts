import { z } from "zod";
import { AispendError } from "#core/errors.ts";
import { type AttributeValue, isRead, type Span } from "./attributes.ts";

const Whole = z.union([z.string().regex(/^-?\d{1,20}$/), z.number()]);

/** Only scalars: lists and maps hold messages, and zod drops what is not named. */
const KeyValue = z.object({
  key: z.string(),
  value: z
    .object({
      stringValue: z.string().optional(),
      boolValue: z.boolean().optional(),
      intValue: Whole.optional(),
      doubleValue: z.union([z.number(), z.string().max(64)]).optional(),
    })
    .nullish()
    .catch(undefined),
});

const KeyValues = z.array(KeyValue).nullish();

/** Events, links, name and the status message are not read: they quote prompts and answers. */
const JsonSpan = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().nullish(),
  startTimeUnixNano: Whole.nullish(),
  endTimeUnixNano: Whole.nullish(),
  attributes: KeyValues,
  status: z.object({ code: z.union([z.number(), z.string()]).nullish() }).nullish(),
});

const Request = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes: KeyValues }).nullish(),
        scopeSpans: z.array(z.object({ spans: z.array(z.unknown()).nullish() })).nullish(),
      }),
    )
    .nullish(),
});

function read(attributes: z.infer<typeof KeyValues>): Map<string, AttributeValue> {
  const kept = new Map<string, AttributeValue>();
  for (const { key, value } of attributes ?? []) {
    if (!isRead(key) || value === null || value === undefined) continue;
    const scalar = value.stringValue ?? value.boolValue ?? value.intValue ?? value.doubleValue;
    if (scalar !== undefined) kept.set(key, scalar);
  }
  return kept;
}

function isError(code: number | string | null | undefined): boolean {
  return code === 2 || code === "STATUS_CODE_ERROR";
}

/**
 * The spans of an ExportTraceServiceRequest in OTLP's JSON form. A span that is malformed is
 * undefined in its place; throws `otlp_invalid` where the whole is no such request.
 */
export function spansOfJson(body: unknown): (Span | undefined)[] {
  const request = Request.safeParse(body);
  if (!request.success) {
    throw new AispendError("otlp_invalid", "The body is not an ExportTraceServiceRequest.", {
      help: "Send OTLP/HTTP traces in JSON: an object with resourceSpans.",
    });
  }
  return (request.data.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) => {
    const shared = read(resource?.attributes);
    const spans = (scopeSpans ?? []).flatMap((scope) => scope.spans ?? []);
    return spans.map((item) => {
      const parsed = JsonSpan.safeParse(item);
      if (!parsed.success) return undefined;
      const span = parsed.data;
      return {
        traceId: span.traceId.toLowerCase(),
        spanId: span.spanId.toLowerCase(),
        parentSpanId: (span.parentSpanId ?? "").toLowerCase(),
        startNano: String(span.startTimeUnixNano ?? "0"),
        endNano: String(span.endTimeUnixNano ?? "0"),
        failed: isError(span.status?.code),
        attributes: read(span.attributes),
        resource: shared,
      };
    });
  });
}
