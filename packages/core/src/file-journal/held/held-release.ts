import type { SystemAction } from '../../event/event-pattern.ts'
import type { EncodedEvent } from '../../event/event.ts'
import { AuditError } from '../../errors.ts'
import type { HeldRelease } from '../../journal/held.ts'
import type { FileSystem } from '../../log-format/file-system.ts'
import type { Held, HeldContent, HeldFile } from '../../log-format/held-files.ts'
import { releasedEvents } from './released-events.ts'

export interface ReleaseOptions {
  readonly fileSystem: FileSystem
  readonly systemEvent: (action: SystemAction, payload: unknown) => EncodedEvent
  /** Resolves once the log of this process has them, in a group of their own. */
  readonly append: (events: readonly EncodedEvent[]) => Promise<void>
  /** Delivers a log that is held as a whole, if its lines have this hash. */
  readonly deliver: (directory: string, sha256: string) => void
}

const RELEASED = '.released'

/** The number of groups of each held file that were delivered, by the hash of the file. */
export type ReleasedGroups = Map<string, number>

/**
 * Records the person who releases held lines of a log, and then delivers them: single lines as new events, a log that is
 * held as a whole unchanged. Each content is delivered once, also if several files have it, and an attempt that failed is
 * continued. A crash in between may deliver some of them twice, with the same ids.
 */
export async function releaseHeld(
  { log, by, sha256 }: HeldRelease,
  held: readonly Held[],
  options: ReleaseOptions & { readonly delivered: ReleasedGroups },
): Promise<number> {
  if (typeof by !== 'string' || by.trim() === '') throw invalid('by: name the person who releases the lines')
  const found = held.find((each) => each.log === log)
  const isMeant = (hash: string) => sha256 === undefined || sha256.includes(hash)
  if (!found || !found.sha256.some(isMeant)) throw invalid(`log: '${log}' has no such held lines`)
  if (found.isWhole) return releaseWhole(found, by, options)
  let count = 0
  for (const { file, content } of found.files) {
    if (!isMeant(content.sha256)) continue
    count += await releaseFile(file, { log, by, ...content }, options)
    await options.fileSystem.rename(file.path, `${file.path}${RELEASED}`)
  }
  return count
}

/** Resolves with the number of events that were not delivered before. */
async function releaseFile(
  file: HeldFile,
  payload: HeldContent & { readonly log: string; readonly by: string },
  { fileSystem, systemEvent, append, delivered }: ReleaseOptions & { readonly delivered: ReleasedGroups },
): Promise<number> {
  const { sha256 } = payload
  let [head, count, group] = [[systemEvent('released', payload)], 0, 0]
  for await (const events of releasedEvents(fileSystem, file, sha256)) {
    if (group++ < (delivered.get(sha256) ?? 0)) continue
    await append([...head, ...events])
    head = []
    count += events.length
    delivered.set(sha256, group)
  }
  return count
}

async function releaseWhole({ log, directory, lines, sha256 }: Held, by: string, options: ReleaseOptions): Promise<number> {
  await options.append([options.systemEvent('released', { log, by, lines, sha256: sha256[0] })])
  options.deliver(directory, sha256[0]!)
  return lines
}

function invalid(problem: string): AuditError {
  return new AuditError('AUDIT_INVALID_OPTIONS', `Nothing was released: ${problem}.`)
}
