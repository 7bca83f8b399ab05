import { z } from "zod";
import { ScopePath } from "./name-schema.ts";

const NAME = /^[A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/;
const NUMBER = /^[1-9]\d{0,19}$/;

/** A repository whose pull requests are priced with measured traffic. */
export const ListedRepository = z.strictObject({
  repository: z
    .string()
    .regex(NAME, "is not a repository: write owner/name")
    .describe("On GitHub."),
  id: z
    .union([z.int().positive(), z.string().regex(NUMBER, "is not the number of a repository")])
    .optional()
    .describe("GitHub's own number of it: then nobody who takes the name over is let in."),
  project: ScopePath.optional().describe("Whose figures a path without a mapping takes."),
  scopes: z
    .array(ScopePath)
    .min(1)
    .max(200)
    .describe("What it may ask for, with all that is below."),
});
export type ListedRepository = z.infer<typeof ListedRepository>;
