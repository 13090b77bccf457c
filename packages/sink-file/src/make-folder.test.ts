import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeFolder } from './make-folder.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('makeFolder() creates a folder and its parents for the owner alone, and returns the topmost new one', async () => {
  const root = temporaryFolder()
  expect(await makeFolder(join(root, 'a/b/c'))).toBe(join(root, 'a'))
  expect(await makeFolder(join(root, 'a/b/d'))).toBe(join(root, 'a/b/d'))
  expect(await makeFolder(join(root, 'a/b'))).toBeUndefined()
  expect(await makeFolder('/')).toBeUndefined()
  expect(statSync(join(root, 'a/b/c')).mode & 0o777).toBe(0o700)
})

test('concurrent calls create each folder once', async () => {
  const root = temporaryFolder()
  await Promise.all(['a/b/c', 'a/b/d', 'a', 'a/b/c'].map((path) => makeFolder(join(root, path))))
  expect(statSync(join(root, 'a/b/d')).isDirectory()).toBe(true)
})

test.each([
  ['below a file', 'file/a', 'ENOTDIR'],
  ['far below a file', 'file/a/b', 'ENOTDIR'],
  ['in place of a file', 'file', 'ENOTDIR'],
  ['below a dangling link', 'dangling/a', 'ENOENT'],
  ['in place of a dangling link', 'dangling', 'ENOENT'],
  ['in a loop of links', 'loop/a', 'ELOOP'],
])('makeFolder() rejects at once for a folder %s', async (_, path, code) => {
  const root = temporaryFolder()
  writeFileSync(join(root, 'file'), '')
  symlinkSync(join(root, 'nowhere'), join(root, 'dangling'))
  symlinkSync(join(root, 'loop'), join(root, 'loop'))
  await expect(makeFolder(join(root, path))).rejects.toMatchObject({ code })
})

test.runIf(process.platform === 'linux')('makeFolder() rejects at once if the parent accepts no folders', async () => {
  await expect(makeFolder('/proc/no/such')).rejects.toMatchObject({ code: expect.stringMatching(/^E(NOENT|ACCES|PERM)$/) })
})
