import type { Command } from "commander";
import { record } from "#core/audit/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { listSlots, retrySlot } from "#core/schedule/service.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { operatorActor } from "../operator.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

export function addJobs(program: Command, line: CommandLine): void {
  const jobs = program.command("jobs").description("scheduled work that waits or gave up, and why");
  jobs
    .command("list", { isDefault: true })
    .description("what is open or parked")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: CommonOptions) =>
      report(line, options.json === true, () => list(line, options)),
    );
  jobs
    .command("retry")
    .description("run a slot that gave up again")
    .argument("<job>", "as the list names it")
    .argument("<time>", "when it was due, as the list says")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((job: string, time: string, options: CommonOptions) =>
      report(line, options.json === true, () => retry(line, job, time, options)),
    );
}

function list(line: CommandLine, options: CommonOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const slots = await listSlots(pool, org.orgId);
    const lines = slots.map(
      ({ schedule, slot, state, attempts, reason }) =>
        `${state}  ${schedule} ${slot.toISOString()}, ${attempts} tries` +
        (reason === null ? "" : `: ${reason}`),
    );
    return { text: lines.length === 0 ? "No work waits." : lines.join("\n"), json: slots };
  });
}

function retry(
  line: CommandLine,
  job: string,
  time: string,
  options: CommonOptions,
): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const slot = new Date(time);
    if (Number.isNaN(slot.getTime())) {
      throw new AispendError("time_invalid", `'${time}' is not a time`, {
        help: "Write it as aispend jobs prints it: 2026-11-22T09:00:00.000Z",
      });
    }
    const at = line.clock();
    await transaction(pool, async (tx) => {
      await retrySlot(tx, org.orgId, job, slot, at);
      const subject = `job:${job}`;
      const action = "job_slot.retried";
      await record(tx, { ...operatorActor(), orgId: org.orgId, action, subject, at });
    });
    return { text: `${job} of ${slot.toISOString()} is due again.`, json: { job, slot } };
  });
}
