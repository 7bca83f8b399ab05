import { z } from "zod";
import { NoticeRequest } from "./record-schema.ts";
import { PolicyRule } from "./repository-schema.ts";

/** Every rule of a policy by its name. */
export const RULES = PolicyRule.options.map(({ shape }) => shape.rule.value);

export const RuleName = z.enum(RULES);
export type RuleName = z.infer<typeof RuleName>;

export const LOGIN = /^[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:\[bot\])?$/;

/**
 * Body of `POST /v1/estimates/approval`: the policy fails at this commit, and who is accountable may
 * let it pass in chat. No path and no text of the repository is in it.
 */
export const ApprovalRequest = NoticeRequest.omit({ verdict: true, effects: true }).extend({
  baseSha: NoticeRequest.shape.headSha,
  /** GitHub login of who opened it: nobody approves for themselves. */
  author: z.string().regex(LOGIN).nullable(),
  /** None where the volume is unknown. */
  effects: z.array(NoticeRequest.shape.effects.element).max(50),
  /** The rules that fail: an approval lets these pass, and no other. */
  rules: z.array(RuleName).min(1).max(20),
  /** False: only what was decided is read, and nobody is asked. */
  ask: z.boolean(),
  /** New models that a failing rule is about; the last part of their names. */
  models: z.array(z.string().regex(/^[A-Za-z0-9][\w.-]{0,79}$/)).max(10),
});
export type ApprovalRequest = z.infer<typeof ApprovalRequest>;

export const ApprovalState = z.enum(["pending", "approved", "denied", "superseded", "lapsed"]);
export type ApprovalState = z.infer<typeof ApprovalState>;

/** Its answer. `nobody`: there is no channel, and nobody accountable has a linked account. */
export const ApprovalAnswer = z.strictObject({
  version: z.literal(1),
  state: z.enum(["pending", "approved", "denied", "nobody"]),
  /** Who decided, by name. */
  by: z.string().max(200).nullable(),
  reason: z.string().max(500).nullable(),
});
export type ApprovalAnswer = z.infer<typeof ApprovalAnswer>;
