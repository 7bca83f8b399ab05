import { pattern, patternOfAnyCase } from "../pattern.ts";
import { calleeOf, type Entry } from "../reading/entry.ts";
import { lastName } from "../words.ts";
import { isFieldText } from "./answer-schema.ts";
import type { PromptFinding } from "./prompt-place.ts";
import { isProse } from "./prose.ts";

/** Names of what is said of a prompt, or belongs to a page. */
export const NOT_PROMPT = pattern`
    (?:^|_)(?:id|ids|name|path|file|filename|dir|url|uri|key|label|title|placeholder|error
    |version|type|hash|tokens?|size|length|count|cache|caching|icon|hint|regex|pattern|help
    |description|selector|usage|stream|resource|loader|reader|class|role_arn|arn|command|cmd
    |variables?|enabled|comment|tooltip|caption|button|toast|subtitle|heading|checkbox|preview)$
    |^(?:usage_instructions?$|system_(?:info|name|path)|prompt_toolkit(?:_|$))`;

/** Of a file of prompts in a format of configuration: `summary: "Sum up the text in ..."`. */
export function isPromptValue({ path, value }: Entry, key: string): boolean {
  if (/^(?:template|content|text)$/.test(key)) return isProse(value.text, 10);
  if (NOT_PROMPT.test(key) || ABOUT_PROMPT.test(key)) return false;
  if (path.some(({ name }) => ASIDE.test(name))) return false;
  return isProse(value.text, /[.?!:]\s*(?:$|\n)/.test(value.text) ? 6 : 12);
}

/** What is said of a prompt, and what it is tried with. */
const ABOUT_PROMPT = pattern`
    (?:^|_)(?:notes?|summary_of|purpose|category|categories|tags?|author|usage|when|reason
    |explanation|source|license|credits?|info|about|note|default|value|greeting|welcome\w*
    |question|answer)$`;
const ASIDE = patternOfAnyCase`
    ^(?:tests?|vars|assert\w*|metadata|inputs?|variables?|parameters?|examples?|samples?|comments?
    |_\w+|scenarios|properties)$`;

/** Long prose in a source file that is called after prompts, or stands in their folder. */
export function byFile(entry: Entry, key: string, text: string): PromptFinding | undefined {
  if (/^(?:put|show|display|render)[A-Z_]/.test(lastName(calleeOf(entry)))) return undefined;
  if (isFieldText(entry)) {
    return { confidence: "sure", why: "describes a field of what the model is to answer" };
  }
  if (NOT_PROMPT.test(key) || entry.frame.types === true) return undefined;
  // What a command says of itself.
  if (/^(?:short|long|use|usage|about|summary|example)$/.test(key)) return undefined;
  const told = ORDER.test(text) && isProse(text, 6) && entry.path.at(-1)?.kind !== "call";
  if (!told && (text.length < 80 || !isProse(text, 14))) return undefined;
  return { confidence: "sure", why: "stands in a file of prompts" };
}

/** A short sentence that tells somebody what to do. */
const ORDER = pattern`
    ^\W{0,4}(?:Use|Write|Answer|Give|Keep|Do|Don't|Never|Always|Return|Respond|Provide
    |Summari[sz]e|List|Name|Explain|Describe|Include|Avoid|Focus|Make|Be|Output|Only|Ensure|Create
    |Generate|Translate|Extract|Analy[sz]e|Rewrite|Reply|Format|Start|End|Think|Consider|Identify
    |You (?:are|must|should|will)|Your)\s[^]*[.!:]\s*$`;
