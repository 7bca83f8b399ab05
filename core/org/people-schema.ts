import { z } from "zod";
import { parseDay } from "#core/time.ts";

const absent = (value: unknown): unknown => (value === "" ? undefined : value);

/** A row of people as CSV; an empty cell says nothing. */
export const ListedRow = z.object({
  email: z.email("is not an e-mail address").max(254).toLowerCase(),
  name: z.preprocess(absent, z.string().max(200, "is longer than 200 characters").optional()),
  github: z.preprocess(
    absent,
    z
      .string()
      .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/, "is not a GitHub login")
      .optional(),
  ),
  left_on: z.preprocess(
    absent,
    z.iso.date("is not a day: write YYYY-MM-DD").transform(parseDay).optional(),
  ),
});
