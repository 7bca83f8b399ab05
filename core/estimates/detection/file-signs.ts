import { pattern, patternOfAnyCase } from "./pattern.ts";

const ABOUT_LLM = patternOfAnyCase`
    openai|anthropic|claude|chat_?(?:history|client)|ai_?services?|assistant|local_?ai\b
    |vector_?store|chroma_?(?:db|client|controller|collection)|pinecone|qdrant|weaviate|rerank
    |similarity_?search|\btransformers\b|sentence_?transformer|text-generation|@tool\b|inference
    |\bgpt|chat_?gpt|llm|lang(?:chain|graph|smith|fuse)|gemini|generative_?ai|gen_?ai\b|bedrock
    |vertex|ollama|mistral|cohere|\bgroq|hugging|chat[._/]?completion|generate_?text
    |generate_?content|prompt|crewai|autogen|llama|dspy|semantic.?kernel|openrouter|deepseek
    |agents?(?![a-z])|agentic|embedding|tool_?(?:function|call|spec)|from ["']ai["']
    |kernel_?function|\bmcp\b|mcp_?(?:server|tool)|prism\\prism|\brag\b|retriev|template_?format
    |type["']?:\s*["']function["']|parameters["']?:\s*\{\s*["']?type["']?:\s*["']object
    |role["']?\s*[:=]\s*["']system["']|max_?(?:new_?|output_?|completion_?)?tokens|temperature
    |token_?limit|input_?schema|ai[-_/]sdk|use_?chat|chat_?model|language_?model|expected_output
    |backstory|["'\`>|]\s*you are (?:an? [a-z]|the [a-z]|\w+,)
    |custom_?instructions|\byour persona\b|qwen|mixtral|\bgrok|\bkimi|\bcodex|sonnet|haiku
    |\bopus\b|reasoning_?effort|extends (?:abstract|base)_?tool\b`;
/** What a file calls that asks models. */
const CLIENT = patternOfAnyCase`
    chat(?:\(\))?\.completions|(?:messages|responses)(?:\(\))?\.(?:create|stream|parse)
    |create(?:Chat)?(?:Message|Completion(?:Stream)?)\b|(?:generate|stream)(?:Text|Object|Content
    |_content|_text)\b|Chat(?:OpenAI|Anthropic)\b|invoke_?model|\b(?:openai|anthropic|claude
    |gemini|llm|ollama|bedrock|mistral)_?(?:client|api|service|provider|model)\b
    |\b(?:chat_?)?gpt_?service\b|\b(?:llm|chain|agent|chat_?model|chat_?client)\.(?:a?invoke
    |a?stream|run|ask|complete|generate|a?predict|chat)\b|\bclaude (?:-p|--print)\b|(?:OpenAI
    |Anthropic|Claude|Gemini|LLM|Llm|Ollama)(?:::)?(?:Client|Service|Provider)\b|\bchat\(\)(?:\.
    |->)create\b|\b(?:CompleteChat|GetChatCompletions|GetChatMessageContents?
    |GetStreamingChatMessageContents|InvokePrompt)(?:Async|Streaming)?\b|Langchain::LLM|litellm
    |\bacompletion\b|\bRunner\.run|(?:Chat|Generative|Language)(?:Client|Model)\b|(?:chat_?gpt
    |openai|claude|anthropic|gemini|ollama|llm)\w*(?:\.|->|::)\w+\(|(?:ask|call|query|prompt
    |invoke)_?(?:llm|model|claude|gpt|openai|gemini|ai|chat_?gpt)\w*\(|chat_completion
    |Completion\.a?create\b|\b(?:Async)?(?:Azure)?(?:OpenAI|Anthropic)\(|RubyLLM|\b(?:chat
    |go)gpt\.\w|prism::text|bedrock[-_]?(?:agent[-_]?)?runtime|/chat/completions\b|api\.(?:openai
    |anthropic)\.com|generativelanguage\.googleapis`;

/** What a tool reads goes to the model that called it. */
const GIVES_TOOL = /\btool\(|@tool\b|\w(?:Tool|TOOL)\b|_tool\b|input_?[sS]chema/;

/** The client of a provider says whose it is in its first line: `package openrouter`. */
const OF_PROVIDER = pattern`
    ^package\s+(?:[\w.]+\.)?(?:openai|anthropic|claude|gemini|ollama|bedrock|chatgpt|gpt|llms?
    |openrouter|groq|mistral|deepseek)\b`;
const VECTORS = patternOfAnyCase`
  chroma_?(?:db|client|controller|collection)|pinecone|qdrant|weaviate|milvus|pgvector
  |vector_?store`;
const HEAD = 4_000;

function ofProvider(text: string): boolean {
  const at = text.slice(0, HEAD).search(/^package\s/m);
  return at !== -1 && OF_PROVIDER.test(text.slice(at, at + 200));
}

/** What a file has to do with models: what either of its versions says counts for both. */
export interface Signs {
  readonly aboutLlm: boolean;
  /** Of the client of a provider. */
  readonly provides: boolean;
  /** It calls what asks a model. */
  readonly calls: boolean;
  readonly givesTool: boolean;
  readonly finds: boolean;
  readonly talks: boolean;
}

export function signsOf(path: string, versions: readonly string[]): Signs {
  const some = (test: (text: string) => boolean): boolean => versions.some(test);
  const provides = some(ofProvider);
  return {
    aboutLlm:
      ABOUT_LLM.test(path) ||
      /(?:^|\/)(?:gen)?ai\//i.test(path) ||
      some((text) => ABOUT_LLM.test(text)),
    provides,
    calls: provides || some((text) => CLIENT.test(text)),
    givesTool: some((text) => GIVES_TOOL.test(text)),
    finds: some((text) => VECTORS.test(text)),
    talks: some((text) => /start_?chat|chats\.create/i.test(text)),
  };
}
