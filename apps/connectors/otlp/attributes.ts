/** Strings, whole numbers (as text where they exceed a double) and truth values; nothing nested. */
export type AttributeValue = string | number | boolean;
export type Attributes = ReadonlyMap<string, AttributeValue>;

const ALLOWED = new Set([
  "gen_ai.operation.name",
  "gen_ai.provider.name",
  "gen_ai.system",
  "gen_ai.request.model",
  "gen_ai.response.model",
  "gen_ai.response.id",
  "gen_ai.conversation.id",
  "gen_ai.agent.name",
  "gen_ai.workflow.name",
  "gen_ai.usage.input_tokens",
  "gen_ai.usage.output_tokens",
  "gen_ai.usage.prompt_tokens",
  "gen_ai.usage.completion_tokens",
  "gen_ai.usage.cache_read.input_tokens",
  "gen_ai.usage.cache_creation.input_tokens",
  "gen_ai.usage.cache_read_input_tokens",
  "gen_ai.usage.cache_creation_input_tokens",
  "gen_ai.usage.reasoning.output_tokens",
  "gen_ai.request.service_tier",
  "gen_ai.response.service_tier",
  "gen_ai.openai.request.service_tier",
  "gen_ai.openai.response.service_tier",
  "openai.request.service_tier",
  "openai.response.service_tier",
  "llm.request.type",
  "llm.usage.reasoning_tokens",
  "llm.usage.total_tokens",
  "traceloop.span.kind",
  "traceloop.workflow.name",
  "error.type",
  "session.id",
  "enduser.id",
  "user.id",
  "service.name",
  "deployment.environment",
  "deployment.environment.name",
]);

/** Names that people choose: of these only known tags are read, later, by tag-names.ts. */
const ALLOWED_PREFIX = /^(aispend\.|traceloop\.association\.properties\.)[\w.-]{1,64}$/;

/**
 * Is the attribute one that is read? Prompts and answers come as attributes too (gen_ai.prompt.*,
 * gen_ai.input.messages, traceloop.entity.input ...): whatever is not listed is dropped here.
 */
export function isRead(name: string): boolean {
  return ALLOWED.has(name) || ALLOWED_PREFIX.test(name);
}

/** One span, decoded from either encoding. Times are nanoseconds since 1970 in decimal digits. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startNano: string;
  readonly endNano: string;
  readonly failed: boolean;
  readonly attributes: Attributes;
  /** Of the process that made the span. */
  readonly resource: Attributes;
}

/** The first of several spellings that the span has. */
export function firstOf(attributes: Attributes, ...names: string[]): AttributeValue | undefined {
  for (const name of names) {
    const value = attributes.get(name);
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}
