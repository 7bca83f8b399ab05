import * as core from "@actions/core";
import { context } from "@actions/github";
import { endCap } from "./cap-mode.ts";

/** After the job's steps. Only `mode: cap` leaves something to end. */
const file = core.getState("cap-file");
if (file !== "") {
  const isPrivate = context.payload.repository?.private === true;
  await endCap(file, Number(core.getState("cap-pid")), isPrivate);
}
