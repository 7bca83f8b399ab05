import { z } from "zod";

const Count = z.int().min(0).max(9_000_000_000_000).nullish();
/** Fields beside the money: a gateway that sends another type than it documents loses that field. */
const Loose = z.unknown().optional();
const Counts = z
  .object({ ephemeral_5m_input_tokens: Count, ephemeral_1h_input_tokens: Count })
  .nullish();

/**
 * The provider's usage inside `metadata.usage_object`: LiteLLM's own form (prompt_tokens ...), or a
 * provider's as it came (providers.md 8), which pass-through routes log.
 */
export const LiteLlmUsage = z.object({
  prompt_tokens: Count,
  completion_tokens: Count,
  prompt_tokens_details: z
    .object({
      cached_tokens: Count,
      cache_creation_tokens: Count,
      cache_write_tokens: Count,
      cache_creation_token_details: Counts,
    })
    .nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: Count }).nullish(),
  input_tokens: Count,
  output_tokens: Count,
  input_tokens_details: z.object({ cached_tokens: Count, cache_write_tokens: Count }).nullish(),
  output_tokens_details: z.object({ reasoning_tokens: Count, thinking_tokens: Count }).nullish(),
  cache_read_input_tokens: Count,
  cache_creation_input_tokens: Count,
  cache_creation: Counts,
  promptTokenCount: Count,
  toolUsePromptTokenCount: Count,
  cachedContentTokenCount: Count,
  candidatesTokenCount: Count,
  thoughtsTokenCount: Count,
  service_tier: Loose,
});
export type LiteLlmUsage = z.infer<typeof LiteLlmUsage>;

const Time = z.union([z.number(), z.string().max(40)]).nullish();
const TagRecord = z.record(z.string(), z.unknown()).nullish().catch(undefined);

/**
 * StandardLoggingPayload, allow-listed: zod drops every field that is not named here, and with them
 * messages, response, model_parameters, error texts, prompt variables, tool arguments and results,
 * retrieval queries, headers and addresses, which LiteLLM sends unless told not to.
 */
export const LiteLlmPayload = z.object({
  id: Loose,
  call_id: Loose,
  litellm_call_id: Loose,
  trace_id: Loose,
  session_id: Loose,
  call_type: Loose,
  status: Loose,
  cache_hit: z.union([z.boolean(), z.string().max(8)]).nullish(),
  custom_llm_provider: Loose,
  model: Loose,
  startTime: Time,
  endTime: Time,
  response_cost: z.union([z.number(), z.string().max(64)]).nullish(),
  prompt_tokens: Count,
  completion_tokens: Count,
  end_user: Loose,
  request_tags: z.array(z.unknown()).nullish().catch(undefined),
  error_information: z.object({ error_code: Loose, error_class: Loose }).nullish().catch(undefined),
  metadata: z
    .object({
      user_api_key_hash: Loose,
      user_api_key_team_alias: Loose,
      user_api_key_project_alias: Loose,
      user_api_key_user_email: Loose,
      user_api_key_user_id: Loose,
      user_api_key_team_id: Loose,
      user_api_key_end_user_id: Loose,
      spend_logs_metadata: TagRecord,
      requester_metadata: TagRecord,
      usage_object: LiteLlmUsage.nullish(),
      prompt_management_metadata: z.object({ prompt_id: Loose }).nullish().catch(undefined),
    })
    .nullish(),
  /** Of the answer nothing but when a batch was made. */
  response: z.object({ created_at: z.number() }).nullish().catch(undefined),
  hidden_params: z.object({ usage_object: LiteLlmUsage.nullish() }).nullish(),
});
export type LiteLlmPayload = z.infer<typeof LiteLlmPayload>;
