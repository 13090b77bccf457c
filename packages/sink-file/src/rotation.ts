import type { Stats } from 'node:fs'
import { readdir, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { nextRotatedName } from './rotated-name.ts'

/** The limits at which a file is closed and another begun. */
export interface RotationRule {
  readonly maxBytes: number
  /** Counted from 1970 UTC, so that in every process hours and days begin as in UTC. */
  readonly periodMs: number
}

/**
 * Decides whether a batch of this size must go into a new file. The file's last change shows its period, so all processes that
 * write to it, now or after a restart, agree without communicating.
 */
export function isRotationDue(rule: RotationRule, file: Stats, batchBytes: number, nowMs: number): boolean {
  if (file.size === 0) return false
  if (file.size + batchBytes > rule.maxBytes) return true
  return Math.floor(nowMs / rule.periodMs) > Math.floor(file.mtimeMs / rule.periodMs)
}

/** Renames the file to its final name. Call it only while holding the file's lock, so that no process writes to the file. */
export async function moveAside(path: string, nowMs: number): Promise<void> {
  const folder = dirname(path)
  const name = nextRotatedName(basename(path), await readdir(folder), nowMs)
  await rename(path, join(folder, name))
}
