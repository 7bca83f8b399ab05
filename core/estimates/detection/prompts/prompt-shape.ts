import { pattern, patternOfAnyCase } from "../pattern.ts";

/** What an instruction to a model begins with. */
export const OPENING = patternOfAnyCase`
    ^[\s#*<>\w"-]{0,40}?\b(?:you are (?:an?\b|the\b|now\b
    |(?!attempting|trying|running|using|missing|viewing|editing|getting|currently)\w+ing|\w+,
    |\w+ and \w+[.,])|you're an?\b
    |act as|your (?:task|role|job|goal|name) is|your name's|as an? (?:ai|expert|helpful)
    |i want you to|please (?:summari[sz]e|extract|classify|analy[sz]e|translate|answer|respond
    |rewrite|generate)|this is your (?:persona|character|personality|role|job)\b|you will (?:act
    |function|serve|be acting) as|given the (?:following|context|conversation|user)
    |based on the (?:following|context|conversation)|answer the (?:user
    |question|following)|summari[sz]e the (?:following|text|conversation|document|article)
    |extract (?:the|all|any) |classify the |translate the |respond (?:with|only|in) 
    |use the following (?:pieces|context|information|tools))|^[^\n]{0,60}?\bfrom now on,? you`;

/** "You are ..." in languages other than English, at the very beginning. */
export const ADDRESSES = patternOfAnyCase`
    ^[\s#*"'-]{0,12}(?:你是|您是|你将|请你|あなたは|당신은|du bist (?:ein|der|die)|sie sind (?:ein|der)|eres un
    |tu es un|vous \u00eates un|voc\u00ea \u00e9 um|sei un|ты |вы — )`;

/** Help for people: how a program is called, and its options line by line. */
function isUsage(text: string): boolean {
  if (/(?:^|\n)\s*usage\s*:/i.test(text)) return true;
  return (text.match(/\n\s*--?[a-zA-Z][\w-]*[ ,=]/g) ?? []).length >= 3;
}

/** Does a whole file speak to a model from its first line on? Headings and front matter aside. */
export function speaksToModel(text: string): boolean {
  const body = text
    .slice(0, 6_000)
    .replace(/^\uFEFF?---\r?\n[\s\S]*?\r?\n---/, "")
    .replace(/^(?:\s*#[^\n]*\n)+/, "")
    .trimStart();
  return SPEAKS.test(body) || ADDRESSES.test(body) || tellsYou(body);
}

/** Line after line about somebody: "You like short answers. You never ..." */
function tellsYou(body: string): boolean {
  const lines = body.split("\n", 200).filter((line) => line.trim() !== "");
  const told = lines.filter((line) => YOU.test(line)).length;
  return told >= 4 && told >= lines.length * 0.3;
}

const YOU = pattern`
    ^\W{0,6}(?:You|Your) (?:always|never|are|have|like|love|enjoy|speak|talk|ask|answer|use|do not
    |don't|will|should|must|always|responses?|answers?|personality|tone|goal|task)\b`;

const SPEAKS = patternOfAnyCase`
    ^[*_"'\x60>\s-]{0,6}(?:you are (?:an?|the|now|\w+ing|going|tasked|claude|chatgpt|gpt)\b
    |you're an?\b|act as an?\b|your (?:task|role|job|goal) is\b|i want you to\b
    |you will be (?:given|provided)\b)`;

/** Does a whole template ask for a text: by whom it speaks to, or by an order and its rules? */
export function asksModel(text: string): boolean {
  if (text.length > 60_000) return false;
  const body = text.replace(
    /^\s*(?:\{#[\s\S]*?#\}|\{\{!--[\s\S]*?--\}\}|\{\{-?[^}\n]*\}\})\s*/,
    "",
  );
  if (/<\/?(?:html|div|body|span|table|head|ul|p|mj-\w+)\b/i.test(body)) return false;
  if (speaksToModel(body) || OPENING.test(body.slice(0, 400))) return true;
  return ORDERS.test(body) && RULES.test(body);
}

const ORDERS = patternOfAnyCase`
    ^\W{0,8}(?:generate|write|create|summari[sz]e|extract|classify|analy[sz]e|translate|answer
    |rewrite|respond|explain|describe|list|compare|evaluate|identify|convert|given|provide
    |suggest)\s+\w+`;
const RULES = patternOfAnyCase`
    \b(?:respond (?:with|in|only)|(?:your|the) (?:answer|response|output)\b|following format|do not
    |don't|make sure|if you (?:are|do|don|cannot|can't)|must|only (?:return|output|use)
    |return (?:only|the|a|an)\b|as json|in json|step by step|the user)\b`;

const TELLS = patternOfAnyCase`
    \b(?:you (?:are|must|should|can|will|need)|your (?:task|job|response|answer|output|role)
    |respond|do not|don't|never|make sure|ensure|must (?:be|not|have)|only (?:return|output|respond)
    |return only|use the (?:following|format)|following format|the user|step by step
    |for example)\b`;
const MANY_TOLD = 4;

/** What only whoever is to answer is told: how its answer is to look. */
const OF_ANSWERS = patternOfAnyCase`
    \b(?:your (?:response|answer|answers|output|reply) (?:should|must|in|with|as)|(?:respond
    |reply|answer) (?:only |strictly )?(?:with|in|as) |only (?:return|output|respond|reply)
    |return only|do not (?:wrap|include|add|explain|use)|all your answers)\b`;

/** Does a text, into which a question is put, say more than once how it is to be answered? */
export function tellsHowToAnswer(text: string): boolean {
  if (text.length < 80) return false;
  const found = text.slice(0, 4_000).match(new RegExp(OF_ANSWERS.source, "gi")) ?? [];
  return new Set(found.map((one) => one.toLowerCase())).size >= 2;
}

/** A source that is written from a template. */
const MAKES_SOURCE = /^\s*(?:from [\w.]+ import \w|import [\w.]+(?: as \w+)?\s*$)/m;

/** A long text that tells somebody again and again what to do. */
export function tellsOften(text: string): boolean {
  if (text.length < 400 || !text.includes("\n") || isUsage(text)) return false;
  if (/^\s*<!--/.test(text) || MAKES_SOURCE.test(text.slice(0, 600))) return false;
  const told = new Set<string>();
  const tells = new RegExp(TELLS.source, "gi");
  for (const [found] of text.slice(0, 20_000).matchAll(tells)) told.add(found.toLowerCase());
  return told.size >= MANY_TOLD;
}
