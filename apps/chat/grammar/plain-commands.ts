import { contains, without } from "./phrases.ts";
import { matches, type Word } from "./words.ts";

/** A question as a command and what was said after it. */
export interface CommandLine {
  readonly command: string;
  readonly words: readonly Word[];
}

const BUDGETING = [
  "run|runs|running out of",
  "over|under|within|above|below|on|in|of|for|to",
  "budget|budgets|headroom",
  "what|what's|whats|how|when|much|many|if",
  "is|are|am|was|will|would|do|does|did|has|have|had|be",
  "the|a|any|my|our|its|we|i|us|it|there|left|still|remaining|money|month|much",
];

/** "is payments over budget", "when will payments run out of budget", "how much budget is left". */
export function asBudget(words: readonly Word[]): CommandLine | undefined {
  if (!contains(words, "budget|headroom")) return undefined;
  return { command: "budget", words: without(words, BUDGETING) };
}

const NOTICING = [
  "anomaly|anomalies|finding|findings|unusual|abnormal|wrong|strange|weird|odd",
  "is|are|was|were|does|do|there|any|anything|something|some|new|open|recent|what|what's|whats",
  "look|looks|looking|stand|stands|out|off|with|in|of|for|at|about|the|now|today|currently",
];

/** "any anomalies?", "is anything wrong with payments". */
export function asAnomalies(words: readonly Word[]): CommandLine | undefined {
  const asked =
    contains(words, "anomaly|anomalies|findings|unusual") ||
    contains(words, "anything|something|what's wrong|unusual|strange|weird|odd|abnormal");
  return asked ? { command: "anomalies", words: without(words, NOTICING) } : undefined;
}

/** "request a key", "I need an API key for payments": the form asks for the rest. */
export function asKeyRequest(words: readonly Word[]): CommandLine | undefined {
  const asked =
    contains(words, "request|need|want|get|create|order a|an|another|new key") ||
    contains(words, "request|need|want|get|create|order a|an|another|new new|api|virtual key");
  if (!asked) return undefined;
  const [request] = words.filter(({ lower }) => lower === "request");
  const [first] = words;
  const word = request ?? (first && { ...first, text: "request", lower: "request" });
  return word && { command: "key", words: [word] };
}

const STOPS = "stop|kill|halt|freeze|shut|cut";
const STOPPING = [
  `${STOPS} down|off`,
  STOPS,
  "now|immediately|right|away|spending|calling|calls|traffic|all|everything|the|our|of|from|for",
];

/** "stop agent crawler", "shut down the refund agent now": nothing is blocked before a press. */
export function asBlock(words: readonly Word[]): CommandLine | undefined {
  if (!matches(words, 0, STOPS)) return undefined;
  if (contains(words, "report|reports|alert|alerts|message|messages|notifications"))
    return undefined;
  const named = without(words, STOPPING);
  // "stop" alone would be one's own team: too much to guess.
  return named.length === 0 ? undefined : { command: "block", words: named };
}
