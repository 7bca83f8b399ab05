import { pattern, patternOfAnyCase } from "../pattern.ts";
import type { Entry } from "../reading/entry.ts";
import { folded, lastName, snakeCase } from "../words.ts";

const SYMBOL = pattern`
    (?:gpt(?:_?\d|oss)|claude|gemini_?\d|gemini|llama_?\d|mi[sx]tral|qwen|deepseek|(?:^
    |_)o[134](?:_|$|mini)|(?:ada|small|large)_?embedding_?v?\d|sonnet|opus|haiku|grok_?\d
    |dall_?e_?\d|nova_(?:pro|lite|micro)|titan_(?:embed|text|image)|text_?embedding|whisper_?\d)`;

const OWNS_MODELS = /model|llm|engine|^(?:openai|anthropic|gemini|cohere|mistral|groq)\.[A-Z]/i;
/** Last words of names that say something of a model, and name none. */
const OF_MODEL = pattern`
    (?:key|client|url|api|provider|config|settings|prompt|service|enabled|response|result|error
    |handler|cost|price|limit|tokens|override|effort|factory|adapter|family|families|prefix
    |pattern|regex|name_prefix|version|label|title|icon|color|cache|schema|type|list|set|map|dict
    |enum|model|pack|preset|profile|encoding|tokenizer)s$
    |(?:family|prefix|pattern|regex|version|label|title|icon|color|cache|schema|type|list|set|map
    |dict|enum|key|client|url|api|provider|config|prompt|service|response|result|error|handler
    |cost|price|limit|override|effort|factory|adapter|enabled|pack|presets?|profile|encoding
    |tokenizer)$`;

/** `ChatModel.GPT_4O_MINI`, `anthropic.ModelClaudeSonnet4_5`, `GPT_4O` */
export function isModelMember(chain: string): boolean {
  const snake = snakeCase(lastName(chain));
  if (!SYMBOL.test(snake) || !/\d|sonnet|opus|haiku|pro|flash|large|small/.test(snake))
    return false;
  return !OF_MODEL.test(snake);
}

const TIER = patternOfAnyCase`
  ^(?:tiny|small|medium|large|mini|nano|micro|lite|pro|plus|max|ultra|flash|turbo|fast|smart
  |cheap)$`;

/** `Model::tiny`: of a model's own kinds, one that is called by its size alone. */
export function isTierMember(chain: string): boolean {
  const name = lastName(chain);
  const owner = lastName(chain.slice(0, Math.max(0, chain.length - name.length - 1)));
  return TIER.test(name) && /^(?:\w*Models?|LLMs?)$/.test(owner);
}

export function ownsModels(chain: string): boolean {
  return OWNS_MODELS.test(chain);
}

/** Equal for one model under two spellings: a literal and the constant that is called like it. */
export function modelIdentity(value: string): string {
  const last =
    /^[\w$]+(?:\.[A-Za-z_$][\w$]*)+$/.test(value) && !value.includes("-") ? lastName(value) : value;
  return folded(last.replace(/^Model(?=[A-Z])/, ""));
}

/** `MODEL_ARN: FoundationModel.ANTHROPIC_CLAUDE_V2.asArn(this)`: the member that is asked for it. */
export function askedMember({ path, position }: Entry): string | undefined {
  const [owner, call] = path.slice(-2);
  if (position !== 0 || owner?.kind !== "key" || call?.kind !== "call") return undefined;
  return /^(.+\.[A-Z][A-Z\d_]{3,})\.(?:as|to|get)(?:_|[A-Z])\w*$/.exec(call.name)?.[1];
}
