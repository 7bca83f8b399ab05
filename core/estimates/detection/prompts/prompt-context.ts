/** What the file says of its strings. */
export interface PromptContext {
  readonly aboutLlm: boolean;
  readonly inSource: boolean;
  /** Its path says that prompts stand in it. */
  readonly ofPrompts: boolean;
  /** Its name says that it asks models: "llm.ts", "openai_client.py". */
  readonly ofLlm?: boolean;
  /** It calls what asks models. */
  readonly asks?: boolean;
  readonly calls?: boolean;
  /** Its path says that it holds what people are told of errors. */
  readonly ofErrors?: boolean;
  /** What it says in attributes, a console prints. */
  readonly ofConsole?: boolean;
  /** Its schemas say what a model gives or takes, for all that its path says. */
  readonly describes?: boolean;
  /** Functions that other files hand to a model. */
  readonly handed?: ReadonlySet<string>;
  /** Schemas that other files give to a model. */
  readonly forms?: ReadonlySet<string>;
  /** Its name says that the tools of an agent stand in it. */
  readonly ofTools?: boolean;
  /** It begins talks with a model: `model.start_chat()`. */
  readonly talks?: boolean;
  /** Its folder or its name says that tools of an agent stand in it. */
  readonly inTools?: boolean;
  /** Its name says that it holds what other names stand for. */
  readonly ofAliases?: boolean;
}

/** What the files of a diff hand to a model: functions, and schemas of its answers. */
export interface Handed {
  readonly tools: ReadonlySet<string>;
  readonly forms: ReadonlySet<string>;
}
