import { pattern } from "../pattern.ts";

/** What a parameter does to cost, whatever a library calls it. */
export type ParameterRole =
  | "output limit"
  | "reasoning effort"
  | "thinking budget"
  | "step limit"
  | "retries"
  | "fan-out"
  | "completions"
  | "batch size"
  | "service tier"
  | "cache"
  | "context size"
  | "retrieval size"
  | "chunk size"
  | "chunk overlap"
  | "history length";

export interface Rule {
  readonly role: ParameterRole;
  /** Against the name in snake case. */
  readonly pattern: RegExp;
  /** The name alone says that a model is meant; others need a call of one around them. */
  readonly telling: boolean;
  readonly values: "number" | "word" | "switch" | "any";
}

const rule = (
  role: ParameterRole,
  pattern: RegExp,
  telling = true,
  values: Rule["values"] = "number",
): Rule => ({ role, pattern, telling, values });

/** In this order: the first that fits decides. */
export const RULES: readonly Rule[] = [
  rule("context size", /^search_context_size$/, true, "word"),
  rule(
    "thinking budget",
    pattern`
      (?:^|_)(?:thinking|reasoning)_(?:token_?)?(?:budget|tokens|max_tokens)(?:_tokens)?$
      |^budget_tokens$|max_(?:thinking|reasoning)_tokens`,
  ),
  rule(
    "context size",
    pattern`
      (?:^|_)(?:max_(?:input|context|prompt|total_context|history)_tokens?|num_ctx|n_ctx
      |context_(?:window|length|size|limit|tokens|budget)(?:_tokens|_length|_limit)?|map_tokens
      |(?:max|default)_context(?:_(?:length|size|window|chars))?|max_model_len|ctx_(?:length|len
      |window|limit|tokens)|max_seq(?:uence)?_len(?:gth)?|ctx_size|token_limit(?:_per_\w+)?
      |input_token_limit|tok(?:en)?s?_max|truncation_length|max_(?:input|context|prompt)_(?:chars
      |length)|max_(?:\w+_)?prompt_(?:chars|characters|length|len)|(?:context|prompt
      |history)_max_(?:chars|characters|length)|max_token_(?:size
      |num(?:ber)?)|(?:prompt|input|history|context)_token_budget|max_(?:req(?:uest)?|query
      |question|chunk|diff|doc(?:ument)?s?|file|message|source|user)_tokens?)$`,
  ),
  rule(
    "chunk size",
    pattern`
      ^max_tokens_per_(?:chunk|paragraph|line)$|(?:^|_)chunk_(?:max|min|target)_tokens$
      |(?:^|_)(?:min|target)_chunk_tokens$`,
  ),
  rule(
    "retrieval size",
    /(?:^|_)max_context_(?:items|entries|files|results|docs|documents|chunks)$/,
  ),
  rule(
    "context size",
    pattern`
      ^max_tokens_(?:(?:for|in|of)_)?(?:\w+_)?(?:input|requests?|contexts?|content|prompt|history
      |query|documents?|docs|files?|diff|sources?)$`,
  ),
  rule(
    "output limit",
    pattern`
      (?:^|_)max_?(?:output_|completions?_|new_|gen(?:eration)?_|response_|answer_
      |generated_)*(?:tokens?|token_count|tokens_to_sample)$|(?:^|_)n(?:um)?_predict$|(?:^
      |_)(?:output|completion|response)_(?:token_limit|tokens?_max|max_tokens)$|(?:^
      |_)max_(?:output|response|answer|completion)_(?:length|len)$
      |^max_(?:output_|completion_|new_|response_)?tokens_`,
  ),
  rule("output limit", /^(?:response|output)_tokens_limit$|^answer_tokens$/),
  rule("context size", /^(?:total|request|input)_tokens_limit$|(?:^|_)max_tokens?_total$/),
  rule("context size", /(?:^|_)max_(?:\w+_)?tokens?(?:_in_\w+)?$|^(?:max_)?token_budget$/),
  rule(
    "context size",
    /(?:^|_)(?:max_diff_(?:length|len|size|lines|bytes)|diff_max_(?:lines|bytes|size))$/,
  ),
  rule(
    "context size",
    pattern`
      ^(?!\w*(?:discord|telegram|slack|tweet|twitter|whatsapp|sms|display|preview|log|title
      |name)_)(?:(?:\w+_)?(?:chars?|characters?)_(?:limit|cap|budget|max)(?:_per_\w+)?$
      |(?:\w+_)?max_(?:\w+_)?(?:chars?|characters)(?:_(?:per_\w+|injected|sent|total
      |to_\w+))?$)|^max_(?:\w+_)?(?:content|context|text)_per_\w+$|^max_total_(?:content|context
      |text)$|(?:^|_)(?:context|prompt|input|content|file|tool|diff|transcript|document|doc
      |history)_max_(?:chars|characters)$|(?:^|_)(?:context|patch|code|transcript
      |snippet)_max_lines$|^(?:max_|num_|diff_)?context_lines$|^max_(?:patch|transcript|code
      |snippet|document)_(?:length|len|size|lines)$`,
    false,
  ),
  // What of the window is left for the answer.
  rule("context size", /(?:^|_)reserved?_(?:\w+_)?tokens(?:_\w+)?$|(?:^|_)tokens?_reserved?$/),
  rule("output limit", /^max_(?:length|gen_len|new_length)$/, false),
  rule(
    "reasoning effort",
    pattern`
      (?:^|_)(?:reasoning|thinking)_(?:effort|level|effort_level)$|model_reasoning_effort
      |^effort_level$|^verbosity$`,
    true,
    "word",
  ),
  rule(
    "reasoning effort",
    pattern`
      ^(?:default_|model_|agent_|llm_|claude_|codex_|output_)?effort$|^thinking$
      |enable_thinking|^always_thinking_enabled$
      |^(?:enable|disable|exclude)_(?:reasoning|thinking)$
      |include_reasoning|^(?:(?:llm|ollama|model)_(?:\w+_)?)?think$|^reasoning$`,
    false,
    "any",
  ),
  rule(
    "step limit",
    pattern`
      (?:^|_)max_(?:agent_|tool_|llm_|react_|agentic_|conv(?:ersation)?_|session_|model_)*(?:steps?
      |turns?|iterations?|iters?|rounds?|loops?|tool_calls|tool_roundtrips|tool_use|llm_calls
      |(?:model|ai|gpt)_calls|consecutive_auto_reply|function_calls|sequential_tools?_invocations
      |uses|hops|reflections?|replans?|rpm)(?:_per_(?:request|run|turn|task|session))?$
      |^multi_turn$|(?:^
      |_)max_(?:\w+_)?loops?(?:_count)?$|^recursion_limit$|^step_count_is$|^max_iter$|(?:^
      |_)(?:step|turn|iteration|tool_call)_(?:limit|cap|budget)$|^(?:request|tool_calls)_limit$`,
    false,
  ),
  rule("retries", /^(?:response|completion|generation|answer|llm|agent)_(?:max_)?retries$/),
  rule(
    "retries",
    pattern`
      (?:^|_)(?:max_)?(?:num_)?(?:retries|re_?asks|retry|retry_(?:count|limit|attempts)|attempts
      |max_retry|max_attempts|stop_after_attempt|(?:max_)?tries|retry_times)$`,
    false,
  ),
  rule(
    "completions",
    pattern`
      ^(?:n|num_completions|best_of|candidate_count|num_generations|num_return_sequences
      |n_(?:samples|completions|responses|candidates)|num_(?:samples|candidates|responses)|samples
      |votes|self_consistency(?:_\w+)?|best_of_n|results_per_prompt
      |(?:num(?:ber_of)?|n)_(?:outputs|images)
      |(?:num|n)_(?:samples|candidates|responses|completions|generations)_per_\w+)$`,
    false,
  ),
  rule(
    "fan-out",
    pattern`
      (?:^|_)(?:max_)?(?:concurrency|parallel(?:ism|_calls|_requests|_agents|_tool_calls)?
      |concurrent(?:_\w+)?|fan_?out|num_(?:agents|workers|queries|subagents|variants|threads)
      |n_(?:agents|workers|queries)|max_(?:workers|agents|subagents|parallel)|query_count)$`,
    false,
  ),
  rule(
    "batch size",
    /(?:^|_)batch_?(?:(?:size_)?limit|size)$|^max_segments_per_batch$|^use_batch(?:_api)?$|^batch$/,
    false,
    "any",
  ),
  rule("service tier", /(?:^|_)service_tier$/, true, "word"),
  rule(
    "cache",
    pattern`
      (?:^|_)(?:cache_point|prompt_cach(?:e|ing)(?:_\w+)?
      |enable_(?:prompt_)?cach(?:e|ing)|cache_(?:prompt|system|ttl|tools|messages|retention
      |seed)|cached_content|anthropic_cache\w*|supports_prompt_caching)$
      |^(?:(?:anthropic|claude|prompt|system|messages?|tools?|llm|ephemeral)_)?cache_control$`,
    true,
    "any",
  ),
  rule("cache", /^(?:cache|caching|use_cache)$|_cache_enabled$/, false, "switch"),
  rule(
    "chunk overlap",
    pattern`
      (?:^|_)chunk(?:ing)?_overlap(?:_(?:tokens|ratio|words|chars|characters|sentences|lines
      |size))?$
      |^(?:max_)?overlap(?:_size|_tokens|_percentage)?$`,
  ),
  rule(
    "chunk size",
    pattern`
      (?:^|_)(?:chunk(?:ing)?_(?:size|length|tokens)(?:_(?:chars|characters|tokens|words))?
      |chunk(?:ing)?_(?:max|min|target)_(?:size|length|chars|characters|words)
      |max_chunk_(?:size|tokens|length)|chunk_max_tokens
      |chunk_token_(?:threshold|limit|count|size)|tokens_per_chunk
      |splitter_size|split_size)$`,
    false,
  ),
  rule(
    "retrieval size",
    pattern`
      (?:^|_)(?:similarity_top_k|retriev\w*_(?:k|limit|count|top_k)|rag_(?:top_)?k|rerank(?:er
      |ing)?_top_(?:k|n)|n(?:um(?:ber)?)?_(?:of_|similar_)?(?:documents|docs|chunks|results
      |passages|context_docs)|max_(?:documents|docs|chunks|results|passages|context_docs|sources
      |search_results|examples|snippets)|n_results|fetch_k|top_n|num_few_?shot|few_shot_(?:count
      |k)|max_(?:bootstrapped|labeled)_demos|match_count|search_limit|(?:rag|retrieval|search
      |context)_(?:results?|docs?|chunks?|hits|matches)_(?:count|limit)|max_context_(?:items
      |entries|lines|files|results))$|^k$|^dynamic_context$`,
    false,
  ),
  rule("retrieval size", /(?:^|_)top_?k$/, false),
  rule("retrieval size", /^k_nearest_neighbors(?:_count)?$/),
  rule(
    "retrieval size",
    pattern`
      ^k_(?:(?:vector|dense|sparse|semantic|keyword)_)?(?:rerank\w*|retriev\w*|search\w*|docs
      |documents|chunks|vector|dense|sparse|semantic|bm25)$
      |(?:^|_)(?:rerank\w*|vector|dense|sparse|semantic|bm25|retriev\w*)_k$`,
    false,
  ),
  rule(
    "retrieval size",
    pattern`
      ^(?:max|num|n|top)_(?:recent|(?:\w+_)?(?:memories|summaries|conversations|exchanges)
      |\w+_memory)$|^max_(?:\w+_)?(?:memory|memories|history|transcript|conversation)_(?:lines
      |items|entries)$`,
    false,
  ),
  rule(
    "history length",
    pattern`
      (?:^|_)(?:max_(?:history|messages|memory|history_(?!days|hours|seconds|bytes|age)[a-z]+
      |chat_history|(?:chat|conversation|dialogue?|thread)_(?:length|len|size|chars|turns)
      |message_history|conversation_(?:length|history)|(?:thread|context|conversation|chat|recent
      |stored|session|prompt|kept|past|previous)_messages)|history_(?:(?:prompt|message|messages
      |chat|context)_)?(?:length|limit|size|window|turns|max\w*|(?:message_)?count)
      |memory_(?:window|k)|message_(?:limit|window)|num_(?:history|messages)\w*
      |number_of_messages|conversation_window|chat_memory_(?:retrieve_)?size|window_size|(?:last
      |recent|keep|kept)_(?:n_|last_)?messages|messages_(?:to_)?(?:keep|kept)|(?:message|chat
      |conversation)_history(?:_(?:size|limit|length|count))?|buffer_size|short_term_limit
      |message_range|context_messages|(?:history|context|memory|conversation)_depth)$
      |^target_count$`,
    false,
  ),
  // At how many tokens a conversation is shortened, and what stays of it.
  rule(
    "context size",
    pattern`
      (?:^|_)(?:compact(?:ion)?|clear|prun(?:e|ing)|trim(?:ming)?|summari[sz](?:e|ation))_(?:\w+_)?
      (?:(?:trigger|threshold|target|limit|at|after|above)_tokens
      |token_(?:threshold|trigger|limit))$`,
  ),
  rule(
    "history length",
    pattern`
      (?:^|_)(?:tool_(?:results|uses|calls)|thinking)_(?:to_)?keep(?:_turns)?$
      |(?:^|_)keep_(?:last_|recent_)?(?:thinking_|tool_)?(?:turns|rounds|uses|results)$`,
  ),
];
