import { linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../../test/temporary-directory.ts'
import type { EncodedEvent } from '../../event/event.ts'
import { readHeldLog } from '../../log-format/held-files.ts'
import { nodeFileSystem } from '../../log-format/node-file-system.ts'
import { releaseHeld } from './held-release.ts'

const LINES = 600

function heldLine(index: number, key = 'held'): string {
  const metadata = '"metadata":{"actor":{"authentication":"none"}}'
  const event = `"version":"1.0","type":"flag","action":"deleted",${metadata},"payload":{"key":"${key} ${index}"}`
  const open = `{${event},"timestamp":"2026-11-28T00:00:00.000Z","id":"id-${index}","status":"success","source":"a/b/c","sequence":${index}`
  return checked(open)
}

function checked(open: string): string {
  return `${open},"crc":"${crc32(open).toString(16).padStart(8, '0')}"}\n`
}

function heldLog(text: string) {
  const directory = temporaryDirectory()
  for (const name of ['log', 'held']) mkdirSync(join(directory, name))
  const path = (from: number) => join(directory, 'held', `${String(from).padStart(20, '0')}.1-0.unauthenticated.ndjson`)
  writeFileSync(path(0), text)
  const appended: EncodedEvent[] = []
  const delivered = new Map<string, number>()
  return {
    path,
    ids: () => appended.map(({ id }) => id),
    async release({ onFirstReading = () => undefined as void, append = async () => undefined as void } = {}) {
      const held = (await readHeldLog(nodeFileSystem, directory))!
      let opened = 0
      const fileSystem: typeof nodeFileSystem = {
        ...nodeFileSystem,
        open(file, mode) {
          if (opened++ === 1) onFirstReading()
          return nodeFileSystem.open(file, mode)
        },
      }
      return releaseHeld({ log: held.log, by: 'ada@example.com' }, [held], {
        fileSystem,
        delivered,
        deliver: () => undefined,
        systemEvent: (action) => ({ id: action, type: 'audit', action, status: 'success', head: '{', byteLength: 1 }),
        async append(events) {
          await append()
          appended.push(...events)
        },
      })
    },
  }
}

const text = Array.from({ length: LINES }, (_, index) => heldLine(index)).join('')
const ids = Array.from({ length: LINES }, (_, index) => `id-${index}`)

test('the lines of a file are delivered once, whatever its names', async () => {
  const log = heldLog(text)
  for (const from of [10, 20]) linkSync(log.path(0), log.path(from))
  expect(await log.release()).toBe(LINES)
  expect(log.ids()).toEqual(['released', ...ids])
})

test('bytes that changed after they were hashed are not delivered', async () => {
  const log = heldLog(text)
  const forged = text.replace(heldLine(LINES - 1), heldLine(LINES - 1, 'evil'))
  const onFirstReading = () => writeFileSync(log.path(0), forged)
  await expect(log.release({ onFirstReading })).rejects.toThrow('changed during the release')
  expect(log.ids()).toEqual(['released', ...ids.slice(0, 512)])
})

test('a line that is no event does not keep the others', async () => {
  const log = heldLog(`${checked('no JSON')}${checked('null')}${text}`)
  expect(await log.release()).toBe(LINES)
  expect(log.ids()).toEqual(['released', ...ids])
})

test('a release that failed continues at the next attempt', async () => {
  const log = heldLog(text)
  let appends = 0
  const append = async () => {
    if (++appends === 2) throw new Error('The disk is full.')
  }
  await expect(log.release({ append })).rejects.toThrow('The disk is full.')
  expect(await log.release({ append })).toBe(LINES - 256)
  expect(log.ids()).toEqual(['released', ...ids.slice(0, 256), 'released', ...ids.slice(256)])
  expect(readFileSync(`${log.path(0)}.released`, 'utf8')).toBe(text)
})
