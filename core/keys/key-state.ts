import { AispendError } from "../errors.ts";
import type { KeyState, VirtualKey } from "./schema.ts";

/** What can be done with a key, by a person or by time. */
export type KeyStep =
  | "reveal"
  | "unshow"
  | "rotate"
  | "suspend"
  | "resume"
  | "revoke"
  | "transfer"
  | "raise"
  | "undo"
  | "lapse"
  | "expire";

/** From which states a step leads where; what is not here is refused. */
const STEPS: Readonly<Record<KeyStep, Partial<Record<KeyState, KeyState>>>> = {
  reveal: { approved: "active" },
  // What was minted could not be shown: it can be revealed again.
  unshow: { active: "approved" },
  rotate: { active: "active" },
  suspend: { active: "suspended" },
  resume: { suspended: "active" },
  revoke: { approved: "revoked", active: "revoked", suspended: "revoked" },
  transfer: { approved: "approved", active: "active", suspended: "suspended" },
  raise: { approved: "approved", active: "active", suspended: "suspended" },
  undo: { approved: "undone" },
  lapse: { approved: "lapsed" },
  expire: { active: "expired", suspended: "expired", approved: "expired" },
};

const SAID: Readonly<Record<KeyState, string>> = {
  approved: "approved and not revealed yet",
  active: "active",
  suspended: "suspended",
  revoked: "revoked",
  lapsed: "lapsed: nobody revealed it in time",
  expired: "expired",
  undone: "taken back before it was revealed",
};

const STEP_SAID: Readonly<Record<KeyStep, string>> = {
  reveal: "revealed",
  unshow: "minted again",
  rotate: "rotated",
  suspend: "suspended",
  resume: "resumed",
  revoke: "revoked",
  transfer: "given to somebody else",
  raise: "given another cap",
  undo: "taken back",
  lapse: "lapsed",
  expire: "expired",
};

export function keyStateSaid(state: KeyState): string {
  return SAID[state];
}

/** Whether the key stands for something: those that ended are kept for the record. */
export function isLiving(state: KeyState): boolean {
  return state === "approved" || state === "active" || state === "suspended";
}

/** Undefined where the step leads nowhere from there. */
export function nextState(state: KeyState, step: KeyStep): KeyState | undefined {
  return STEPS[step][state];
}

/** Throws `key_state_wrong`. */
export function requireStep(key: Pick<VirtualKey, "name" | "state">, step: KeyStep): KeyState {
  const next = nextState(key.state, step);
  if (next !== undefined) return next;
  throw new AispendError(
    "key_state_wrong",
    `the key ${key.name} is ${SAID[key.state]}, so it cannot be ${STEP_SAID[step]}`,
    { kind: "conflict", help: helpFor(key, step) },
  );
}

function helpFor({ name, state }: Pick<VirtualKey, "name" | "state">, step: KeyStep): string {
  if (step === "reveal" && state === "active") {
    return `A secret is shown once. Lost it? Rotate the key: key rotate ${name}`;
  }
  if (state === "suspended") return `Resume it first: key resume ${name}`;
  if (!isLiving(state)) return "Ask for a new one: key request";
  return `See how it stands: key ${name}`;
}
