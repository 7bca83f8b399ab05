import type { SourceKind } from "#core/connections/schema.ts";
import type { Source } from "../source.ts";
import { anthropic } from "./anthropic/anthropic.ts";
import { copilot } from "./copilot.ts";
import { cursor } from "./cursor.ts";
import { litellm } from "./litellm.ts";
import { openai } from "./openai/openai.ts";
import { openrouter } from "./openrouter.ts";

/** Every source that can be connected, by its kind. */
export const SOURCES: Readonly<Record<SourceKind, Source>> = {
  openai,
  anthropic,
  openrouter,
  cursor,
  copilot,
  litellm,
};
