import { z } from "zod";
import { AispendError } from "#core/errors.ts";

const amount = z.string().regex(/^\d{1,9}(?:\.\d{1,9})?$/, "is not an amount in dollars");
const percent = z.coerce.number().min(0).max(100_000);
const optional = z.string().transform((text) => (text === "" ? undefined : text));

/** The inputs of action.yml, where they are documented. */
export const Inputs = z.object({
  mode: z.enum(["estimate", "follow-up", "cap"]),
  "github-token": z.string(),
  "pull-request": optional.pipe(
    z
      .string()
      .regex(/^[1-9]\d{0,9}$/, "is not the number of a pull request")
      .transform(Number)
      .optional(),
  ),
  key: z.string().regex(/^[\w.-]{1,64}$/, "may hold letters, digits, '.', '_' and '-', 64 at most"),
  comment: z.enum(["changes", "always", "never"]),
  "min-monthly": amount,
  "min-percent": percent,
  "min-call-percent": percent,
  annotations: z.enum(["true", "false"]).transform((text) => text === "true"),
  "server-url": optional.pipe(z.url({ protocol: /^https?$/ }).optional()),
  "server-audience": optional,
  "eval-result": optional,
  "eval-baseline": optional,
  organisation: optional,
  "override-label": z.string().min(1).max(100),
  "override-approvers": z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((login) => login !== "")),
  "cap-usd": optional.pipe(amount.optional()),
});
export type Inputs = z.infer<typeof Inputs>;

/** All problems at once, each with the name of its input. Throws `inputs_invalid`. */
export function readInputs(read: (name: string) => string): Inputs {
  const raw = Object.fromEntries(Object.keys(Inputs.shape).map((name) => [name, read(name)]));
  const parsed = Inputs.safeParse(raw);
  if (parsed.success) return parsed.data;
  const said = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    const value = name === "github-token" ? "" : ` '${raw[name]?.slice(0, 60)}'`;
    return `${name}${value}: ${message}`;
  });
  throw new AispendError("inputs_invalid", said.join("; "), {
    help: "Inputs are described in action.yml and docs/action.md.",
  });
}
