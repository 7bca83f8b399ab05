import type { Span } from "./attributes.ts";

const MAX_DEPTH = 64;

/**
 * Spans that tell of the same answer as a span within them: a framework's span around the client
 * library's, both with the usage. They share gen_ai.response.id; the innermost is the call.
 */
export function outerSpans(spans: readonly Span[]): ReadonlySet<Span> {
  const byId = new Map(spans.map((span) => [`${span.traceId}/${span.spanId}`, span]));
  const outer = new Set<Span>();
  for (const span of spans) {
    const answer = span.attributes.get("gen_ai.response.id");
    if (answer === undefined || answer === "") continue;
    let above = byId.get(`${span.traceId}/${span.parentSpanId}`);
    for (let depth = 0; above !== undefined && depth < MAX_DEPTH; depth += 1) {
      if (above !== span && above.attributes.get("gen_ai.response.id") === answer) outer.add(above);
      above = byId.get(`${above.traceId}/${above.parentSpanId}`);
    }
  }
  return outer;
}
