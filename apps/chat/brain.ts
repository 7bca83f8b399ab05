import type { Pool } from "pg";
import { Answer, type Audience } from "#core/answers/schema.ts";
import type { ReadCapSpend } from "#core/budgets/cap-spend.ts";
import { AispendError } from "#core/errors.ts";
import type { OpenDriver } from "#core/keys/driver.ts";
import {
  type DimensionValue,
  findDimensionValues,
  listDimensionValues,
} from "#core/ledger/spend.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import { type Clock, localDay } from "#core/time.ts";
import type { Asking, ConnectSource, MailLinkCode } from "./asking.ts";
import type { Command } from "./command.ts";
import { cleanText } from "./grammar/clean-text.ts";
import { plainWord, type Word, wordsOf } from "./grammar/words.ts";
import { answerHome } from "./home.ts";
import type { NameSource } from "./names/name-source.ts";
import { createOrgViews, type OrgView } from "./org-view.ts";
import { askButton, Refusal } from "./refusal.ts";
import { refusalAnswer } from "./refusal-answer.ts";
import { COMMANDS } from "./registry.ts";
import { type Route, routesOf } from "./route.ts";
import { type Sight, sightOf } from "./sight.ts";
import type { AnswerBody } from "./spend/spend-answer.ts";
import type { Asker, Brain, Press, Question } from "./surface.ts";

export interface BrainDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  /** Prices of an organisation: the catalogue with its own terms. */
  readonly priceBookOf: (orgId: number) => Promise<PriceBook>;
  /** Sends the code by which an account is linked; without it only the operator can link. */
  readonly mailLinkCode?: MailLinkCode;
  /** What the gateway counted of caps; without it they are shown without a figure. */
  readonly readCapSpend?: ReadCapSpend;
  /** Keeps the key of a source that is connected in chat; without it only the command line connects. */
  readonly connectSource?: ConnectSource;
  /** Reaches gateways of others that keys are made at; without it only the own one is. */
  readonly openDriver?: OpenDriver;
  /** Where programs reach the gateway; undefined where nobody said. */
  readonly gatewayUrl?: () => string | undefined;
}

type Asked = Omit<Question, "text">;

/** For one question: its readings look for the same words, and are answered once. */
function nameSource(pool: Pool, org: OrgView, sight: Sight): NameSource {
  const found = new Map<string, Promise<DimensionValue[]>>();
  const once = (key: string, look: () => Promise<DimensionValue[]>): Promise<DimensionValue[]> => {
    const known = found.get(key) ?? look();
    found.set(key, known);
    return known;
  };
  return {
    scopes: org.scopes,
    find: (dimension, text) =>
      once(`${dimension} ${text}`, () => findDimensionValues(pool, org.id, dimension, text)),
    list: (dimension) => once(dimension, () => listDimensionValues(pool, org.id, dimension)),
    seesCustomers: sight.customers(0),
  };
}

/** Whoever is not known to be a person of the organisation may find out how to be, and nothing else. */
function requireLinked(asker: Asker, org: OrgView): void {
  if (asker.operator) return;
  if (asker.personId === undefined) {
    throw new Refusal(
      "account_not_linked",
      "Who are you?",
      `This account is not linked to a person of ${org.name} yet.`,
      {
        kind: "unauthenticated",
        help: "See how to link it: link",
        actions: [askButton("whoami"), askButton("link", "How to link")],
      },
    );
  }
  if (org.hasLeft(asker.personId)) {
    throw new Refusal(
      "person_left",
      "No longer here",
      `${org.personName(asker.personId)} is on record as having left ${org.name}.`,
      { kind: "forbidden", help: "Whoever keeps aispend.yaml can correct that." },
    );
  }
}

function complete(body: AnswerBody, audience: Audience, org: OrgView): Answer {
  return Answer.parse({ ...body, audience, demonstration: org.demonstration });
}

/**
 * Runs the readings of a question in turn; what one does not find, the next may. Where none does, the
 * first that knows what could have been meant is the answer, else the first.
 */
async function runRoutes(asking: Asking, routes: readonly Route[]): Promise<AnswerBody> {
  const refusals: AispendError[] = [];
  for (const { command, words } of routes) {
    try {
      return await runCommand(asking, command, words);
    } catch (error) {
      if (!(error instanceof AispendError)) throw error;
      refusals.push(error);
      if (error.kind !== "not_found" && error.kind !== "invalid") break;
    }
  }
  const helpful = refusals.find((error) => error instanceof Refusal && error.suggests);
  throw helpful ?? refusals[0] ?? new Error("a question has at least one reading");
}

/** The words of a question; one that is nothing but a question mark asks for help. */
function readWords(text: string): Word[] {
  const cleaned = cleanText(text);
  const words = wordsOf(cleaned);
  return words.length === 0 && cleaned !== "" ? [plainWord("help")] : words;
}

function runCommand(
  asking: Asking,
  command: Command<unknown>,
  words: readonly Word[],
): Promise<AnswerBody> {
  if (command.isOpen !== true) requireLinked(asking.asker, asking.org);
  return command.run(asking, command.parse(words, { today: asking.today }));
}

export function createBrain(
  deps: BrainDeps,
  commands: readonly Command<unknown>[] = COMMANDS,
): Brain {
  const viewOf = createOrgViews(deps.pool);
  const askingOf = async (asked: Asked): Promise<Asking> => {
    const now = deps.clock();
    const org = await viewOf(asked.orgId, now);
    const sight = sightOf(asked.audience, asked.asker, org);
    return {
      pool: deps.pool,
      now,
      today: localDay(now, org.timeZone),
      org,
      asker: asked.asker,
      audience: asked.audience,
      surface: asked.surface,
      room: asked.room,
      sight,
      names: nameSource(deps.pool, org, sight),
      priceBookOf: deps.priceBookOf,
      mailLinkCode: deps.mailLinkCode,
      readCapSpend: deps.readCapSpend,
      openDriver: deps.openDriver,
      gatewayUrl: deps.gatewayUrl?.(),
      connectSource: deps.connectSource,
    };
  };
  const answered = async (
    asked: Asked,
    command: string,
    work: (asking: Asking) => Promise<AnswerBody>,
  ): Promise<Answer> => {
    const asking = await askingOf(asked);
    try {
      return complete(await work(asking), asked.audience, asking.org);
    } catch (error) {
      if (!(error instanceof AispendError)) throw error;
      return complete(refusalAnswer(error, command), asked.audience, asking.org);
    }
  };
  const ask = (question: Question) => {
    const { text, ...asked } = question;
    return answered(asked, shortened(text), (asking) =>
      runRoutes(asking, routesOf(commands, readWords(text))),
    );
  };
  return {
    ask,
    press: (press) => answered(press, press.verb, (asking) => runPress(commands, asking, press)),
    async form(name, token, asked) {
      const asking = await askingOf(asked);
      const build = commands.find(({ forms }) => forms?.[name] !== undefined)?.forms?.[name];
      try {
        requireLinked(asking.asker, asking.org);
        if (build === undefined) throw unknownButton(name);
        const built = await build(asking, token);
        return "fields" in built ? built : complete(built, asked.audience, asking.org);
      } catch (error) {
        if (!(error instanceof AispendError)) throw error;
        return complete(refusalAnswer(error, name), asked.audience, asking.org);
      }
    },
    opens(text) {
      const [first, ...rest] = readWords(text);
      const command = commands.find(({ name }) => name === first?.lower);
      return command?.opens?.(rest);
    },
    home: (asked) => answerHome(asked, ask, (work) => answered(asked, "home", work)),
  };
}

const COMMAND_LENGTH = 300;

/** A refused question keeps its text as its command, cut where it is too long to be asked again. */
function shortened(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim()
    .slice(0, COMMAND_LENGTH);
}

function unknownButton(name: string): Refusal {
  return new Refusal(
    "button_unknown",
    "That button no longer works",
    `I do not know the button '${shortened(name)}' any more.`,
    { kind: "not_found", help: "Ask again and press the new one.", actions: [askButton("help")] },
  );
}

function runPress(
  commands: readonly Command<unknown>[],
  asking: Asking,
  press: Press,
): Promise<AnswerBody> {
  requireLinked(asking.asker, asking.org);
  const owner = commands.find(({ presses }) => presses?.[press.verb] !== undefined);
  const run = owner?.presses?.[press.verb];
  if (run === undefined) throw unknownButton(press.verb);
  return run(asking, press);
}
