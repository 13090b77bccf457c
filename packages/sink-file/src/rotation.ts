import type { Stats } from 'node:fs'
import { readdir, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { nextRotatedName } from './rotated-name.ts'

/** When a file is closed and another begun. */
export interface RotationRule {
  readonly maxBytes: number
  /** Counted from 1970 UTC, so that hours and days begin where they do in UTC, in every process. */
  readonly periodMs: number
}

/**
 * Whether a batch of so many bytes must go into another file. What a file's period is, its last change says: all processes that
 * write to it, and whoever takes it over after a restart, agree without a word.
 */
export function isRotationDue(rule: RotationRule, file: Stats, batchBytes: number, nowMs: number): boolean {
  if (file.size === 0) return false
  if (file.size + batchBytes > rule.maxBytes) return true
  return Math.floor(nowMs / rule.periodMs) > Math.floor(file.mtimeMs / rule.periodMs)
}

/** Gives the file the name under which it stays. Only whoever holds the file's lock may: nobody writes to it meanwhile. */
export async function moveAside(path: string, nowMs: number): Promise<void> {
  const folder = dirname(path)
  const name = nextRotatedName(basename(path), await readdir(folder), nowMs)
  await rename(path, join(folder, name))
}
