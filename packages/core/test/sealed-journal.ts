import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { EncodedEvent } from '../src/event/event.ts'
import { checkedLine } from '../src/log-format/checked-line.ts'
import { fileJournalOn, type CapableJournal } from '../src/file-journal/file-journal.ts'
import type { FileSystem } from '../src/log-format/file-system.ts'
import { nodeFileSystem } from '../src/log-format/node-file-system.ts'
import type { Sealed } from '../src/journal/seal.ts'
import { createReporter } from '../src/logger.ts'
import type { Anchor } from '../src/seal/anchor.ts'
import { createSeal } from '../src/seal/checkpoint-seal.ts'
import { resolveSeal, type SealOptions } from '../src/seal/seal-options.ts'
import { journalOpening } from '../src/testing/journal-opening.ts'
import { manualClock, type ManualClock } from '../src/testing/manual-clock.ts'
import { sampleEncoded } from '../src/testing/sample-events.ts'

/** An open journal on a clock of its own. */
export interface Running {
  readonly journal: CapableJournal
  readonly clock: ManualClock
  readonly systemEvents: {
    readonly action: string
    readonly payload: { readonly reason?: string; readonly keys?: readonly string[] } & Sealed
  }[]
  readonly said: string[]
  readonly directory: string
}

/** Opens a journal that is sealed once a second. `systemEvents` are those that it made. */
export async function opened(
  root: string,
  seal: SealOptions | 'unsigned',
  anchors: readonly Anchor[] = [],
  disk: FileSystem = nodeFileSystem,
): Promise<Running> {
  const clock = manualClock()
  const [systemEvents, said] = [[] as Running['systemEvents'], [] as string[]]
  const logger = { warn: (message: string) => said.push(message), error: (message: string) => said.push(message) }
  const resolved = resolveSeal(seal, anchors, (systemEvent, problem) => expect(problem && systemEvent, problem).toBe(true))!
  const journal = fileJournalOn(disk, { directory: root })
  await journal.open(
    journalOpening(clock, {
      seal: createSeal({ ...resolved, everyMs: 1_000 }, clock, createReporter(logger, clock)),
      systemEvent(action, payload): EncodedEvent {
        systemEvents.push({ action, payload: payload as never })
        return sampleEncoded({ type: 'audit', action, payload })
      },
      warn: (_, message) => said.push(message),
    }),
  )
  const directory = join(root, `kit-${journal.status().source!.slice(-8)}`)
  return { journal, clock, systemEvents, said, directory }
}

/** The current lines of the log as sinks get them, of one generation after the other. */
export function linesOf(directory: string): readonly string[] {
  const lines = new Map<number, string>()
  for (const name of readdirSync(join(directory, 'log')).toSorted((one, other) =>
    one.split('.')[1]!.localeCompare(other.split('.')[1]!),
  )) {
    for (const line of readFileSync(join(directory, 'log', name), 'utf8')
      .trimEnd()
      .split('\n')) {
      lines.set(JSON.parse(line).sequence, line.replace(/(,"tag":"[\w-]{22}")?,"crc":"[0-9a-f]{8}"}$/, '}'))
    }
  }
  return [...lines.keys()].toSorted((one, other) => one - other).map((sequence) => lines.get(sequence)!)
}

/** Lets seconds pass until `isSo`; the disk works on another clock. */
export async function until({ clock }: Running, isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !isSo();) {
    if (performance.now() > end) throw new Error(`It is never so: ${isSo.toString()}`)
    await clock.advance(1_000)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** At least this many events are sealed: the `audit:sealed` event in the log is one more. */
export const sealed = (running: Running, size: number): Promise<void> =>
  until(running, () => running.journal.status().seal!.size >= size)

/** Rewrites the lines that have this text, without its checksum, and gives each one a checksum that fits. */
export function alterLines(directory: string, text: string, change: (open: string) => string): void {
  for (const name of readdirSync(join(directory, 'log'))) {
    const path = join(directory, 'log', name)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    const altered = lines.map((line) =>
      line.includes(text) ? checkedLine(change(line.replace(/,"crc":"[0-9a-f]{8}"}$/, ''))).toString() : `${line}\n`,
    )
    writeFileSync(path, altered.join(''))
  }
}
