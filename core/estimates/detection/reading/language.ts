/** How a language writes comments and strings: all that the lexer has to know of it. */
export interface Language {
  readonly name: string;
  readonly lineComments: readonly string[];
  readonly blockComments: readonly (readonly [string, string])[];
  readonly quotes: readonly Quote[];
  readonly heredoc?: "ruby" | "php" | "hcl";
  readonly regex?: boolean;
  /** "a" "b" is one string. */
  readonly adjacentJoins?: boolean;
  /** The operator that joins strings, besides "+". */
  readonly joins?: string;
  /** A string that is a whole statement is a comment. */
  readonly docstrings?: boolean;
  /** `=>` binds a value to the key on its left; in others it is a function. */
  readonly arrowBinds?: boolean;
  /** A statement ends with its line unless a bracket is open. */
  readonly lineStatements?: boolean;
}

export interface Quote {
  /** Prefix letters are given apart: longest opening first. */
  readonly open: string;
  readonly close: string;
  readonly multiline?: boolean;
  /** "raw": a backslash keeps the quote behind it, and both stay. */
  readonly escape?: "backslash" | "double" | "none" | "raw";
  /** What opens an unknown part: "${" and the like, closed by a brace. */
  readonly hole?: string;
}

const plain = (open: string, hole?: string): Quote => ({
  open,
  close: open,
  ...(hole === undefined ? {} : { hole }),
});
const block = (open: string, close: string, rest: Partial<Quote> = {}): Quote => ({
  open,
  close,
  multiline: true,
  ...rest,
});

const C_COMMENTS = {
  lineComments: ["//"],
  blockComments: [["/*", "*/"]],
} as const satisfies Partial<Language>;

const JAVASCRIPT: Language = {
  name: "javascript",
  ...C_COMMENTS,
  quotes: [plain('"'), plain("'"), block("`", "`", { hole: "${" })],
  regex: true,
  lineStatements: true,
};

const PYTHON_QUOTES: Quote[] = ['"""', "'''", '"', "'"].flatMap((mark) => {
  const multiline = mark.length === 3;
  const make = (prefix: string, rest: Partial<Quote>): Quote => ({
    open: prefix + mark,
    close: mark,
    multiline,
    ...rest,
  });
  return [
    ...["rb", "br", "r"].map((prefix) => make(prefix, { escape: "raw" })),
    ...["rf", "fr"].map((prefix) => make(prefix, { escape: "raw", hole: "{" })),
    make("f", { hole: "{" }),
    make("b", {}),
    make("u", {}),
    make("", {}),
  ];
});

const JAVA: Language = {
  name: "java",
  ...C_COMMENTS,
  quotes: [block('"""', '"""'), plain('"'), plain("'")],
};

const LANGUAGES: readonly Language[] = [
  {
    name: "python",
    lineComments: ["#"],
    blockComments: [],
    quotes: PYTHON_QUOTES,
    adjacentJoins: true,
    docstrings: true,
    lineStatements: true,
  },
  JAVASCRIPT,
  {
    name: "go",
    ...C_COMMENTS,
    quotes: [block("`", "`", { escape: "none" }), plain('"'), plain("'")],
    lineStatements: true,
  },
  JAVA,
  {
    name: "kotlin",
    ...C_COMMENTS,
    quotes: [block('"""', '"""', { escape: "none", hole: "${" }), plain('"', "${"), plain("'")],
    lineStatements: true,
  },
  {
    name: "csharp",
    ...C_COMMENTS,
    lineComments: ["//", "#region", "#endregion", "#pragma"],
    quotes: [
      block('$$"""', '"""', { escape: "none", hole: "{{" }),
      block('$"""', '"""', { escape: "none", hole: "{" }),
      block('"""', '"""', { escape: "none" }),
      block('$@"', '"', { escape: "double", hole: "{" }),
      block('@$"', '"', { escape: "double", hole: "{" }),
      block('@"', '"', { escape: "double" }),
      { open: '$"', close: '"', hole: "{" },
      plain('"'),
      plain("'"),
    ],
    arrowBinds: true,
  },
  {
    name: "ruby",
    lineComments: ["#"],
    blockComments: [["\n=begin", "\n=end"]],
    quotes: [
      block("%q(", ")", { escape: "none" }),
      block("%w[", "]", { escape: "none" }),
      block("%w(", ")", { escape: "none" }),
      block("%Q(", ")", { hole: "#{" }),
      block("%(", ")", { hole: "#{" }),
      block('"', '"', { hole: "#{" }),
      block("'", "'"),
    ],
    heredoc: "ruby",
    regex: true,
    arrowBinds: true,
    lineStatements: true,
    adjacentJoins: true,
  },
  {
    name: "php",
    lineComments: ["//", "#"],
    blockComments: [["/*", "*/"]],
    quotes: [block('"', '"', { hole: "{$" }), block("'", "'")],
    heredoc: "php",
    joins: ".",
    arrowBinds: true,
  },
  {
    name: "rust",
    ...C_COMMENTS,
    quotes: [
      block('r##"', '"##', { escape: "none" }),
      block('r#"', '"#', { escape: "none" }),
      block('r"', '"', { escape: "none" }),
      block('b"', '"'),
      block('"', '"'),
    ],
    arrowBinds: true,
  },
  {
    name: "hcl",
    lineComments: ["#", "//"],
    blockComments: [["/*", "*/"]],
    quotes: [plain('"', "${")],
    heredoc: "hcl",
    lineStatements: true,
  },
  {
    name: "bicep",
    ...C_COMMENTS,
    quotes: [block("'''", "'''", { escape: "none" }), plain("'", "${")],
    lineStatements: true,
  },
  {
    name: "jsonnet",
    lineComments: ["//", "#"],
    blockComments: [["/*", "*/"]],
    quotes: [
      block("|||", "|||", { escape: "none" }),
      block("@'", "'", { escape: "none" }),
      block('@"', '"', { escape: "none" }),
      block('"', '"'),
      block("'", "'"),
    ],
  },
  {
    name: "swift",
    ...C_COMMENTS,
    quotes: [block('"""', '"""', { hole: "\\(" }), plain('"', "\\(")],
    lineStatements: true,
  },
  {
    name: "scala",
    ...C_COMMENTS,
    quotes: [block('"""', '"""', { escape: "none", hole: "${" }), plain('"', "${")],
    lineStatements: true,
    arrowBinds: true,
  },
  {
    name: "elixir",
    lineComments: ["#"],
    blockComments: [],
    quotes: [block('"""', '"""', { hole: "#{" }), block('"', '"', { hole: "#{" })],
    lineStatements: true,
    arrowBinds: true,
  },
];

const BY_EXTENSION: Readonly<Record<string, string>> = {
  py: "python",
  pyi: "python",
  js: "javascript",
  jsx: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  ts: "javascript",
  tsx: "javascript",
  mts: "javascript",
  cts: "javascript",
  vue: "javascript",
  svelte: "javascript",
  astro: "javascript",
  go: "go",
  java: "java",
  groovy: "java",
  dart: "java",
  cpp: "java",
  cc: "java",
  kt: "kotlin",
  kts: "kotlin",
  cs: "csharp",
  rb: "ruby",
  rake: "ruby",
  php: "php",
  rs: "rust",
  tf: "hcl",
  tfvars: "hcl",
  hcl: "hcl",
  bicep: "bicep",
  bicepparam: "bicep",
  swift: "swift",
  jsonnet: "jsonnet",
  libsonnet: "jsonnet",
  scala: "scala",
  ex: "elixir",
  exs: "elixir",
};

const byName = new Map(LANGUAGES.map((language) => [language.name, language]));

export function languageOfExtension(extension: string): Language | undefined {
  const name = BY_EXTENSION[extension];
  return name === undefined ? undefined : byName.get(name);
}

export function languageNamed(name: string): Language | undefined {
  return byName.get(name);
}

const openings = new WeakMap<readonly Quote[], ReadonlyMap<string, readonly Quote[]>>();

/** Quotes of a language by the first character that opens them, in both cases of a letter. */
export function openingOf(quotes: readonly Quote[]): ReadonlyMap<string, readonly Quote[]> {
  const known = openings.get(quotes);
  if (known !== undefined) return known;
  const byFirst = new Map<string, Quote[]>();
  for (const quote of quotes) {
    const [first = ""] = quote.open;
    for (const key of new Set([first, first.toUpperCase()])) {
      byFirst.set(key, [...(byFirst.get(key) ?? []), quote]);
    }
  }
  openings.set(quotes, byFirst);
  return byFirst;
}
