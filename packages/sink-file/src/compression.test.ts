import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gzipFile } from './compression.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'))
  path = join(folder, 'closed')
})
afterEach(() => rm(folder, { recursive: true }))

const never = () => new AbortController().signal
const text = 'a line of the trail\n'.repeat(200_000)

test('the file becomes its .gz, with its age and permissions', async () => {
  await writeFile(path, text)
  await chmod(path, 0o640)
  const then = new Date('2026-11-01T00:00:00Z')
  await utimes(path, then, then)
  expect(await gzipFile(path, never())).toBe(true)
  expect(await readdir(folder)).toEqual(['closed.gz'])
  expect(gunzipSync(await readFile(`${path}.gz`)).toString()).toBe(text)
  const { mode, mtime, size } = await stat(`${path}.gz`)
  expect([mode & 0o777, mtime]).toEqual([0o640, then])
  expect(size).toBeLessThan(text.length / 10)
})

test('an empty file becomes an empty .gz', async () => {
  await writeFile(path, '')
  expect(await gzipFile(path, never())).toBe(true)
  expect(gunzipSync(await readFile(`${path}.gz`)).toString()).toBe('')
})

test('the leftovers of a killed compression, partial or whole, are replaced', async () => {
  await writeFile(path, text)
  await writeFile(`${path}.gz.part`, 'half')
  await writeFile(`${path}.gz`, 'older')
  expect(await gzipFile(path, never())).toBe(true)
  expect(await readdir(folder)).toEqual(['closed.gz'])
  expect(gunzipSync(await readFile(`${path}.gz`)).toString()).toBe(text)
})

test('an aborted compression leaves the file unchanged and no other file', async () => {
  await writeFile(path, text)
  const stop = new AbortController()
  const compressed = gzipFile(path, stop.signal)
  stop.abort()
  await expect(compressed).rejects.toThrow(/abort/i)
  expect(await readdir(folder)).toEqual(['closed'])
  expect(await readFile(path, 'utf8')).toBe(text)
})

test('a file that is still written to is kept with all its lines', async () => {
  await writeFile(path, text)
  const growing = { isOver: false }
  const appended = (async () => {
    for (let count = 0; !growing.isOver; count++) await appendFile(path, `late ${count}\n`)
  })()
  const isDone = await gzipFile(path, never())
  growing.isOver = true
  await appended
  expect(isDone).toBe(false)
  expect(await readdir(folder)).toEqual(['closed'])
  expect((await readFile(path, 'utf8')).startsWith(`${text}late 0\nlate 1\n`)).toBe(true)
})

test('a symbolic link is not followed', async () => {
  await writeFile(join(folder, 'elsewhere'), text)
  await symlink(join(folder, 'elsewhere'), path)
  await expect(gzipFile(path, never())).rejects.toThrow(/ELOOP/)
  expect(await readFile(join(folder, 'elsewhere'), 'utf8')).toBe(text)
})
