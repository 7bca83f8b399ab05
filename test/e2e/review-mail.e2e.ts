import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMailPort } from "#apps/server/mail-port.ts";
import { monthlyReview } from "#apps/worker/jobs/monthly-review.ts";
import { transaction } from "#core/db/transaction.ts";
import { deliverNext } from "#core/outbox/delivery.ts";
import { type Acme, fillAcme, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const NOW = new Date("2026-11-02T09:00:00Z");
const clock = () => NOW;
const received: { to: string; text: string }[] = [];
let acme: Acme;
let server: SMTPServer;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  await database.owner.query("update person_detail set email = null where person_id = $1", [
    personId(acme, "pia"),
  ]);
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo({ address }, _session, done) {
      if (!address.startsWith("gov")) return done();
      const refused = Object.assign(new Error("no such mailbox"), { responseCode: 550 });
      return done(refused);
    },
    onData(stream, session, done) {
      let text = "";
      stream.on("data", (chunk) => {
        text += String(chunk);
      });
      stream.on("end", () => {
        received.push({ to: session.envelope.rcptTo.map((one) => one.address).join(), text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
}, 60_000);
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

function port() {
  const { port: at } = server.server.address() as AddressInfo;
  return createMailPort({
    pool: database.pool,
    clock,
    config: { smtpUrl: `smtp://127.0.0.1:${at}`, from: "aispend@acme.example" },
  });
}

/** Base64 and quoted-printable parts as they read. */
function decoded(text: string): string {
  return text
    .split(/\r\n--[^\r\n]+(?:\r\n|$)/)
    .map((part) => {
      const [head = "", ...body] = part.split("\r\n\r\n");
      const content = body.join("\r\n\r\n");
      if (/base64/i.test(head)) return Buffer.from(content, "base64").toString("utf8");
      return content
        .replace(/=\r\n/g, "")
        .replace(/(?:=[0-9A-F]{2})+/g, (bytes) =>
          Buffer.from(bytes.replaceAll("=", ""), "hex").toString("utf8"),
        );
    })
    .join("\n");
}

describe("the review by e-mail", () => {
  it("reaches every owner with an address, with its page; the others are parked with a reason", async () => {
    const job = monthlyReview({ mailed: true });
    await transaction(database.pool, (tx) =>
      job.run({
        pool: database.pool,
        tx,
        orgId: acme.orgId,
        timeZone: "Europe/Berlin",
        scope: "send",
        slot: NOW,
        now: NOW,
        attempt: 1,
        log,
      }),
    );
    const parked: string[] = [];
    const delivery = {
      pool: database.pool,
      clock,
      ports: { email: { ...port(), minIntervalMs: 0 } },
      parked: async (_message: unknown, reason: string) => {
        parked.push(reason);
      },
    };
    for (let step = 0; step < 20; step += 1) {
      if ((await deliverNext(delivery)).state === "idle") break;
    }
    expect(received.map(({ to }) => to).sort()).toEqual([
      "ada@acme.example",
      "fin@acme.example",
      "grace@acme.example",
    ]);
    expect(parked.sort()).toEqual([
      expect.stringMatching(/person:\d+ has no e-mail address on record/),
      expect.stringMatching(/the mail server answered 550/),
    ]);
  });

  it("carries the text and the page as its reader may see it", () => {
    const of = (who: string) => {
      const mail = received.find(({ to }) => to.startsWith(who));
      if (mail === undefined) throw new Error(`no mail for ${who}`);
      return { raw: mail.text, text: decoded(mail.text) };
    };
    const fin = of("fin");
    expect(fin.raw).toMatch(/^Subject: Acme, review of October: /m);
    expect(fin.raw).toMatch(/filename=aispend-review-2026-10\.html/);
    expect(fin.text).toContain("<!doctype html>");
    expect(fin.text).toContain("<h2>Maturity</h2>");
    // The owner of a team gets that team's part.
    const ada = of("ada");
    expect(ada.text).toContain("<!doctype html>");
    expect(ada.text).not.toContain("<h2>Maturity</h2>");
  });
});
