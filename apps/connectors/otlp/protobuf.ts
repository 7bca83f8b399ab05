import protobuf from "protobufjs/light.js";
import { z } from "zod";
import { AispendError } from "#core/errors.ts";
import { type AttributeValue, isRead, type Span } from "./attributes.ts";

/**
 * What is read of opentelemetry-proto's trace.proto, by field number. Events, links, span names,
 * status messages, and lists and maps of values are left out of the description: the decoder skips
 * what it does not know, so that content is not even decoded.
 */
const ROOT = protobuf.Root.fromJSON({
  nested: {
    ExportTraceServiceRequest: {
      fields: { resourceSpans: { rule: "repeated", type: "ResourceSpans", id: 1 } },
    },
    ResourceSpans: {
      fields: {
        resource: { type: "Resource", id: 1 },
        scopeSpans: { rule: "repeated", type: "ScopeSpans", id: 2 },
      },
    },
    Resource: { fields: { attributes: { rule: "repeated", type: "KeyValue", id: 1 } } },
    ScopeSpans: { fields: { spans: { rule: "repeated", type: "Span", id: 2 } } },
    Span: {
      fields: {
        traceId: { type: "bytes", id: 1 },
        spanId: { type: "bytes", id: 2 },
        parentSpanId: { type: "bytes", id: 4 },
        startTimeUnixNano: { type: "fixed64", id: 7 },
        endTimeUnixNano: { type: "fixed64", id: 8 },
        attributes: { rule: "repeated", type: "KeyValue", id: 9 },
        status: { type: "Status", id: 15 },
      },
    },
    Status: { fields: { code: { type: "int32", id: 3 } } },
    KeyValue: { fields: { key: { type: "string", id: 1 }, value: { type: "AnyValue", id: 2 } } },
    AnyValue: {
      fields: {
        stringValue: { type: "string", id: 1 },
        boolValue: { type: "bool", id: 2 },
        intValue: { type: "int64", id: 3 },
        doubleValue: { type: "double", id: 4 },
      },
    },
    ExportTraceServiceResponse: {
      fields: { partialSuccess: { type: "ExportTracePartialSuccess", id: 1 } },
    },
    ExportTracePartialSuccess: {
      fields: { rejectedSpans: { type: "int64", id: 1 }, errorMessage: { type: "string", id: 2 } },
    },
    /** google.rpc.Status, the body of an OTLP failure. */
    RpcStatus: { fields: { code: { type: "int32", id: 1 }, message: { type: "string", id: 2 } } },
  },
});

const RequestType = ROOT.lookupType("ExportTraceServiceRequest");

const KeyValues = z
  .array(
    z.object({
      key: z.string().default(""),
      value: z
        .object({
          stringValue: z.string().optional(),
          boolValue: z.boolean().optional(),
          intValue: z.string().optional(),
          doubleValue: z.number().optional(),
        })
        .optional(),
    }),
  )
  .default([]);
const Bytes = z.instanceof(Uint8Array).optional();

/** The plain object that protobufjs makes of a message: 64-bit numbers as text, unset ones absent. */
const Decoded = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes: KeyValues }).optional(),
        scopeSpans: z
          .array(
            z.object({
              spans: z
                .array(
                  z.object({
                    traceId: Bytes,
                    spanId: Bytes,
                    parentSpanId: Bytes,
                    startTimeUnixNano: z.string().default("0"),
                    endTimeUnixNano: z.string().default("0"),
                    attributes: KeyValues,
                    status: z.object({ code: z.number().default(0) }).optional(),
                  }),
                )
                .default([]),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : Buffer.from(bytes).toString("hex");
}

function read(attributes: z.infer<typeof KeyValues>): Map<string, AttributeValue> {
  const kept = new Map<string, AttributeValue>();
  for (const { key, value } of attributes) {
    if (!isRead(key) || value === undefined) continue;
    const scalar = value.stringValue ?? value.boolValue ?? value.intValue ?? value.doubleValue;
    if (scalar !== undefined) kept.set(key, scalar);
  }
  return kept;
}

/** The spans of an ExportTraceServiceRequest in protobuf. Throws `otlp_invalid`. */
export function spansOfProtobuf(body: Uint8Array): Span[] {
  let plain: unknown;
  try {
    const message = RequestType.decode(body);
    plain = RequestType.toObject(message, { longs: String });
  } catch {
    // The decoder's own words tell offsets at best and content at worst.
    throw new AispendError("otlp_invalid", "The body is not an ExportTraceServiceRequest.", {
      help: "Send OTLP/HTTP traces in protobuf, or application/json with the JSON form.",
    });
  }
  return Decoded.parse(plain).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const shared = read(resource?.attributes ?? []);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        startNano: span.startTimeUnixNano,
        endNano: span.endTimeUnixNano,
        failed: span.status?.code === 2,
        attributes: read(span.attributes),
        resource: shared,
      })),
    );
  });
}

function encode(type: string, content: Record<string, unknown>): Buffer {
  const message = ROOT.lookupType(type);
  return Buffer.from(message.encode(message.fromObject(content)).finish());
}

export function traceResponse(partialSuccess: Record<string, unknown> | undefined): Buffer {
  return encode(
    "ExportTraceServiceResponse",
    partialSuccess === undefined ? {} : { partialSuccess },
  );
}

export function rpcStatus(code: number, message: string): Buffer {
  return encode("RpcStatus", { code, message });
}
