import type { RotatedFile } from './rotated-name.ts'

/** What is kept of the closed files. */
export interface RetentionRule {
  readonly keepFiles: number
  /** Counted from the last line that was written to a file. */
  readonly keepMs: number
}

export interface AgedFile extends RotatedFile {
  readonly lastWrittenMs: number
}

/** Those of the closed files, oldest first, that are beyond what the rule keeps. */
export function expiredFiles<File extends AgedFile>(rule: RetentionRule, files: readonly File[], nowMs: number): readonly File[] {
  const firstKept = files.length - rule.keepFiles
  return files.filter((file, index) => index < firstKept || nowMs - file.lastWrittenMs > rule.keepMs)
}
