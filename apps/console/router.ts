import { fileURLToPath } from "node:url";
import express, { type RequestHandler, type Response, Router } from "express";
import { z } from "zod";
import { onceUnsent, takeBack } from "#apps/chat/not-shown.ts";
import type { Brain, Question } from "#apps/chat/surface.ts";
import { AispendError } from "#core/errors.ts";
import { onlyJson, onlyOwnPage } from "./guard.ts";

const PAGE = fileURLToPath(new URL("./page", import.meta.url));

/** Scripts and styles come from here alone; nothing inline, nothing framed, nothing sent elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const As = z.email().max(254).optional();
const AskBody = z.strictObject({
  text: z.string().max(2000),
  as: As,
  /** Answer as for a room: what "Share" would post. */
  room: z.boolean().default(false),
});
const FormBody = z.strictObject({ form: z.string().max(64), token: z.string().max(2000), as: As });
const PressBody = z.strictObject({
  verb: z.string().max(64),
  token: z.string().max(2000),
  values: z.record(z.string().max(64), z.string().max(4000)).default({}),
  as: As,
});

export interface ConsolePerson {
  id: number;
  email: string;
  name: string;
  /** What the person is in the organisation, in a few words. */
  title: string;
}

export interface ConsoleDependencies {
  brain: Brain;
  orgId: number;
  /** Who can be asked as, the default first. Only people of the demonstration. */
  people: () => Promise<ConsolePerson[]>;
  /** Called when an answer has gone out. */
  onAnswer: () => void;
}

/** The chat page in the browser. Mount it on loopback only, and for the demonstration only. */
export function createConsoleRouter(dependencies: ConsoleDependencies): Router {
  const { brain, onAnswer } = dependencies;
  const router = Router();
  const page: RequestHandler = (_request, response, next) => {
    response.set("Content-Security-Policy", POLICY);
    next();
  };
  const files = { index: false, etag: false, lastModified: false, cacheControl: false } as const;
  router.get("/", onlyOwnPage, page, (_request, response) => {
    response.sendFile("index.html", { root: PAGE, ...files });
  });
  router.get("/console/people", onlyOwnPage, async (_request, response) => {
    response.json({ people: await dependencies.people() });
  });
  const json = [onlyOwnPage, onlyJson, express.json({ limit: "16kb", strict: true })];
  router.post("/console/ask", ...json, async (request, response) => {
    const { text, as, room } = parse(AskBody, request.body);
    const question = await questionAs(dependencies, as, room);
    await send(response, () => brain.ask({ ...question, text }));
    onAnswer();
  });
  router.post("/console/press", ...json, async (request, response) => {
    const { verb, token, values, as } = parse(PressBody, request.body);
    const question = await questionAs(dependencies, as, false);
    await send(response, () => brain.press({ ...question, verb, token, values }));
  });
  router.post("/console/form", ...json, async (request, response, next) => {
    const { form, token, as } = parse(FormBody, request.body);
    const question = await questionAs(dependencies, as, false);
    const shown = await brain.form(form, token, question);
    const back = "fields" in shown ? undefined : takeBack(brain, shown, question);
    // The page may go away before it is shown.
    if (back !== undefined) onceUnsent(response, () => void back().catch(next));
    response.json(shown);
  });
  router.use("/console", onlyOwnPage, page, express.static(PAGE, { ...files, redirect: false }));
  return router;
}

async function send(response: Response, work: () => Promise<unknown>): Promise<void> {
  response.json(await work());
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? "body" : issue.path.join(".");
  throw new AispendError("body_invalid", `${field}: ${issue?.message ?? "not valid"}`, {
    help: 'Send {"text": "team payments", "as": "person@example.com"}; as may be left out.',
  });
}

async function questionAs(
  dependencies: ConsoleDependencies,
  email: string | undefined,
  room: boolean,
): Promise<Omit<Question, "text">> {
  const people = await dependencies.people();
  const person =
    email === undefined ? people[0] : people.find((one) => one.email === email.toLowerCase());
  if (person === undefined) {
    const known = people.map((one) => one.email).join(", ");
    throw new AispendError("person_not_found", `as: nobody here has the address '${email}'.`, {
      kind: "not_found",
      help: `Ask as one of: ${known}.`,
    });
  }
  return {
    orgId: dependencies.orgId,
    asker: { personId: person.id, operator: false, account: `console:demonstration:${person.id}` },
    audience: room ? { kind: "room" } : { kind: "person", personId: person.id },
    surface: "console",
  };
}
