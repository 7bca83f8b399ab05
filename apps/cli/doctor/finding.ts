export interface Finding {
  /** What was looked at: "database", "slack". */
  readonly about: string;
  readonly state: "ok" | "warning" | "failed" | "unreachable";
  readonly said: string;
  /** What to do about it. */
  readonly help?: string | undefined;
}

export const fine = (about: string, said: string): Finding => ({ about, state: "ok", said });

export const warning = (about: string, said: string, help: string): Finding => ({
  about,
  state: "warning",
  said,
  help,
});

export const failed = (about: string, said: string, help: string | undefined): Finding => ({
  about,
  state: "failed",
  said,
  help,
});
