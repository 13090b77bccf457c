import type { RotatedFile } from './rotated-name.ts'

/** The rule by which closed files are kept. */
export interface RetentionRule {
  readonly keepFiles: number
  /** Counted from the last line that was written to a file. */
  readonly keepMs: number
}

export interface AgedFile extends RotatedFile {
  readonly lastWrittenMs: number
}

/** Returns the closed files, oldest first, that the rule does not keep. */
export function expiredFiles<File extends AgedFile>(rule: RetentionRule, files: readonly File[], nowMs: number): readonly File[] {
  const firstKept = files.length - rule.keepFiles
  return files.filter((file, index) => index < firstKept || nowMs - file.lastWrittenMs > rule.keepMs)
}
