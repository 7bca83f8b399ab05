/** Spellings of OpenTelemetry, LiteLLM and others for the catalogue's providers; "." and "_" read as "-". */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  anthropic: ["claude"],
  aws: ["amazon", "amazon-bedrock", "amazon-nova", "aws-bedrock", "bedrock", "bedrock-converse"],
  azure: [
    "az-ai-inference",
    "az-ai-openai",
    "azure-ai",
    "azure-ai-foundry",
    "azure-ai-inference",
    "azure-ai-openai",
    "azure-openai",
    "azure-text",
  ],
  cloudflare: ["cloudflare-workers-ai", "workers-ai"],
  cohere: ["cohere-ai", "cohere-chat"],
  deepseek: ["deepseek-ai"],
  fireworks: ["fireworks-ai"],
  "github-copilot": ["copilot"],
  google: [
    "gcp-gemini",
    "gcp-gen-ai",
    "gcp-vertex-ai",
    "gemini",
    "google-ai-studio",
    "google-genai",
    "google-vertex",
    "vertex",
    "vertex-ai",
    "vertex-ai-beta",
    "vertexai",
  ],
  mistral: ["codestral", "mistral-ai", "mistralai"],
  moonshotai: ["moonshot", "moonshot-ai"],
  novita: ["novita-ai"],
  openai: ["openai-chat", "openai-responses", "text-completion-openai"],
  openrouter: ["open-router"],
  perplexity: ["perplexity-ai"],
  together: ["together-ai", "togetherai"],
  voyageai: ["voyage", "voyage-ai"],
  "x-ai": ["xai"],
  zai: ["z-ai"],
  zhipuai: ["zhipu", "zhipu-ai"],
};

/** They pass calls on: their name says nothing of who serves, the model's prefix or maker does. */
const GATEWAYS: ReadonlySet<string> = new Set([
  "",
  "agentgateway",
  "bifrost",
  "cloudflare-ai-gateway",
  "gateway",
  "helicone",
  "kong",
  "litellm",
  "litellm-proxy",
  "other",
  "portkey",
  "proxy",
  "truefoundry",
  "unknown",
  "vercel",
  "vercel-ai-gateway",
]);

/** They serve other makers' models at prices of their own: "openai/x" there is a name, not a route. */
const RESELLERS: ReadonlySet<string> = new Set([
  "baseten",
  "cerebras",
  "cloudflare",
  "doubleword",
  "fireworks",
  "github-copilot",
  "groq",
  "novita",
  "openrouter",
  "ovhcloud",
  "quicksilverpro",
  "together",
]);

/** Organisations of open weights, whose models anybody may serve: no route. */
const NOT_ROUTES: ReadonlySet<string> = new Set(["amazon", "deepseek-ai", "mistralai"]);

/** Who makes a model whose server is not named. Open weights are left out: their makers do not serve them. */
const MAKERS: readonly (readonly [RegExp, string])[] = [
  [/^(?:gpt-(?!oss)|chatgpt-|codex-|computer-use|o[134](?:-|$)|ft:|davinci|babbage)/, "openai"],
  [/^(?:text-embedding-(?:3|ada)|(?:omni|text)-moderation|whisper-1)/, "openai"],
  [/^claude-/, "anthropic"],
  [/^gemini-/, "google"],
  [/^(?:mi|code|dev|magi|mini)stral|^(?:pixtral|voxtral|open-mi[sx]tral)/, "mistral"],
  [/^deepseek-/, "deepseek"],
  [/^(?:command-|embed-)/, "cohere"],
  [/^grok-/, "x-ai"],
  [/^(?:kimi|moonshot)/, "moonshotai"],
  [/^minimax-m/, "minimax"],
  [/^glm-/, "zhipuai"],
  [/^voyage-/, "voyageai"],
  [/^sonar/, "perplexity"],
  [/^composer-/, "cursor"],
];

const bySpelling = new Map<string, string>();
for (const [id, spellings] of Object.entries(SPELLINGS)) {
  for (const spelling of [id, ...spellings]) bySpelling.set(spelling, id);
}

function folded(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[._\s]+/g, "-");
}

/** The provider as prices and own terms name it: the catalogue's id, or the name itself. */
export function providerId(name: string): string {
  const spelling = folded(name);
  const known = bySpelling.get(spelling);
  if (known !== undefined) return known;
  // LiteLLM names a family: "vertex_ai-anthropic_models", "bedrock_mantle".
  const family = /^(vertex-ai|bedrock|fireworks-ai)-/.exec(spelling)?.[1];
  return family === undefined ? name.trim().toLowerCase() : (bySpelling.get(family) ?? spelling);
}

export function isGateway(provider: string | undefined): boolean {
  return provider === undefined || GATEWAYS.has(folded(provider));
}

export function isReseller(id: string): boolean {
  return RESELLERS.has(id) || id.startsWith("huggingface_");
}

/** Serves models that others make, so that its prefix before a name is where the call went. */
export function isServer(id: string): boolean {
  return id === "azure" || id === "aws" || isReseller(id);
}

/** The provider that a prefix routes to ("vertex_ai" > google), a gateway as "", or undefined. */
export function routeOf(prefix: string): string | undefined {
  const spelling = folded(prefix);
  if (NOT_ROUTES.has(spelling)) return undefined;
  if (GATEWAYS.has(spelling)) return "";
  return bySpelling.get(spelling) ?? (RESELLERS.has(spelling) ? spelling : undefined);
}

export function makerOf(model: string): string | undefined {
  return MAKERS.find(([pattern]) => pattern.test(model))?.[1];
}
