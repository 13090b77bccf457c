import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { loadAuditConfig } from '@audit/config'
import { createAudit, fileJournal, memorySink, type AuditStats } from '@audit/core'
import { events } from './audit-events.ts'
import { startReceiver } from './receiver.ts'
import { MAX_WAIT_MS, type Trail } from './trail.ts'

export interface ConfiguredTrailOptions {
  /** The path of a configuration file, or the name of an example. */
  readonly config: string
  /** The base of the paths in it. */
  readonly directory: string
  /** The stream to which the receiver writes a line per request. Default stdout. */
  readonly output?: Writable
}

/** The folders of the examples. */
const examples = ['@audit/config', '@audit/flipt'].map((name) =>
  fileURLToPath(new URL('examples/', import.meta.resolve(`${name}/package.json`))),
)

/**
 * Creates the trail from a configuration file, without code. Starts a receiver; the variables for receivers in the examples point to
 * it unless they are set. The URL in a user's own file is used unchanged.
 */
export async function configuredTrail({ config, directory, output = process.stdout }: ConfiguredTrailOptions): Promise<Trail> {
  const example = exampleOf(config)
  const file = example ?? resolve(config)
  const receiver = await startReceiver(output)
  // Not every sink can be read back, so this sink keeps the events for comparison; `undelivered` checks the other sinks.
  const kept = memorySink({ name: 'tour' })
  try {
    const env = receiver.environmentFor({ isExample: example !== undefined, given: process.env })
    const options = await loadAuditConfig({ file, directory, env, service: 'flags' })
    const sinks = [...(options.sinks ?? []), { sink: kept, statuses: ['success', 'failure', 'denied'] as const }]
    const journal = options.journal ?? fileJournal({ directory: join(directory, '.audit') })
    const audit = createAudit({ maxWaitMs: MAX_WAIT_MS, ...options, events, journal, sinks })
    return {
      audit,
      goesTo: `to the sinks of ${basename(file)}`,
      knowsNoFailures: false,
      read: async () => kept.events.filter(({ type }) => type !== 'audit'),
      problems: () => [...receiver.problems, ...undelivered(audit.stats())],
      release: () => receiver.stop(),
    }
  } catch (error) {
    await receiver.stop()
    throw error
  }
}

/** Returns a sentence for each sink that lacks events. The audit is closed, so they get no more. */
function undelivered({ sinks }: AuditStats): readonly string[] {
  return Object.entries(sinks).flatMap(([name, { wanted, delivered, deadLettered }]) => {
    if (delivered === wanted) return []
    const refused = deadLettered > 0 ? ` It refused ${deadLettered}.` : ''
    return [`Sink '${name}' has ${delivered} of ${wanted} events.${refused}`]
  })
}

function exampleOf(config: string): string | undefined {
  if (dirname(config) !== '.') return undefined
  const paths = examples.flatMap((folder) => ['.yaml', '.yml'].map((ending) => join(folder, `${config}${ending}`)))
  return paths.find((path) => existsSync(path))
}
