import { pattern } from "../pattern.ts";

interface Size {
  /** The name by which the rules know it. */
  readonly name: string;
  /** Against the name in snake case. */
  readonly pattern: RegExp;
}

/**
 * Names that are put together of a bound and of what is bounded. They say nothing of a model by
 * themselves: something around them must.
 */
const SIZES: readonly Size[] = [
  {
    name: "retrieval_k",
    pattern: pattern`
      ^(?:max|num|n|top|limit|number_of|amount_of)_(?:\w+_)?(?:results|docs|documents|chunks
      |passages|sources|snippets|hits|matches|references|citations|examples|shots|memories|facts
      |neighbors)(?:_per_(?:query|search|source|doc|document|file|topic))?$|(?:^|_)(?:results?
      |docs|documents|chunks|passages|sources|search|retrieval|snippets|memories|examples
      |few_?shot|facts?|citations|references)_(?:limit|count|k|cap)$|^(?:search|rerank|fetch
      |retriev\w+|final|context)_k$|^top_n$|^top_k_\w+$|^num_retrieved$|^context_(?:docs
      |documents|chunks)$|^max_(?:sources|docs|documents|chunks|articles|papers|items
      |results)_(?:for|in)_(?:report|prompt|context|summary|answer|synthesis)$`,
  },
  {
    name: "history_limit",
    pattern: pattern`
      ^(?:max|n|num|last|keep|recent|keep_last|keep_recent)_(?:n_|last_|recent_)*
      (?:(?:chat|context|conversation|previous|prior|recent|history)_)?(?:messages|turns_history
      |history_turns|exchanges|utterances)(?:_(?:limit|count|in_\w+|to_\w+))?$
      |^max_(?:recent|previous|past|kept)_turns$|^(?:\w+_)?turn_window$
      |^(?:recent|context|previous|history|conversation|chat)_(?:messages|turns|exchanges)
      (?:_(?:limit|count|max))?$|^(?:conversation|chat|dialog(?:ue)?|chat_history)_(?:limit|window)$
      |^keep_(?:last|recent)(?:_n)?$
      |^max_(?:messages|turns)_per_(?:conversation|session|thread|chat|user)$
      |^(?:summari[sz]e|summary|compact(?:ion)?|condense)_(?:threshold|after|every|trigger|at)
      (?:_(?:messages|turns|tokens))?$`,
  },
  {
    name: "max_steps",
    pattern: pattern`
      ^max_(?:tool|tool_call|function_call|call|agent|sub_?agent|recursion|delegation|chain
      |reasoning|research)_depth$|^max_(?:\w+_)?(?:rounds|steps|queries|loops|cycles|iterations|hops
      |revisions|refinements
      |reflections|actions|commands
      |searches|replans|function_calls|self_corrections|subtasks)$
      |^(?:\w+_)?(?:round|loop|step|iteration|turn|tool_call|cycle)s?_(?:limit|cap)$
      |^(?:num|n)_(?:\w+_)?rounds$|^rounds$
      |^(?:sub_?)?(?:questions|queries|searches)_per_(?:iteration|round|turn|topic|step|section)$
      |^(?:max_|deep_)*(?:research|recursion)_(?:depth|breadth|loops)$
      |^max_(?:\w+_)?(?:searches|queries|tool_calls|rounds|steps|iterations)_per_\w+$
      |^tool_(?:call_)?budget(?:_per_\w+)?$
      |^(?:debate|discussion|review|refinement|dialogue|critique|reflection)_rounds$`,
  },
  {
    name: "max_chars",
    pattern: pattern`
      ^max_(?:\w+_)?(?:text|article|document|doc|observation|tool_(?:output|result|response)
      |transcript|code|diff|patch|prompt|context|page|html|log|snippet|source|readme|markdown
      |issue|pr|ticket|resume|cv|jd)_(?:length|len|chars|lines|size)$|^max_(?:tool_(?:output
      |result|response)s?|(?:log|context|code|diff|file)_lines|(?:context|diff|changed|source
      |code)_files|(?:diff|patch|context)_bytes)$|^max_(?:\w+_)?words$|^(?:\w+_)?truncat(?:e
      |ion)_(?:at|to|length|limit|chars)$|^(?:text|content|context|prompt|snippet|transcript|diff
      |document|article|tool_result|tool_output)_(?:limit|cap|max_length|char_limit)$
      |^(?:\w+_)?(?:chars|characters|words)_per_(?:source|page|doc|document|result|file|article
      |item|snippet|message)$|^(?:\w+_)?(?:return|result|output|observation
      |response)_char(?:acter)?s?_limit$`,
  },
  {
    name: "max_retries",
    pattern: pattern`
      ^(?:max_)?(?:api|llm|ai|model|generation|completion|json|parse|parsing|validation|repair
      |fix|correction)_(?:retries|attempts)$|^max_(?:api_|llm_)?retry$|^(?:\w+_)?retry_limit$
      |^max_generation_attempts$|^max_[a-z]+_retries$|^max_(?:retries|attempts
      |tries)_per_(?:model|provider|call|request|prompt|chunk|agent|task|step)$`,
  },
  {
    name: "num_completions",
    pattern: pattern`
      ^(?:num|n|number_of)_(?:\w+_)?(?:variants|variations|votes|responses|completions|alternatives
      |samples|candidates|generations|drafts|solutions|paths|simulations|thoughts|rollouts
      |proposals|hypotheses|perspectives)$|^(?:candidate|completion|sample|vote
      |variant)_count$`,
  },
  {
    name: "chunk_size",
    pattern: pattern`
      ^(?:\w+_)?chunk_(?:chars|max_chars|words|size_(?:tokens|chars|words))$|^(?:max_
      |num_)?(?:words|sentences|chars|characters|paragraphs|lines)_per_chunk$|^segment_(?:size
      |length)$`,
  },
  {
    name: "batch_size",
    pattern: pattern`
      ^(?:\w+_)?(?:items|files|pages|rows|records|cards|questions|chunks|texts|comments|messages
      |documents|articles|lines|segments|entries)_per_(?:batch|call|request|prompt)$
      |^(?:max|llm|ai|prompt|embed(?:ding)?|completion)_(?:\w+_)?batch(?:_size|_items|_tokens)?$
      |^(?:\w+_)?batch_(?:items|pages|rows|chunks|docs|documents|texts|questions|articles|chars
      |tokens)$`,
  },
];

/** What people and other programs are held to. */
const OF_OTHERS = pattern`
    (?:^|_)(?:daily|free|monthly|weekly|hourly|user|guest|trial|plan|quota|rate|upload|image
    |video|audio|page_size|per_page|per_day|per_user|discord|telegram|slack|sms|tweet|twitter|db
    |sql|login|test)(?:_|$)`;

/** The name that the rules know for one that is put together; undefined for any other. */
export function sizeName(snake: string): string | undefined {
  if (snake.length > 60 || OF_OTHERS.test(snake) || /^min_/.test(snake)) return undefined;
  return SIZES.find(({ pattern: names }) => names.test(snake))?.name;
}
