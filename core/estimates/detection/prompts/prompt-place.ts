import { pattern, patternOfAnyCase } from "../pattern.ts";
import { calleeOf, type Entry } from "../reading/entry.ts";
import { lastName, snakeCase } from "../words.ts";
import { ofAnswer } from "./prompt-annotation.ts";
import { asksModelBy, isQuestion, limitsAnswer } from "./prompt-asked.ts";
import { standsInstead } from "./prompt-names.ts";
import { calledName, ofTool, type Place } from "./prompt-tool.ts";
import { easternSigns, isProse } from "./prose.ts";

export interface PromptFinding {
  readonly confidence: "sure" | "possible";
  readonly why: string;
}

const PROMPT_CALL = pattern`
    (?:^|_)(?:system_(?:role_)?message(?:_provider)?|human_message|user_message|ai_message
    |assistant_message
    |system_chat_message|user_chat_message|system_prompt|user_prompt
    |system_message_prompt_template|prompt_template|chat_prompt_template|from_template
    |from_messages|prompt|system|preamble|instructions|with_instructions|with_system_prompt|user
    |append_system_message|from_system|new_system_message|generate_content|generate_text|invoke
    |ask|create_object(?:_if_possible)?|generate_object
    |(?<!(?:^|_)(?:on|is|are|mark|set|when|tasks?|steps?|jobs?|stage|phase|order|todos?|setup)_)
    complet(?:e|ion)|create_agent|create_react_agent|agent|few_shot_prompt_template
    |signature|chat_history|generate_images?|create_images?|edit_images?|text_part
    |content_part_text|input_text(?:_content)?|default_(?:system|user)(?:_prompt)?
    |\w*model_inference|pipe|text_generator|tokenizer|llm|chat_model)$`;
/** What a page offers to ask is sent when somebody presses it, and not with each call. */
export const OFFERED = pattern`
  (?:^|_)(?:prompt_(?:examples|suggestions)|(?:example|sample|suggested|starter|quick)_prompts
  |suggested_\w+|start_screen|starters|suggestions|follow_?ups)$`;

/** Who speaks in a conversation. */
export const ROLES = /^(?:system|user|assistant|developer|human|ai|model)$/i;

/** What somebody is shown when nothing was answered. */
export const APOLOGY = patternOfAnyCase`
  ^\W{0,6}(?:(?:i'm |i am |we're |we are )?sorry|an? (?:\w+ )?error (?:has )?occurred|error\b
  |something went wrong|oops|failed to|could not|unable to)
  |^\s*[\u274c\u26a0\u26d4\u2716\u2717\ud83d\udeab]
  |^(?:\u5f88?\u62b1\u6b49|\u5bf9\u4e0d\u8d77|\u7533\u3057\u8a33|\uc8c4\uc1a1)`;

/** "Tell me a joke" in Chinese, Japanese or Korean. */
const EASTERN = 4;

/** Is this text sent because of where it stands: in a message, a call, a tool, an agent? */
export function byPlace(entry: Entry, key: string, text: string): PromptFinding | undefined {
  for (const find of [ofMessage, ofCall, ofAnswer, ofTool, ofAgent]) {
    const place = find(entry, key);
    const told =
      place !== undefined && (isProse(text, place.least) || easternSigns(text) >= EASTERN);
    if (told && !APOLOGY.test(text)) {
      return { confidence: "sure", why: place.why };
    }
  }
  return undefined;
}

export const GIVES = /generate_content(?:_stream)?$|(?:^|_)responses_(?:create|stream|parse)$/;

function ofMessage({ frame, path }: Entry, key: string): Place | undefined {
  // `Content = text.OrElse("...")`
  const instead = path.at(-2)?.kind === "key" && standsInstead(path.at(-1)?.name ?? "");
  const { bound } = instead ? (frame.owner ?? frame) : frame;
  const role = bound.get("role") ?? bound.get("Role") ?? "";
  if (/^(?:content|text|parts)$/.test(key) && ROLES.test(lastName(role).replace(/^.*Role/, ""))) {
    return { least: 3, why: `the content of a ${role} message` };
  }
  // `generateContent({ contents: "..." })`, `responses.create({ input: "..." })`
  const asked = path.at(-2)?.kind === "call" ? path.at(-2)?.name : "";
  if (key === "message" && /initiate_chats?$/.test(snakeCase(asked ?? ""))) {
    return { least: 4, why: `passed to ${asked}` };
  }
  const list =
    path.at(-1)?.kind === "list" && path.at(-3)?.kind === "call" ? path.at(-3) : undefined;
  if (/^(?:contents|input)$/.test(key) && GIVES.test(snakeCase(list?.name ?? asked ?? ""))) {
    return { least: 4, why: `passed to ${asked}` };
  }
  const listed = path
    .slice(0, -1)
    .some(({ name }) => /^(?:messages|system|contents)$/.test(snakeCase(name)));
  // `{ role: "user", content: [{ type: "text", text: "..." }] }`
  const owner = key === "text" ? frame.owner : undefined;
  const told = owner?.bound.get("role") ?? owner?.owner?.bound.get("role") ?? "";
  if (ROLES.test(lastName(told)) && path.some(({ name }) => name === "content")) {
    return { least: 3, why: `the content of a ${told} message` };
  }
  // `{ role: "user", parts: ["..."] }`
  const speaker = frame.owner?.bound.get("role") ?? "";
  if (key === "parts" && path.at(-1)?.kind === "list" && ROLES.test(lastName(speaker))) {
    return { least: 3, why: `the content of a ${speaker} message` };
  }
  const part = key === "text" && path.some(({ name }) => /^parts$/i.test(name));
  if (part) return { least: 4, why: "a part of a message" };
  if (listed && /^(?:content|text|system|messages)$/.test(key)) {
    return { least: key === "content" ? 3 : 4, why: "stands in a list of messages" };
  }
  // Amazon Titan: `{ "inputText": "...", "textGenerationConfig": { ... } }`
  // `{ "inputs": "...", "parameters": {} }`, `{ "promptType": "define", "text": "..." }`
  if (key === "inputs" && frame.bound.has("parameters")) {
    return { least: 4, why: "asked with its parameters" };
  }
  if (key === "text" && frame.bound.has("promptType")) return { least: 3, why: "is a prompt" };
  if (key === "input_text" && [...frame.bound.keys()].some((name) => /Config$/.test(name))) {
    return { least: 4, why: "asked with its configuration" };
  }
  // Semantic Kernel: `template_format: handlebars`
  if (
    key === "template" &&
    (frame.bound.has("template_format") || frame.bound.has("templateFormat"))
  ) {
    return { least: 3, why: "stands beside the format of its template" };
  }
  // SWE-agent and others keep several templates of one conversation side by side.
  if (/_template$/.test(key) && frame.bound.has("system_template")) {
    return { least: 4, why: "stands beside the system template" };
  }
  return undefined;
}

/** `prompt.AppendLine("...")`, `promptBuilder.append("...")`. */
const ADDS = pattern`
    (?:^|\.)(?:\w*_)?(?:prompt|system_message|instructions)(?:_builder)?\.(?:append\w*|add\w*
    |write\w*|push\w*|concat)$`;

export function addsToPrompt(callee: string): boolean {
  return ADDS.test(callee.split(".").map(snakeCase).join("."));
}

/** Calls that take what somebody says, and names of the messages that hold it. */
const SAYS = /^(?:system|user|prompt)$/;
export const OF_MESSAGE = /(?:System|User|Assistant|Developer|Human|Chat)\w*Message|PromptTemplate/;

/** Messages, in which lists of parts may stand. */
const HOLDS = pattern`
    (?:^|\.)(?:\w*(?:System|User|Developer|Human|Chat)\w*(?:Message|Msg|Content)|\w*Msg(?:User
    |System)|[uU]ser|[sS]ystem|messages?|[aA]dd_?(?:Content|Messages?)
    |(?:[gG]enerate|[nN]ew_?[uU]ser)_?[cC]ontent\w*|[sS]end_?[mM]essage\w*)$`;
/** What is built step by step into a prompt. */
const OF_PROMPT = patternOfAnyCase`
    (?:^|\.)agent(?:_builder)?$|prompt(?:_?(?:builder|template))?(?:\.\w+)?$|^(?:\w+\.)?(?:New
    |new_|create_?|make_?)\w*prompt`;
const TELLS_PROMPT = pattern`
    ^(?:(?:with|add|set)?_?(?:[cC]ontext|[dD]irectives?|[iI]nstructions?|[rR]ules?|[tT]ask|[rR]ole
    |[gG]oal|[pP]ersona|[oO]utput|[iI]nput|[eE]xamples?|[cC]onstraints?|[sS]ystem|[uU]ser|[tT]ext
    |[sS]ection|[lL]ine|[fF]ormat|[tT]one|[qQ]uestion))$`;

/** `ui_tx.send(ChatMessage::system("..."))` is shown, whoever is said to say it. */
const TO_PAGE = /(?:^|\.)(?:ui|view|window|screen|terminal|toast|notifier)(?:_?[tT]x)?\.\w+$/;

/** `PromptTemplate.from("../...")`, `UserMessage.of("...")` */
const MADE_FROM = pattern`
    (?:(?:System|User|Human|Developer|Assistant|Chat)\w*Message|Prompt(?:Template)?
    |\w*(?:Generation|Generate|Completion)Request)\.(?:from|of
    |new|create)$|(?:^|\.)Messages\.from\w*$`;

/** Calls that handle or show what is said: `putSystemMessage("Warning: ...")`. */
const ABOUT =
  /user_agent$|^(?:on|handle|is|has|track|log|put|show|display|render|print(?!_response))_/;

/** Messages by their names, as they are made. */
const SPOKEN = pattern`
    ^(?:\w*(?:System|User|Human|Developer|AI|Assistant)(?:Chat)?Message(?:Param|Input|Content)?
    |\w*ChatMessage(?:Param)?)$`;

/** `FewShotPromptTemplate(prefix="...", suffix="...")` */
const TEMPLATE_PARTS = /^(?:template|prefix|suffix)$/;

function ofCall(entry: Entry, key: string): Place | undefined {
  const { path, frame } = entry;
  const innermost = path.at(-1);
  if (isQuestion(entry, key)) return { least: 4, why: `passed to ${calleeOf(entry)}` };
  // `PromptBuilder(template="...")`
  const made = path.at(-2);
  if (
    TEMPLATE_PARTS.test(innermost?.name ?? "") &&
    made?.kind === "call" &&
    /prompt/i.test(made.name)
  ) {
    return { least: 4, why: `passed to ${made.name}` };
  }
  const parts = /^(?:background|steps|output|context|examples)$/.test(innermost?.name ?? "");
  const lists =
    innermost?.kind === "list" && /^(?:background|steps|output)$/.test(made?.name ?? "");
  const maker = path.at(lists ? -3 : -2);
  if ((parts || lists) && maker?.kind === "call" && /prompt$/i.test(maker.name)) {
    return { least: 4, why: `passed to ${maker.name}` };
  }
  // `generate_content(["What is said here?", audio])`
  if (innermost?.kind === "list" && made?.kind === "call" && asksModelBy(made.name)) {
    return { least: 4, why: `passed to ${made.name}` };
  }
  if (key === "context" && innermost?.kind === "key" && /Agent(?:\.\w+)?$/.test(made?.name ?? "")) {
    return { least: 4, why: `passed to ${made?.name}` };
  }
  // `HumanMessage(content="...")`, `ChatMessage(role = role, content = "...")`
  if (/^(?:content|text)$/.test(key) && made?.kind === "call" && SPOKEN.test(lastName(made.name))) {
    return { least: 3, why: `passed to ${made.name}` };
  }
  // `taskPrompt.push({ type: "user", text: "..." })`
  const message = /^(?:text|content)$/.test(key) && made?.kind === "call";
  if (message && addsToPrompt(made.name)) {
    return { least: 4, why: `added to a prompt by ${made.name}` };
  }
  if (innermost?.kind !== "call") return undefined;
  if (addsToPrompt(innermost.name))
    return { least: 4, why: `added to a prompt by ${innermost.name}` };
  // `Tool::as("find_room")->for("...")->withStringParameter("day", "...")`
  if (/(?:^|\.)Tool\.(?:as|make|create)$/.test(frame.root ?? "")) {
    const says = /\b(?:for|describe|description|with\w*(?:Parameter|Description))$/;
    if (says.test(innermost.name)) return { least: 4, why: "the description of a tool" };
  }
  // `FunctionDefinition.builder().name("find").description("...")`
  const built = /(?:Tool|Function)\w*\.(?:builder|default|new)$/.test(frame.root ?? "");
  if (built && calledName(innermost.name) === "description") {
    return { least: 4, why: "the description of a tool is sent with each call" };
  }
  // `ResponseCreateParams.builder().input("...")`
  if (innermost.name === "input" && /^ResponseCreateParams\b/.test(frame.root ?? "")) {
    return { least: 4, why: "passed to input" };
  }
  // `new UserMessage(List.of(new TextContent("...")))`
  const around = path.slice(0, -1).some(({ kind, name }) => kind === "call" && HOLDS.test(name));
  if (around && /(?:^|_)text(?:_|$)|^append/.test(calledName(innermost.name))) {
    return { least: 4, why: "a part of a message" };
  }
  // `expertPrompt.Input(topic).Context("...")`
  const whole = frame.root ?? "";
  if (
    whole !== innermost.name &&
    OF_PROMPT.test(whole) &&
    TELLS_PROMPT.test(lastName(innermost.name))
  ) {
    return { least: 4, why: `added to a prompt by ${innermost.name}` };
  }
  // `.system(s -> s.text("..."))`, `SystemMessage.builder().content("...")`
  const outer = path.at(-2);
  const said = /^(?:text|content|template)$/.test(calledName(innermost.name));
  const spoken = outer?.kind === "call" && SAYS.test(calledName(outer.name));
  if (said && (spoken || OF_MESSAGE.test(frame.root ?? ""))) {
    return { least: 4, why: `passed to ${innermost.name}` };
  }
  if (ABOUT.test(calledName(innermost.name)) || /^os\./.test(innermost.name)) return undefined;
  if (path.some(({ kind, name }) => kind === "call" && TO_PAGE.test(name))) return undefined;
  if (MADE_FROM.test(innermost.name)) return { least: 4, why: `passed to ${innermost.name}` };
  const named = PROMPT_CALL.test(calledName(innermost.name)) || asksModelBy(innermost.name);
  const asks = named || limitsAnswer(entry);
  return asks ? { least: 4, why: `passed to ${innermost.name}` } : undefined;
}

/** `Task(description="...", agent=writer)` */
function isTask({ frame, path }: Entry, key: string): boolean {
  const made = path.at(-2);
  const task = made?.kind === "call" && made.name === "Task";
  return task && key === "description" && frame.bound.has("agent");
}

const OF_AGENT = /^(?:role|goal|backstory|expected_output)$/;

function ofAgent(entry: Entry, key: string): Place | undefined {
  const { frame, path } = entry;
  if (isTask(entry, key)) return { least: 2, why: "describes an agent or its task" };
  // What other agents are told of this one.
  if (/^handoff_description$/.test(key)) {
    return { least: 3, why: "tells other agents what this one does" };
  }
  const agent = path.at(-2)?.kind === "call" && /Agent$/.test(path.at(-2)?.name ?? "");
  const told = ["instruction", "instructions", "system", "system_message", "system_prompt"];
  if (key === "description" && agent && told.some((name) => frame.bound.has(name))) {
    return { least: 4, why: "tells other agents what this one does" };
  }
  if (key !== "description" && !OF_AGENT.test(key)) return undefined;
  const near = [...frame.bound.keys()].filter((name) => OF_AGENT.test(name));
  const task = near.some((name) => name !== "role");
  if (near.length === 0 || (key === "description" && !task)) return undefined;
  if (key === "role" && near.length === 1) {
    const called = ["model", "llm", "provider"].some((name) => frame.bound.has(name));
    return called ? { least: 6, why: "says who the model is" } : undefined;
  }
  return { least: 2, why: "describes an agent or its task" };
}
