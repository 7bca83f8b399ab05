import type { FileText } from "./detection/file-versions.ts";

/**
 * A file's bytes as text, or why they are none. A link to large-file storage has no content here.
 */
export function readBytes(bytes: Uint8Array): FileText {
  if (bytes.subarray(0, 8_000).includes(0)) return { state: "unreadable", reason: "binary" };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { state: "unreadable", reason: "not UTF-8" };
  }
  if (text.startsWith("version https://git-lfs")) {
    return { state: "unreadable", reason: "kept in large-file storage" };
  }
  return { state: "text", text: text.replaceAll("\r\n", "\n") };
}
