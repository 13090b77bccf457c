import { mkdtemp, readFile, rm, mkdir, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sinkConformance } from '@audit/core/testing'
import { describe, test } from 'vitest'
import { fileSink } from './file-sink.ts'

describe('the file sink', () => {
  const setup = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'audit-'))
    const path = join(folder, 'trail.log')
    const sink = fileSink({ path })
    return {
      sink,
      stored: async () => (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(0, -1),
      // A folder where the file should be: no user, not even root, can write to it.
      breakDown: async () => void (await mkdir(path)),
      repair: async () => void (await rmdir(path)),
      tearDown: async () => {
        await sink.close!()
        await rm(folder, { recursive: true })
      },
    }
  }
  const exceptions = {
    'stores an event that comes twice once': 'a log only grows; readers deduplicate on id',
    'stops when its signal aborts': 'a local file answers at once; a batch is stopped between two writes',
    'says which events are refused for good, having stored the others, or that some are': 'a file refuses no event',
  }
  for (const rule of sinkConformance(setup, exceptions)) test(rule.name, rule.run)
})
