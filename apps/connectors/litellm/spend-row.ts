import { z } from "zod";

const Loose = z.unknown().optional();
const Record = z.record(z.string(), z.unknown()).nullish().catch(undefined);

/** A row of /spend/logs/v2: what we read of it; messages and response are dropped here. */
export const SpendRow = z.object({
  request_id: z.string(),
  call_type: Loose,
  api_key: Loose,
  spend: z.union([z.number(), z.string()]).nullish(),
  prompt_tokens: z.number().nullish(),
  completion_tokens: z.number().nullish(),
  startTime: z.string().nullish(),
  endTime: z.string().nullish(),
  model: Loose,
  custom_llm_provider: Loose,
  user: Loose,
  cache_hit: z.union([z.boolean(), z.string()]).nullish(),
  request_tags: z.union([z.array(z.unknown()), z.string()]).nullish(),
  team_id: Loose,
  end_user: Loose,
  session_id: Loose,
  status: Loose,
  metadata: Record,
});
export type SpendRow = z.infer<typeof SpendRow>;

/** LiteLLM writes UTC and leaves the offset out. */
function utc(text: string | null | undefined): string | undefined {
  if (text == null) return undefined;
  const iso = text.trim().replace(" ", "T");
  return /(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`;
}

function tags(value: SpendRow["request_tags"]): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The cached-token split is only there: without it the tokens of a row are no better than ours. */
export function hasUsage(row: SpendRow): boolean {
  return row.metadata?.usage_object != null;
}

/** The row in the form of the callback's payload, so that both give one call the same id. */
export function payloadOf(row: SpendRow): unknown {
  return {
    id: row.request_id,
    call_type: row.call_type,
    status: row.status,
    cache_hit: row.cache_hit,
    custom_llm_provider: row.custom_llm_provider,
    model: row.model,
    startTime: utc(row.startTime),
    endTime: utc(row.endTime),
    response_cost: row.spend,
    prompt_tokens: row.prompt_tokens,
    completion_tokens: row.completion_tokens,
    end_user: row.end_user,
    session_id: row.session_id,
    request_tags: tags(row.request_tags),
    metadata: {
      ...row.metadata,
      user_api_key_hash: row.api_key,
      user_api_key_team_id: row.team_id,
      user_api_key_user_id: row.metadata?.user_api_key_user_id ?? row.user,
    },
  };
}
