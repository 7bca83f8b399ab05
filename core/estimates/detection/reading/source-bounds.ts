import { pattern, patternOfAnyCase } from "../pattern.ts";
import { calledAgain, TRIES } from "./called-again.ts";
import { countedState } from "./counted-states.ts";
import type { Token } from "./lexer.ts";
import { RECALLED, recalled } from "./recalled-turns.ts";
import type { Open, Walk } from "./source-walk.ts";

/** What a number bounds that has no name of its own: turns of a loop, parts of a list. */
export function boundedBy(
  { tokens, language }: Walk,
  top: Open,
  index: number,
  end: number,
): string | undefined {
  if (top.bracket === "[" && tokens[end]?.text === ":")
    return kept(tokens, index) ?? cutText(tokens, index, end);
  if (top.bracket === "[") {
    const found = tokens[index - 1]?.text === ":" ? cut(tokens, index, end) : undefined;
    const size = found ?? cutText(tokens, index, end);
    if (size !== undefined) return size;
  }
  return (
    turns(tokens, index, end, language.name === "python") ??
    retriedIf(tokens, index, end) ??
    calledAgain(tokens, index, end) ??
    trimmed(tokens, index) ??
    ended(tokens, index, end) ??
    countedState(tokens, index, end) ??
    batched(tokens, index, end) ??
    recalled(tokens, index, end)
  );
}

const TRIMS = /^(?:pop|popleft|shift|splice|slice|del|removeAt|removeFirst|RemoveAt|removeRange)$/;
const MAX_TRIM = 30;
/** Fewer are no history. */
const LEAST_KEPT = 3;
const LEAST_TOKENS = 100;

/** `if len(history) > 10: history.pop(0)`, `while (messages.length > 20) messages.shift()` */
function trimmed(tokens: readonly Token[], index: number): string | undefined {
  if (!/^(?:>=?|={2,3})$/.test(tokens[index - 1]?.text ?? "")) return undefined;
  const [last, before] = [tokens[index - 2]?.text, tokens[index - 3]];
  const length = /^(?:length|size|Count|count)$/.test(last ?? "");
  const name = last === ")" ? before?.text : length ? tokens[index - 4]?.text : undefined;
  if (name === undefined || !CONVERSATION.test(name)) return undefined;
  // `if (conversations.size > 1000)` is how many of them are kept.
  if (last === "size" && /conversations$/i.test(name)) return undefined;
  if (Number(tokens[index]?.text) < LEAST_KEPT) return undefined;
  // `while count_tokens(history) > 2500`
  const head = tokens.slice(index - 8, index - 3);
  if (last === ")" && head.some(({ kind, text }) => kind === "name" && /token/i.test(text))) {
    return Number(tokens[index]?.text) >= LEAST_TOKENS ? "token_limit" : undefined;
  }
  if (last === ")" && !head.some(({ text }) => text === "len")) return undefined;
  const behind = tokens.slice(index + 1, index + MAX_TRIM);
  return behind.some(({ kind, text }) => kind === "name" && TRIMS.test(text))
    ? "last_messages"
    : undefined;
}

const CONVERSATION = patternOfAnyCase`
  (?:messages|msgs|history(?:_?(?:session|list|log|buffer|entries|items))?|turns|exchanges
  |dialog(?:ue)?|recent_?context|(?:conversation
  |convo)s?(?:_?(?:parts|items|log))?)$`;
const DOCUMENTS =
  /(?:^|_)(?:docs|documents|chunks|passages|memories|snippets)$|[a-z](?:Docs|Chunks)$/;

/** `chat_buffer.lines[-20:]` */
const OF_CHAT = /^(?:chat|conversation|dialog(?:ue)?)(?:_|[A-Z]|$)/;

/** `messages[-10:]`: how much of a conversation is sent again. */
function kept(tokens: readonly Token[], index: number): string | undefined {
  const [minus, opened, name] = [tokens[index - 1], tokens[index - 2], tokens[index - 3]];
  // Go's `messages[len(messages)-10:]`
  const counts = minus?.text === "-" && opened?.text === ")" && tokens[index - 5]?.text === "len";
  if (counts && CONVERSATION.test(name?.text ?? "")) return "last_messages";
  if (minus?.text !== "-" || opened?.text !== "[") return undefined;
  // `messages[-1:]` is the newest of them, or none.
  if (tokens[index]?.text === "1") return undefined;
  // `list(chat.messages)[-4:]`
  if (name?.text === ")" && CONVERSATION.test(tokens[index - 4]?.text ?? "")) {
    const listed = tokens.slice(Math.max(0, index - 10), index - 4);
    return listed.some(({ text }) => /^(?:list|tuple)$/.test(text)) ? "last_messages" : undefined;
  }
  if (name?.kind !== "name") return undefined;
  const owner = tokens[index - 4]?.text === "." ? tokens[index - 5]?.text : undefined;
  const ofChat = OF_CHAT.test(owner ?? "") && /list|log|buffer|items|entries/i.test(name.text);
  return ofChat || CONVERSATION.test(name.text) ? "last_messages" : undefined;
}

/** `docs[:5]`: how many of what was found go on. */
function cut(tokens: readonly Token[], index: number, end: number): string | undefined {
  const [opened, name] = [tokens[index - 2], tokens[index - 3]];
  if (opened?.text !== "[" || tokens[end]?.text !== "]" || name?.kind !== "name") return undefined;
  if (DOCUMENTS.test(name.text)) return "retrieval_k";
  const behind = tokens.slice(end, end + MAX_SHOWN);
  if (CONVERSATION.test(name.text)) return behind.some(isShown) ? undefined : RECALLED;
  return RESULTS.test(name.text) && !behind.some(isShown) ? "max_results" : undefined;
}

const RESULTS = /^(?:\w+_)?(?:results|hits|matches)$/;
const MAX_SHOWN = 16;
const isShown = ({ kind, text }: Token): boolean =>
  kind === "name" && /^(?:print|log|logger|logging|console|pprint|st)$/.test(text);
/** Ends the name of what is cut: `page[:]` of `page[:3000]`. */
export const CUT = "[:]";
/** The same, where a loop goes through it. */
export const EACH = " in [:]";

/** `page[:3000]`, `&page[..3000]`, `page[0...3000]`, `page[-3000:]`: of whatever it is. */
function cutText(tokens: readonly Token[], index: number, end: number): string | undefined {
  const [next, last] = [tokens[end]?.text, tokens[index - 1]?.text];
  let at = index - 1;
  if (last === "-" && next === ":" && tokens[end + 1]?.text === "]") at = index - 2;
  else if (next !== "]") return undefined;
  else if (last === "," && tokens[index - 2]?.text === "0") at = index - 3;
  else if (last === ":") at = index - 2;
  else {
    while (/^[.=<]$/.test(tokens[at]?.text ?? "")) at -= 1;
    if (index - 1 - at < 2) return undefined;
  }
  if (tokens[at]?.text === "0") at -= 1;
  const of = tokens[at - 1];
  if (tokens[at]?.text !== "[" || of === undefined || of.first) return undefined;
  // `for page in pages[:3]:`
  const each = tokens[at - 2]?.text === "in" ? EACH : CUT;
  if (of.kind === "name") return `${of.text}${each}`;
  return /^[)\]]$/.test(of.text) ? CUT : undefined;
}

const STEPS = /^\$?_?(?:turn|step|iteration|iter|round|hop)s?$/i;
const MAX_HEAD = 12;
/** `while (reply.Parts.Length != parts.Count && tries < 3)` */
const MAX_CONDITION = 24;

/** `for attempt in range(3)`, `attempt < 3;`, `1..=3`: how often something is done again. */
function turns(
  tokens: readonly Token[],
  index: number,
  end: number,
  ranges: boolean,
): string | undefined {
  const before = tokens[index - 1]?.text ?? "";
  const next = tokens[end]?.text ?? "";
  // Python's `while turn < 10:`
  const compares = ranges && /^<=?$/.test(before) && next === ":";
  if (!compares && !(ranges ? /^[(,]$/ : /^(?:<|<=|\.|=)$/).test(before)) return undefined;
  // `1..=3` ends at three; `attempt = 0;` is where it begins.
  if (before === "=" && !/\.$/.test(tokens[index - 2]?.text ?? "")) return undefined;
  if (compares && tokens[index - 2]?.kind !== "name") return undefined;
  const more = /^<=?$/.test(before) && /^&&?$/.test(next);
  if (!compares && !more && !(ranges ? next === ")" : /^[;){]$/.test(next))) return undefined;
  for (let at = index - 2; at > index - MAX_CONDITION; at -= 1) {
    const token = tokens[at];
    if (token?.kind === "punct" && /^[{}]$/.test(token.text)) return undefined;
    if (token?.kind !== "name" || !/^(?:for|while)$/.test(token.text)) continue;
    if (compares) {
      const own = tokens[at]?.text === "while" && !endsHead(tokens, at, index);
      return own ? counted(tokens[index - 2]?.text ?? "", tokens, end) : undefined;
    }
    const head = tokens.slice(at + 1, index);
    if (ranges && !head.some(({ text }) => text === "range")) return undefined;
    // `while (!done && tries < 3)`
    const own = /^<=?$/.test(before) ? tokens[index - 2] : undefined;
    if (own?.kind === "name" && TRIES.test(own.text)) return counted(own.text, tokens, end);
    const named = head.find(({ kind, text }) => kind === "name" && !DECLARES.test(text));
    return named === undefined ? undefined : counted(named.text, tokens, end);
  }
  return undefined;
}

/** Ruby's `retry if (tries += 1) < 3` and `3.times do |attempt|`, Kotlin's `repeat(3) { attempt ->`. */
function retriedIf(tokens: readonly Token[], index: number, end: number): string | undefined {
  const before = tokens[index - 1]?.text ?? "";
  if (/^<=?$/.test(before)) {
    const head = tokens.slice(Math.max(0, index - MAX_HEAD), index - 1);
    const at = head.findIndex(({ kind, text }) => kind === "name" && text === "retry");
    const asks = at !== -1 && head[at + 1]?.text === "if";
    return asks && head.slice(at + 2).some(({ text }) => TRIES.test(text))
      ? "max_retries"
      : undefined;
  }
  const repeats = before === "(" && tokens[index - 2]?.text === "repeat";
  const times = tokens[end]?.text === "." && tokens[end + 1]?.text === "times";
  if (!repeats && !times) return undefined;
  const named = tokens.slice(end, end + MAX_STEP).find(({ text }) => TRIES.test(text));
  return named === undefined ? undefined : counted(named.text, tokens, end);
}

const BATCHES = pattern`
  ^(?:Chunk|chunk|chunked|array_chunk|each_slice|chunk_every|batched|partition|splitEvery|inGroupsOf
  |in_groups_of|chunks)$`;
const EMBEDS = /embed/i;
const MAX_LOOP = 70;
const [LEAST_BATCH, MOST_BATCH] = [2, 4096];

/** `texts.chunked(64) { embed(it) }`, `range(0, len(texts), 64)`: how many go into one call. */
function batched(tokens: readonly Token[], index: number, end: number): string | undefined {
  const size = Number(tokens[index]?.text.replaceAll("_", ""));
  if (tokens[end]?.text !== ")" || size < LEAST_BATCH || size > MOST_BATCH) return undefined;
  let opens = index - 1;
  for (let depth = 0; opens > index - MAX_HEAD; opens -= 1) {
    const text = tokens[opens]?.text;
    if (text === ")" || text === "]") depth += 1;
    else if (text === "(" && depth === 0) break;
    else if (text === "(" || text === "[") depth -= 1;
    else if (depth === 0 && /^[;{}]$/.test(text ?? "")) return undefined;
  }
  const called = tokens[opens - 1]?.text ?? "";
  const steps =
    called === "range" && tokens[opens + 1]?.text === "0" && tokens[index - 1]?.text === ",";
  if (!steps && (tokens[opens]?.text !== "(" || !BATCHES.test(called))) return undefined;
  let head = index;
  while (head > 0 && tokens[head]?.first !== true) head -= 1;
  const indent = tokens[head]?.indent ?? 0;
  const behind = tokens.slice(end, end + MAX_LOOP);
  const left = behind.findIndex((one) => one.first && one.kind === "name" && one.indent <= indent);
  const body = (left === -1 ? behind : behind.slice(0, left)).filter(({ kind }) => kind === "name");
  if (body.some(({ text }) => EMBEDS.test(text))) return "embed_batch_size";
  return body.some(({ text }) => ASKS_ONE.test(text)) ? "llm_batch_size" : undefined;
}

const ASKS_ONE = patternOfAnyCase`
  ^(?:ask|call|query|invoke|prompt)_?(?:llm|gpt|ai|model|claude|gemini|openai)|completions?$
  |^(?:generate_?(?:content|text|object)|a?invoke)$`;

const DEPTH = pattern`
    ^\$?_?(?:recursion_?|tool_?|call_?|loop_?|agent_?|chain_?)?(?:[dD]epth|[lL]evel)$`;
const CALLED = pattern`
    ^\$?_?(?:(?:tool|agent|loop|llm|ai)_?)?(?:[tT]urn|[sS]tep|[iI]teration|[rR]ound|[hH]op
    |(?:tool|function)_?[cC]all)s?_?(?:[cC]ount|[nN]um(?:ber)?|[iI]ndex)?$`;
const ENDS = /^(?:throw|return|break|raise|panic|die|abort)$/;
const MAX_AROUND = 160;

/** `if (depth > 3) throw ...` in what calls a model and itself, `if round >= 5: break`. */
function ended(tokens: readonly Token[], index: number, end: number): string | undefined {
  const own = tokens[index - 2];
  if (!/^(?:>=?|={2,3})$/.test(tokens[index - 1]?.text ?? "") || own?.kind !== "name") {
    return undefined;
  }
  const deep = DEPTH.test(own.text);
  if (!deep && !CALLED.test(own.text)) return undefined;
  let at = end;
  while (at < end + 3 && /^[):{]$|^then$/.test(tokens[at]?.text ?? "")) at += 1;
  if (at === end || !ENDS.test(tokens[at]?.text ?? "")) return undefined;
  const head = tokens.slice(Math.max(0, index - 5), index - 2);
  if (!head.some(({ text }) => /^(?:if|elif)$/.test(text))) return undefined;
  const around = tokens.slice(Math.max(0, index - MAX_AROUND), end + MAX_AROUND);
  const asks = around.some(
    ({ kind, text }) => kind === "name" && (deep ? TOOLS : MODELS).test(text),
  );
  return asks ? "max_steps" : undefined;
}

const TOOLS = patternOfAnyCase`
  tool_?(?:calls?|use|messages?|results?)|function_?calls?|chat_?completion|completions`;

const endsHead = (tokens: readonly Token[], from: number, to: number): boolean =>
  tokens.slice(from, to).some(({ kind, text }) => kind === "punct" && text === ":");

const DECLARES = /^(?:let|var|int|mut|const|auto)$/;

const MAX_BODY = 60;
const OTHERS = pattern`
  ^(?:requests|httpx|aiohttp|urllib|urlopen|driver|page|browser|cursor|socket|smtplib|redis|axios
  |fetch)$`;
const MODELS = patternOfAnyCase`
  client|llm|model|openai|chat|complet|generat|invoke|agent|anthropic|claude|gemini|gpt|ollama
  |ask|prompt`;

/** Is what is tried again a page or a server, and no model? */
function asksOther(tokens: readonly Token[], end: number): boolean {
  const body = tokens.slice(end, end + MAX_BODY).filter(({ kind }) => kind === "name");
  return body.some(({ text }) => OTHERS.test(text)) && !body.some(({ text }) => MODELS.test(text));
}

/** A loop that begins with `try` and calls a model does so again where that fails. */
function triesFirst(tokens: readonly Token[], end: number): boolean {
  const opens = tokens
    .slice(end, end + MAX_STEP)
    .findIndex(({ kind, text }) => kind === "punct" && /^[:{]$/.test(text));
  const begins = tokens[end + opens + 1]?.text === "try";
  if (opens === -1 || !begins) return false;
  const body = tokens.slice(end + opens + 2, end + MAX_BODY);
  const caught = body.findIndex(({ text }) => /^(?:except|catch|finally)$/.test(text));
  const names = body.slice(0, caught === -1 ? MAX_BODY : caught).map(({ text }) => text);
  return names.some((one) => MODELS.test(one)) && !names.some((one) => OTHERS.test(one));
}

/** `; i++) {` */
const MAX_STEP = 8;

function counted(name: string, tokens: readonly Token[], end: number): string | undefined {
  if (TRIES.test(name)) return asksOther(tokens, end) ? undefined : "max_retries";
  if (STEPS.test(name)) return "max_steps";
  return /^\$?[_ijnxk]$/.test(name) && triesFirst(tokens, end) ? "max_retries" : undefined;
}
