import { dimensionOf } from "./dimension-words.ts";
import { contains, without } from "./phrases.ts";
import {
  asAnomalies,
  asBlock,
  asBudget,
  asKeyRequest,
  type CommandLine,
} from "./plain-commands.ts";
import { matches, plainWord, type Word } from "./words.ts";

/** What people say around a question; "|" separates alternatives for one word. */
const POLITENESS = [
  "hey|hi|hello|ok|okay",
  "good morning|afternoon|evening",
  "please|pls|thanks|cheers",
  "thank you",
  "can|could|would|will you",
  "can|could|may i see|get|have",
  "do you know",
  "i want|need to know|see",
  "i'd|i like to know|see",
  "i would like to know|see",
  "tell|show|give|get|send|fetch me|us",
  "tell|show|give|display|fetch|list|compare|summarise|summarize",
  "let me know|see",
  "a report|summary|breakdown|overview of|on|for",
  "report|summary|breakdown|overview of|on|for",
  "right now|away",
  "so far",
  "until|till now",
  "in total|all",
  "just|exactly|roughly|approximately|about|actually|currently|really",
];

const SPENDING = [
  "how much|many",
  "how expensive|big|high|large",
  "what's|whats|what|whose|where",
  "did|does|do|has|have|had|is|are|was|were|will|been|be",
  "cost|costs|costing|spend|spends|spent|spending|spendings",
  "expense|expenses|expenditure|bill|bills|usage|consumption",
  "pay|pays|paid|paying|burn|burns|burned|burnt|burning|consume|consumed|consumes",
  "use|uses|used|using",
  "go|went|going",
  "total|overall|altogether|money|dollars|usd|amount|figure|figures|number|numbers|stats",
  "ai|genai|llm|tokens spend|cost|costs|bill|usage",
  "ai|genai",
  "it|there|up",
  "more|less|higher|lower",
  "make|makes|made|calls|requests|tokens",
];

const CHANGING = [
  "why|why's|explain",
  "what|what's caused|causes|drove|drives|changed|happened|behind|causing|driving",
  "reason|reasons for|why|behind",
  "the reason|reasons for|why|behind",
  "how come",
  "is|are|was|were|did|does|do|has|have|had|so|much|more|less|than usual|normal|before",
  "is|are|was|were|did|does|do|has|have|had|so|much|more|less|got|get|getting",
  "up|down|higher|lower|rise|rises|rising|rose|risen|increase|increased|increasing|increases",
  "go|goes|going|went|gone|jump|jumped|spike|spiked|spiking|surge|surged|double|doubled",
  "drop|dropped|dropping|fall|fell|falling|decrease|decreased|grow|grew|growing|grown",
  "high|low|expensive|cheap|cheaper|change|changed|changes|changing|happened",
  "cost|costs|spend|spends|spent|spending|bill|usage|expenses",
  "the",
];

const OWNING = [
  "on call|duty",
  "who's|who|whom|which|person|people",
  "owns|own|owner|owners|owned|ownership",
  "responsible|accountable|charge|answers|answer|contact|runs|leads",
  "is|are|was|do|does|can|should|i|ask|to|about|the|by|s",
];

const PRICING = [
  "what's|what|how|much|does|do|is|are|the|cost|costs|price|prices|pricing|rate|rates|list",
  "of|for|a|an|one",
  "per million|1m|m|mtok|thousand|1k|k|token|tokens",
  "token|tokens|million|input|output",
];

const TOP_WORDS = "top|biggest|largest|highest|dearest|priciest|costliest|leading|main";

const OF_WHOM =
  "spend|spending|cost|costs|bill|usage|total|owner|owners|price|agents|models|projects|keys|team";

/** "payments' spend", "yesterday's bill": the possessive is no part of the name. */
function withoutPossessive(words: readonly Word[]): Word[] {
  return words.map((word, index) => {
    const bare = /^(.+)'s?$/i.exec(word.text)?.[1];
    const dated = /^(?:today|yesterday|week|month|quarter|year)'s$/.test(word.lower);
    if (bare === undefined || word.quoted) return word;
    return dated || matches(words, index + 1, OF_WHOM) ? plainWord(bare) : word;
  });
}

/** "top 5 models in payments", "which team spends the most", "most expensive agents". */
function topLine(words: readonly Word[]): Word[] | undefined {
  const ranked =
    contains(words, TOP_WORDS) ||
    contains(words, "most expensive|costly") ||
    contains(words, "the most") ||
    contains(words, "cost|costs|spend|spends|spent|use|uses|used most") ||
    contains(words, "ranking|rank|ranked");
  if (!ranked) return undefined;
  const rest = without(words, [
    TOP_WORDS,
    "the most expensive|costly",
    "most expensive|costly",
    "the most",
    "is|are the",
    "is|are",
    "most",
    "ranking|rank|ranked of|by",
    "ranking|rank|ranked",
    "which|what|what's|list|the|our|we|money",
    ...SPENDING.filter((phrase) => !phrase.startsWith("total")),
  ]);
  const place = rest.findIndex((word) => dimensionOf(word.lower) !== undefined);
  const dimension = rest[place];
  if (dimension === undefined) {
    // People are not ranked: whoever asks for the biggest spender is shown the teams.
    return contains(words, "who|whom") || rest.every((word) => /^\d+$/.test(word.lower))
      ? [plainWord("team"), ...without(rest, ["who|whom"])]
      : undefined;
  }
  return [dimension, ...rest.filter((_, index) => index !== place)];
}

/** Which command plain words mean, and its words without the padding of a sentence. */
export function fromPlainWords(all: readonly Word[]): CommandLine {
  if (contains(all, "who am i") || contains(all, "who i am")) {
    return { command: "whoami", words: [] };
  }
  if (isCallForHelp(all)) return { command: "help", words: [] };
  const words = withoutPossessive(without(all, POLITENESS));
  if (words.length === 0) return { command: all.length === 0 ? "team" : "help", words: [] };
  return (
    asKeyRequest(words) ??
    asBlock(words) ??
    asBudget(words) ??
    asPrice(words) ??
    asOwners(words) ??
    asWhy(words) ??
    asUnattributed(words) ??
    asAnomalies(words) ??
    asTop(words) ??
    asMine(words) ??
    asSpend(words)
  );
}

function isCallForHelp(words: readonly Word[]): boolean {
  const only = words.map((word) => word.lower).join(" ");
  return (
    /^(?:\?|hi|hello|hey|help me|commands|usage|menu|start)$/.test(only) ||
    contains(words, "what can you|i do|ask") ||
    contains(words, "how does this|it work") ||
    contains(words, "how do i use this|it|aispend|you")
  );
}

function asPrice(words: readonly Word[]): CommandLine | undefined {
  const priced =
    contains(words, "price|prices|pricing") ||
    contains(words, "rate|rates of|for") ||
    contains(words, "per million|1m|mtok|1k|token") ||
    contains(words, "a million|thousand tokens");
  if (!priced) return undefined;
  return { command: "price", words: without(words, PRICING) };
}

function asOwners(words: readonly Word[]): CommandLine | undefined {
  const asked =
    contains(words, "owns|owner|owners|owned|own|ownership") ||
    contains(words, "responsible|accountable") ||
    contains(words, "who|who's in charge") ||
    contains(words, "on call|duty") ||
    contains(words, "who answers|runs|leads") ||
    contains(words, "who do|should|can i ask|contact");
  return asked ? { command: "owners", words: without(words, OWNING) } : undefined;
}

function asWhy(words: readonly Word[]): CommandLine | undefined {
  const asked =
    contains(words, "why|why's|explain") ||
    contains(words, "how come") ||
    contains(words, "reason|reasons for|why|behind") ||
    contains(
      words,
      "what|what's caused|causes|drove|drives|changed|happened|behind|causing|driving",
    );
  return asked ? { command: "why", words: without(words, CHANGING) } : undefined;
}

function asUnattributed(words: readonly Word[]): CommandLine | undefined {
  const asked =
    contains(words, "unattributed|untagged|unallocated|unassigned|unowned|orphaned") ||
    contains(words, "without|no a team|tag|tags") ||
    contains(words, "without|no team|tag|tags");
  if (!asked) return undefined;
  const rest = without(words, [
    "unattributed|untagged|unallocated|unassigned|unowned|orphaned",
    "without|no a team|tag|tags",
    "without|no team|tag|tags",
    "which|the|keys|key|accounts|account|not|of|and|has|with",
    ...SPENDING,
  ]);
  return { command: "unattributed", words: rest };
}

function asTop(words: readonly Word[]): CommandLine | undefined {
  const top = topLine(words);
  return top === undefined ? undefined : { command: "top", words: top };
}

function asMine(words: readonly Word[]): CommandLine | undefined {
  if (contains(words, "my team|team's|squad|department|org|company")) return undefined;
  const mine =
    contains(words, "my own") ||
    contains(words, "my spend|spending|cost|costs|usage|bill|total|ai|expenses|share") ||
    contains(words, "did|do|have|am i") ||
    contains(words, "i spend|spent|spending|cost|use|used|burn|burned|paid|pay") ||
    contains(words, "me|myself|mine");
  if (!mine) return undefined;
  return {
    command: "me",
    words: without(words, ["my own", "my|own|i|me|myself|mine|am", ...SPENDING]),
  };
}

function asSpend(words: readonly Word[]): CommandLine {
  const rest = without(words, SPENDING);
  const wide = contains(words, "total|overall|altogether");
  // "all teams", "our models", "the agents in payments".
  const bare = matches(rest, 0, "all|the|our") ? rest.slice(1) : rest;
  const [first] = bare;
  const dimension = first === undefined ? undefined : dimensionOf(first.lower);
  if (first !== undefined && dimension !== undefined && first.lower !== dimension) {
    return { command: "top", words: bare };
  }
  // "total" is the organisation's where nothing else is named, and is dropped before a name.
  return { command: "spend", words: wide ? [plainWord("total"), ...rest] : rest };
}
