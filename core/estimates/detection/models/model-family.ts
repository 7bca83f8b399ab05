import { pattern, patternOfAnyCase } from "../pattern.ts";

/** Families of models, at the start of a name or behind a prefix. A family alone names no model. */
export const FAMILY = pattern`
    (?:^|[/.:@~])(?:gpt-?(?:\d|oss|image|realtime|audio)|chatgpt-\d|o[1345](?=$|-)|claude-|gemini-
    |(?:code)?gemma|llama|codellama|mi[sx]tral|ministral|codestral|devstral|magistral|pixtral
    |voxtral|qwen|qwq|deepseek-|command-|c4ai-|aya-|grok-|kimi-|moonshot-|glm-|minimax-|abab\d
    |phi-?\d|nova-|titan-|sonar|yi-|jamba|text-(?:embedding|davinci|curie|babbage|ada|bison
    |unicorn)|code-(?:davinci|cushman|bison)|(?:code)?chat-bison|davinci-|babbage-|whisper|tts-1
    |dall-e|imagen-|veo-|sora-|hermes-|nous-|nemotron|solar-|dbrx|granite|falcon-|starcoder|smollm
    |wizardlm|zephyr|olmo|ernie-|hunyuan|doubao|voyage-|rerank-|embed-|bge-|nomic-embed|all-mpnet
    |all-distil|ms-marco-|mxbai|jina-|all-minilm|codex-|computer-use-preview|flux|stable-diffusion
    |composer-|mercury|palmyra|lfm|k2-|meta-llama|vicuna|internlm|baichuan|chatglm|openchat
    |stablelm|mpt-\d|flan-|exaone|snowflake-arctic|paraphrase-|multi-qa-|e5-|gte-|minicpm
    |moondream|llava|tinyllama|openorca|cogito|arcee-|longcat|mimo-v|gpt2|gpt-(?:neo|j)|playai
    |intern-?vl|colbert|dolphin-
    |eleven_(?:(?:mono|multi)lingual|turbo|flash|english|v\d))`;
const VERSIONED = pattern`
    \d|-(?:latest|mini|nano|pro|flash|turbo|large|small|medium|tiny|chat|coder|reasoner|vision
    |instruct|preview|plus|lite|ultra|max|sonnet|opus|haiku|instant|online|embed|embed-text|oss
    |r)(?:$|[-.:/@])|flux/(?:dev|schnell|pro)`;
/** Products and libraries that are called like the models. */
export const NOT_MODEL = patternOfAnyCase`
    (?:^|[/-])(?:claude-(?:code|desktop|ai|api|agent|cli|flow|plugin|sdk|hooks?|settings|config)
    |gemini-(?:cli|api|code)|llama[-_.](?:index|cpp|stack|hub|parse|cloud|server|box)|llamaindex
    |llamafile-\d|qwen-(?:code|agent)|gpt-(?:engineer|researcher|pilot)|deepseek-(?:api|ai)$
    |mistral-(?:ai|common)$)|^azureml:|^(?!hf\.co/
    |huggingface\.co/)[a-z\d-]+(?:\.[a-z\d-]+)*\.(?:com|io|ai|net|org|dev|cloud)[:/]|\.(?:py|js|ts
    |md|json|ya?ml|html|png|svg|jpe?g|txt|sh|go|rs|com|ai|io|dev|toml|net|org|local|lan|internal
    |css|tsx|whl|zip|pt|pth|bin|onnx|ckpt|safetensors|gguf|ggml|llamafile|gz|latency|count|total
    |duration|tokens|cost|calls|requests|errors|usage|seconds)$|^@?[a-z-]+/sdk|://|^/|/$|_API_KEY$
    |^(?:\.|~)|[-_.]$|^v?\d+(?:\.\d+)*$|^\d+(?:\.\d+)?[kmgt]i?b?$|@[\da-f]{40}$|@sha256:
    |^(?:sha\d+:)?(?:[\da-f]{32}|[\da-f]{40}|[\da-f]{64})$`;

/** What runs or keeps a model is often called after it. */
export const OF_SERVICE = pattern`
    [a-z\d]-(?:configs?|service|svc|servers?|deployment|secrets?|pvc|job|app|proxy|gateway
    |tls|cert|ingress|endpoint|bucket|role|policy|cluster|agent|bot|key|token|client)$`;

/** `xiaomi/mimo-v2-flash:free`, as a router calls it. */
const FREE = /^(?:openrouter\/)?[a-z][\w.-]*\/[\w.-]+:free$/;

/** Is it written like the id of a model that is known by its family? */
export function isModelId(text: string): boolean {
  const lower = text.toLowerCase();
  if (FREE.test(lower)) return true;
  return (
    FAMILY.test(lower) && VERSIONED.test(lower) && !NOT_MODEL.test(text) && !OF_SERVICE.test(lower)
  );
}
