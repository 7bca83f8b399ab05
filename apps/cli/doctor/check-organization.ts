import type { Pool } from "pg";
import { listDoubleSources } from "#core/ledger/double-sources.ts";
import { type Directory, loadDirectory, pathOf } from "#core/org/directory.ts";
import { type Vacancy, vacancies } from "#core/org/raci.ts";
import { loadRoster } from "#core/org/roster.ts";
import { listMessages } from "#core/outbox/service.ts";
import { listOrganizationZones, listSlots } from "#core/schedule/service.ts";
import { addDays, utcDay } from "#core/time.ts";
import { type Finding, fine, warning } from "./finding.ts";

const DAYS_LOOKED_AT = 30;

export async function checkOrganizations(pool: Pool, now: Date): Promise<Finding[]> {
  const zones = await listOrganizationZones(pool);
  if (zones.length === 0) {
    const help = "Write aispend.yaml (aispend.example.yaml shows all of it), then: aispend apply";
    return [warning("organisation", "there is none yet", help)];
  }
  const findings: Finding[] = [];
  for (const { orgId } of zones) {
    const org = await loadDirectory(pool, orgId);
    const about = `organisation ${org.key}`;
    const vacant = vacancies(await loadRoster(pool, orgId), now);
    findings.push(
      ...vacant.map((vacancy) => vacancyFound(about, org, vacancy)),
      ...(await checkSources(pool, org, about, now)),
      ...(await checkQueues(pool, orgId, about)),
    );
    if (!findings.some((finding) => finding.about === about)) {
      findings.push(fine(about, "every role is held, every source counts once, nothing is parked"));
    }
  }
  return findings;
}

function vacancyFound(
  about: string,
  org: Directory,
  { scopeId, role, personId }: Vacancy,
): Finding {
  const where = scopeId === 0 ? org.key : pathOf(org.scopes, scopeId);
  const who = org.people.get(personId)?.name ?? `person ${personId}`;
  return warning(
    about,
    `${role} of ${where} is vacant: ${who} left`,
    "Name somebody in aispend.yaml, then: aispend apply",
  );
}

async function checkSources(
  pool: Pool,
  org: Directory,
  about: string,
  now: Date,
): Promise<Finding[]> {
  const since = addDays(utcDay(now), -DAYS_LOOKED_AT);
  const doubled = await listDoubleSources(pool, org.orgId, since);
  return doubled.map(({ teamId, projectId, agentId, provider, sources }) => {
    const scopeId = agentId || projectId || teamId;
    const where = scopeId === 0 ? "unattributed usage" : pathOf(org.scopes, scopeId);
    return warning(
      about,
      `${provider} usage of ${where} comes from ${sources.join(" and ")}: calls may count twice`,
      "Say under sources in aispend.yaml what each of them counts for, then: aispend apply",
    );
  });
}

async function checkQueues(pool: Pool, orgId: number, about: string): Promise<Finding[]> {
  const messages = await listMessages(pool, orgId, { states: ["parked"] });
  const slots = await listSlots(pool, orgId, { states: ["parked"] });
  return [
    ...(messages.length === 0
      ? []
      : [warning(about, `${messages.length} messages could not be delivered`, "aispend outbox")]),
    ...(slots.length === 0
      ? []
      : [warning(about, `${slots.length} runs of jobs gave up`, "aispend jobs")]),
  ];
}
