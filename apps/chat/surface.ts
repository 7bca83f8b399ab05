import type { Answer, Audience } from "#core/answers/schema.ts";

export type SurfaceName = "slack" | "teams" | "console" | "cli";

/** Who asks. Without `personId` the account is not linked to a person yet and may only link itself. */
export interface Asker {
  personId: number | undefined;
  /** The operator of the installation, on the command line: named so in the audit log. */
  operator: boolean;
  /** The account on its surface, for linking and the audit log: "slack:T1:U2". */
  account: string;
  /** Named on the command line without a proof: may read what the person reads, and change nothing. */
  isUnproven?: true;
}

/** The room that something was said in, as the outbox names it. */
export interface Room {
  readonly destination: string;
  /** Asked only where it matters: whether another company reads along, or nobody can tell. */
  state(): Promise<"ours" | "shared_outside" | "unknown">;
}

export interface Question {
  orgId: number;
  text: string;
  asker: Asker;
  audience: Audience;
  surface: SurfaceName;
  /** Absent in private chats and on the command line. */
  room?: Room;
}

/** A button press; `values` are a form's fields. Authorised and made idempotent where it is decided. */
export interface Press {
  orgId: number;
  verb: string;
  token: string;
  values: Readonly<Record<string, string>>;
  asker: Asker;
  audience: Audience;
  surface: SurfaceName;
}

export type FormField = {
  name: string;
  label: string;
  hint?: string;
  required: boolean;
  initial?: string;
} & ( // A secret is not shown while it is typed, where the surface can hide it.
  | { kind: "text"; multiline?: boolean; secret?: boolean; maxLength: number }
  | { kind: "money" }
  | { kind: "number"; min: number; max: number }
  | { kind: "date" }
  | { kind: "choice"; multiple?: boolean; options: { value: string; label: string }[] }
);

/** A form, drawn as a modal in Slack and as a dialog in Teams; submitting it is a press of its verb. */
export interface Form {
  title: string;
  intro: string | undefined;
  verb: string;
  token: string;
  submitLabel: string;
  fields: FormField[];
}

/** Names a form and what it is about. */
export interface FormOpener {
  readonly form: string;
  readonly token: string;
}

/** The home page of a person: my team's spend, my requests, what waits for me. */
export interface Home {
  team: Answer;
  requests: Answer;
  waiting: Answer;
}

/** The bot's brain as every surface sees it. Refusals are Answers; only faults throw. */
export interface Brain {
  ask(question: Question): Promise<Answer>;
  press(press: Press): Promise<Answer>;
  form(name: string, token: string, question: Omit<Question, "text">): Promise<Form | Answer>;
  home(question: Omit<Question, "text">): Promise<Home>;
  /** The form that a question is answered by at once; undefined: by an Answer. Looks nothing up. */
  opens(text: string): FormOpener | undefined;
}
