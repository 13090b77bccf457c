import { mkdir, mkdtemp, readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sinkConformance } from '@audit/core/testing'
import { describe, test } from 'vitest'
import type { FileSinkOptions } from './file-sink-options.ts'
import { fileSink } from './file-sink.ts'
import { rotatedFiles } from './rotated-name.ts'

const exceptions = {
  'stores an event that comes twice once': 'a log only grows; readers deduplicate on id',
  'stops when its signal aborts': 'a local file answers at once; a batch is stopped between two writes',
  'stores the other events of a refused batch and names the refused ones, or only reports a refusal': 'a file refuses no event',
}

const kinds: readonly [name: string, options: FileSinkOptions][] = [
  ['with one file', {}],
  ['that rotates before every batch', { rotate: { maxBytes: 1 } }],
  ['that syncs every batch, alone, and follows no links', { fsync: 'batch', lock: false, symbolicLinks: 'refuse' }],
  // The kit's events have one source.
  ['with a file for each source', { path: '{source}.log' }],
]

describe.each(kinds)('the file sink %s', (_, options) => {
  const setup = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'audit-'))
    const sink = fileSink({ ...options, path: join(folder, options.path ?? 'trail.log') })
    const base = options.path ? 'kit_host_00000000.log' : 'trail.log'
    const path = join(folder, base)
    return {
      sink,
      stored: async () => {
        const closed = rotatedFiles(base, await readdir(folder)).map(({ name }) => join(folder, name))
        const texts = await Promise.all([...closed, path].map((each) => readFile(each, 'utf8').catch(() => '')))
        return texts.join('').split('\n').slice(0, -1)
      },
      // A folder where the file should be: no user, not even root, can write to it.
      breakDown: async () => void (await mkdir(path)),
      repair: async () => void (await rmdir(path)),
      tearDown: async () => {
        await sink.close()
        await rm(folder, { recursive: true })
      },
    }
  }
  for (const rule of sinkConformance(setup, exceptions)) test(rule.name, rule.run)
})
