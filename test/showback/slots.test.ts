import { beforeAll, expect, it } from "vitest";
import type { Job } from "#apps/worker/job.ts";
import { monthlyReview } from "#apps/worker/jobs/monthly-review.ts";
import { showback } from "#apps/worker/jobs/showback.ts";
import { openDueJobs } from "#apps/worker/worker.ts";
import { setChannel } from "#core/org/channel.ts";
import { runNextSlot } from "#core/schedule/service.ts";
import { type Acme, fillAcme, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const review = monthlyReview({ mailed: false });
let acme: Acme;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  await database.owner.query(
    `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
     values ($1, 'slack', 'T1', 'U-fin', $2, 'operator', now())`,
    [acme.orgId, personId(acme, "fin")],
  );
  await setChannel(database.pool, {
    orgId: acme.orgId,
    scopeId: acme.scopes.get("payments") ?? -1,
    kind: "any",
    to: { surface: "slack", destination: "C0PAYMENTS" },
    by: { personId: personId(acme, "grace") },
    now: NOW,
  });
}, 60_000);

/** What a worker does at a tick: opens what is due of the job, and runs it to the end. */
async function tick(job: Job, at: string): Promise<void> {
  const clock = () => new Date(at);
  await openDueJobs({ pool: database.pool, jobs: [job] }, clock());
  const runner = {
    pool: database.pool,
    clock,
    jobs: [job.name],
    run: (
      run: Parameters<Parameters<typeof runNextSlot>[0]["run"]>[0],
      tx: Parameters<Job["run"]>[0]["tx"],
    ) => job.run({ ...run, pool: database.pool, tx, now: clock(), log }),
  };
  for (;;) {
    const outcome = await runNextSlot(runner);
    if (outcome.state === "failed" || outcome.state === "parked") throw outcome.error;
    if (outcome.state === "idle") return;
  }
}

/** Two workers on one database. */
const twice = (job: Job, at: string) => Promise.all([tick(job, at), tick(job, at)]);

async function posted(kind: string): Promise<string[]> {
  const { rows } = await database.owner.query<{ title: string }>(
    `with gone as (delete from outbox where kind = $1 and placement = 'post' returning *)
     select body ->> 'title' as title from gone order by id`,
    [kind],
  );
  return rows.map(({ title }) => title.split(":")[0] ?? "");
}

it("is posted once a Monday at 09:00 of its clocks, over the end of summer time, by two workers", async () => {
  await tick(showback, "2026-10-17T12:00:00Z");
  await twice(showback, "2026-10-19T06:59:00Z");
  expect(await posted("weekly_showback")).toEqual([]);
  await twice(showback, "2026-10-19T07:00:30Z");
  expect(await posted("weekly_showback")).toEqual(["payments, 12-18 Oct"]);
  // The clocks go back on Sunday: 09:00 is 08:00 UTC from then on.
  await twice(showback, "2026-10-26T07:30:00Z");
  expect(await posted("weekly_showback")).toEqual([]);
  await twice(showback, "2026-10-26T08:01:00Z");
  expect(await posted("weekly_showback")).toEqual(["payments, 19-25 Oct"]);
});

it("after a pause of weeks tells the last week alone", async () => {
  await twice(showback, "2026-11-17T10:00:00Z");
  expect(await posted("weekly_showback")).toEqual(["payments, 9-15 Nov"]);
});

it("reviews each month once on its first working day, and reminds five working days later", async () => {
  await tick(review, "2026-10-20T12:00:00Z");
  await twice(review, "2026-11-01T12:00:00Z");
  expect(await posted("monthly_review")).toEqual([]);
  // 1 November is a Sunday.
  await twice(review, "2026-11-02T08:00:30Z");
  expect(await posted("monthly_review")).toEqual(["Acme, review of October"]);
  await twice(review, "2026-11-09T08:00:30Z");
  expect(await posted("review_reminder")).toEqual(["Acme"]);
  await twice(review, "2026-11-16T08:00:30Z");
  expect(await posted("monthly_review")).toEqual([]);
});
