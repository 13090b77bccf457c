import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { overriddenDisk } from '../../test/overridden-disk.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'
import { readSourceDescription, refuseOlderFormat } from '../log-format/source-directory.ts'
import { listTrailSources, readSourceState } from './source-state.ts'
import { upgradeSource, upgradeSourceOn } from './upgrade-source.ts'

const FIRST_FORMAT = join(import.meta.dirname, '../../test/golden/format-1')

function copied(): string {
  const directory = join(temporaryDirectory(), 'golden-mzcc3as9')
  cpSync(FIRST_FORMAT, directory, { recursive: true })
  return directory
}

/** A disk on which every change from the given one on fails, as if the process had been killed there. */
function endingDisk(changes: number): FileSystem {
  let left = changes
  const change = () => {
    if (left-- <= 0) throw new Error('killed')
  }
  return overriddenDisk(nodeFileSystem, {
    async open(path, mode) {
      if (mode !== 'read') change()
      const file = await nodeFileSystem.open(path, mode)
      const [write, sync] = [file.write.bind(file), file.sync.bind(file)]
      file.write = async (bytes, position) => (change(), write(bytes, position))
      file.sync = async () => (change(), sync())
      return file
    },
    rename: async (from, to) => (change(), nodeFileSystem.rename(from, to)),
    remove: async (path) => (change(), nodeFileSystem.remove(path)),
    syncDirectory: async (path) => (change(), nodeFileSystem.syncDirectory(path)),
  })
}

const formatIn = (directory: string) =>
  (JSON.parse(readFileSync(join(directory, 'source.json'), 'utf8')) as { readonly format: number }).format

test('an upgrade keeps offsets, dead letters and lines, and says where lines may have no tag', async () => {
  const directory = copied()
  expect(await upgradeSource({ directory, name: 'golden' })).toBe(true)
  const [source] = await listTrailSources(directory)
  expect(source).toMatchObject({ format: 2, source: 'golden/vm/mzcc3as9', service: 'golden' })
  const { offsets, deadLetters, end } = await readSourceState(source!)
  expect(Object.fromEntries(offsets)).toEqual({ webhook: 4, 'slow/../sink': 0 })
  expect(Object.fromEntries(deadLetters)).toEqual({ webhook: 1 })
  expect(end).toBe(9)
  expect(JSON.parse(readFileSync(join(directory, 'source.json'), 'utf8'))).toMatchObject({ untagged: 9 })
  const rest = new Set(['source.json', 'places.ndjson'])
  for (const name of readdirSync(FIRST_FORMAT, { recursive: true, encoding: 'utf8' }).filter((each) => /\.\w+$/.test(each))) {
    if (!rest.has(name)) expect(readFileSync(join(directory, name))).toEqual(readFileSync(join(FIRST_FORMAT, name)))
  }
  expect(existsSync(join(directory, 'places.ndjson'))).toBe(false)
  expect(await upgradeSource({ directory, name: 'golden' })).toBe(false)
})

test('an upgrade that is killed at any change leaves a log of one format, and the next one completes it', async () => {
  let [isKilled, changes] = [true, 0]
  for (; isKilled; changes++) {
    const directory = copied()
    isKilled = await upgradeSourceOn(endingDisk(changes), directory, false).then(
      () => false,
      (error: Error) => error.message === 'killed',
    )
    const isUpgraded = formatIn(directory) === 2
    expect(existsSync(join(directory, isUpgraded ? 'offsets.ndjson' : 'places.ndjson')), String(changes)).toBe(true)
    // A service refuses it as format 1 until it is one of format 2.
    const refused = refuseOlderFormat(nodeFileSystem, dirname(directory), 'golden').then(
      () => false,
      () => true,
    )
    expect(await refused, String(changes)).toBe(!isUpgraded)
    await upgradeSource({ directory, name: 'golden' })
    expect(readdirSync(directory).toSorted()).toEqual([
      'dead-letters',
      'lock.db',
      'log',
      'offsets.ndjson',
      'owner.2',
      'source.json',
    ])
    const { offsets } = await readSourceState({ directory, name: 'golden' })
    expect(Object.fromEntries(offsets)).toEqual({ webhook: 4, 'slow/../sink': 0 })
  }
  expect(changes).toBeGreaterThan(10)
})

test('a broken line of offsets stays broken, so that a start begins unnamed sinks at the oldest event', async () => {
  const directory = copied()
  const path = join(directory, 'places.ndjson')
  const [first, second] = readFileSync(path, 'utf8').split('\n')
  writeFileSync(path, `${first}\n${second!.replace('634', '635')}\n`)
  await upgradeSource({ directory, name: 'golden' })
  expect(readFileSync(join(directory, 'offsets.ndjson'), 'utf8').split('\n')[1]).toBe(second!.replace('634', '635'))
})

test('an upgrade describes a log again that says format 1 and has only the files of format 2', async () => {
  const directory = copied()
  await upgradeSource({ directory, name: 'golden' })
  const path = join(directory, 'source.json')
  writeFileSync(path, readFileSync(join(FIRST_FORMAT, 'source.json')))
  await refuseOlderFormat(nodeFileSystem, dirname(directory), 'golden')
  await expect(readSourceDescription(nodeFileSystem, directory)).rejects.toThrow(
    `'${path}' says format 1, but only format 2 has 'offsets.ndjson'. Run 'audit journal upgrade ${directory}' of @audit/cli`,
  )
  expect(await upgradeSource({ directory, name: 'golden' })).toBe(true)
  expect(await readSourceDescription(nodeFileSystem, directory)).toMatchObject({ format: 2, untagged: 9 })
  const { offsets } = await readSourceState({ directory, name: 'golden' })
  expect(Object.fromEntries(offsets)).toEqual({ webhook: 4, 'slow/../sink': 0 })
})

test('an upgrade refuses a held lock, an unknown format and a dry run, and changes nothing', async () => {
  const directory = copied()
  const lock = nodeFileSystem.lock(join(directory, 'lock.db'))
  await expect(upgradeSource({ directory, name: 'golden' })).rejects.toThrow('A process uses the log')
  lock!.release()
  expect(await upgradeSource({ directory, name: 'golden' }, { dryRun: true })).toBe(true)
  expect([formatIn(directory), readdirSync(directory)]).toEqual([1, expect.not.arrayContaining(['offsets.ndjson'])])
  const path = join(directory, 'source.json')
  writeFileSync(path, readFileSync(path, 'utf8').replace('"format":1', '"format":3'))
  await expect(upgradeSource({ directory, name: 'golden' })).rejects.toThrow('has format 3')
})
