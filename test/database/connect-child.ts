import { connect } from "#core/db/connect.ts";

// A process of the product for tests that kill it: attaches, says so, and closes on SIGINT.
const [home = "", mode = "hold"] = process.argv.slice(2);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const database = await connect({
  home,
  applicationName: "child",
  log: (line) => say({ log: line }),
});
const { rows } = await database.pool.query("select current_user as role");
say({ created: database.created, role: rows[0].role, uid: process.getuid?.() });
if (mode === "hold") {
  const stay = setInterval(() => undefined, 1_000);
  await new Promise((resolve) => process.once("SIGINT", resolve));
  clearInterval(stay);
  // What Ctrl-C must leave possible: the last write before the application ends.
  await database.owner().query("create table if not exists last_words (said int)");
  await database.owner().query("insert into last_words values (1)");
}
await database.close();
say({ closed: true });
