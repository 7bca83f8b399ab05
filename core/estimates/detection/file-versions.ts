/** One file of a diff. A side that is absent, or that cannot be read, says so. */
export interface FileVersions {
  readonly path: string;
  /** Where it was, if it was renamed. */
  readonly basePath?: string | undefined;
  readonly base: FileText;
  readonly head: FileText;
}

export type FileText =
  | { readonly state: "text"; readonly text: string }
  | { readonly state: "absent" }
  | { readonly state: "unreadable"; readonly reason: string };

export function textOf(side: FileText | undefined): string | undefined {
  return side?.state === "text" ? side.text : undefined;
}
