import { type Answered, garbled, type Session } from "../http/session.ts";

interface Page<Row> {
  readonly data: readonly Row[];
  readonly has_more: boolean;
  readonly last_id?: string | null | undefined;
}

interface List {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Rows asked for at once. */
  readonly limit: number;
  /** What the provider calls the last id of the page before. */
  readonly cursor: "after" | "after_id";
  /** The provider, for a message about an answer that is none. */
  readonly title: string;
}

/** Every row of a list that is read page by page by the last id. Throws where it does not move on. */
export async function listPages<Row>(
  session: Session,
  { cursor, limit, path, query, title }: List,
  read: (answered: Answered) => Page<Row>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let last: string | undefined;
  for (;;) {
    const asked = { query: { ...query, limit, [cursor]: last } };
    const page = read(await session.ask(path, asked));
    rows.push(...page.data);
    if (!page.has_more) return rows;
    if (!page.last_id || page.last_id === last) {
      throw garbled(title, path, "'has_more' without a new 'last_id'");
    }
    last = page.last_id;
  }
}
