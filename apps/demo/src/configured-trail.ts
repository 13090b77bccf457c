import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { loadAuditConfig } from '@audit/config'
import { createAudit, fileJournal, memorySink } from '@audit/core'
import { events } from './audit-events.ts'
import { startReceiver } from './receiver.ts'
import type { Trail } from './trail.ts'

export interface ConfiguredTrailOptions {
  /** The path of a configuration file, or the name of an example. */
  readonly config: string
  /** Where the paths in it start from. */
  readonly directory: string
  /** Where the receiver tells what it gets. Default stdout. */
  readonly output?: Writable
}

/** The examples that come with the configuration package. */
const examples = fileURLToPath(new URL('examples/', import.meta.resolve('@audit/config/package.json')))

/**
 * The trail as a file says it, without code. A receiver runs beside it, and the variables by which the examples name a receiver lead
 * there, as far as they are not set.
 */
export async function configuredTrail({ config, directory, output = process.stdout }: ConfiguredTrailOptions): Promise<Trail> {
  const file = pathOf(config)
  const receiver = await startReceiver(output)
  // What the file leads to cannot be read back from everywhere, so the tour is also kept here.
  const kept = memorySink({ name: 'tour' })
  try {
    const options = await loadAuditConfig({ file, directory, env: { ...receiver.environment, ...process.env }, service: 'flags' })
    const sinks = [...(options.sinks ?? []), { sink: kept, statuses: ['success', 'failure', 'denied'] as const }]
    const journal = options.journal ?? fileJournal({ directory: join(directory, '.audit') })
    const audit = createAudit({ ...options, events, journal, sinks })
    return {
      audit,
      goesTo: `where ${basename(file)} says`,
      knowsNoFailures: false,
      read: async () => kept.events.filter(({ type }) => type !== 'audit'),
      problems: () => receiver.problems,
      release: () => receiver.stop(),
    }
  } catch (error) {
    await receiver.stop()
    throw error
  }
}

function pathOf(config: string): string {
  const named = ['.yaml', '.yml'].map((ending) => join(examples, `${config}${ending}`)).find((path) => existsSync(path))
  return dirname(config) === '.' && named ? named : resolve(config)
}
