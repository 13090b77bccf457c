import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { overriddenDisk } from '../../test/overridden-disk.ts'
import { simulatedDisk } from '../../test/simulated-disk.ts'
import { seededRandom } from '../../test/simulated-random.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import { resolveFileJournalOptions, type FileJournalOptions } from './file-journal-options.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { journalPath, prepareDirectory } from './journal-directory.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'

const strict = { allowNetwork: false }
const WAYS_OUT = /a disk that this user may write to, or set AUDIT_DIRECTORY to one; .*memoryJournal\(\)/

/** The real disk, except that one call always fails with an errno. */
function failing(call: 'makeDirectory' | 'open' | 'space' | 'stat' | 'syncDirectory', code: string): FileSystem {
  const fail = () => Promise.reject(Object.assign(new Error(`${code}: no`), { code, syscall: call }))
  return overriddenDisk(nodeFileSystem, { [call]: fail })
}

function onDiskOfType(type: number): FileSystem {
  return overriddenDisk(nodeFileSystem, { space: async (path) => ({ ...(await nodeFileSystem.space(path)), type }) })
}

describe('the directory of the journal', () => {
  test.each([
    [undefined, {}, resolve('.audit')],
    ['logs', {}, resolve('logs')],
    ['/var/audit', {}, '/var/audit'],
    ['/var/audit', { AUDIT_DIRECTORY: '/mnt/disk' }, '/mnt/disk'],
    [undefined, { AUDIT_DIRECTORY: 'here' }, resolve('here')],
    ['/var/audit', { AUDIT_DIRECTORY: '' }, '/var/audit'],
    ['/var/audit', { AUDIT_DIRECTORY: ' /mnt/disk \n' }, '/mnt/disk'],
    ['/var/audit', { AUDIT_DIRECTORY: ' \n' }, '/var/audit'],
  ])('directory %s with the environment %o is %s', (directory, environment, expected) => {
    expect(journalPath(directory, environment)).toBe(expected)
  })
})

test.each<[FileJournalOptions, NodeJS.ProcessEnv, string]>([
  [{}, { AUDIT_DIRECTORY: '"/var/audit"' }, 'AUDIT_DIRECTORY: the path is in quotes; remove them'],
  [{}, { AUDIT_DIRECTORY: "'/var/audit'\n" }, 'AUDIT_DIRECTORY: the path is in quotes; remove them'],
  [{ directory: '/var/audit\n' }, {}, 'directory: there is a line break in the path; remove it'],
])('case 17: %j with %j is refused before a folder is made', (options, environment, problem) => {
  expect(() => resolveFileJournalOptions(options, environment)).toThrow(`- ${problem}`)
})

describe('a usable directory', () => {
  test('a usable directory is created with all its parents, for this user only, and is ignored by git', async () => {
    const path = join(temporaryDirectory(), 'a', 'b', 'c')
    await prepareDirectory(nodeFileSystem, path, strict)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(path, '.gitignore'), 'utf8')).toBe('*\n')
  })

  test('an existing directory is not changed', async () => {
    const path = temporaryDirectory()
    writeFileSync(join(path, '.gitignore'), 'mine\n')
    await prepareDirectory(nodeFileSystem, path, strict)
    expect(readFileSync(join(path, '.gitignore'), 'utf8')).toBe('mine\n')
    await prepareDirectory(nodeFileSystem, path, strict)
  })

  test('a new directory and its parents survive a power failure', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const disk = simulatedDisk({ random: seededRandom(seed) })
      await prepareDirectory(disk, '/a/b/c', strict)
      expect(await disk.crash().list('/a/b')).toEqual(['c'])
    }
  })

  test('a directory survives a power failure even if a killed process made its parents and synced nothing', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const killed = simulatedDisk({ random: seededRandom(seed) })
      for (const path of ['/a', '/a/b', '/a/b/c']) await killed.makeDirectory(path)
      const disk = killed.kill()
      await prepareDirectory(disk, '/a/b/c', strict)
      expect(await disk.crash().list('/a/b')).toEqual(['c'])
    }
  })

  test('two processes may create the directory at the same time', async () => {
    const path = join(temporaryDirectory(), 'a', 'b')
    await Promise.all(Array.from({ length: 8 }, () => prepareDirectory(nodeFileSystem, path, strict)))
    expect(readFileSync(join(path, '.gitignore'), 'utf8')).toMatch(/^(\*\n)+$/)
  })

  test('a directory is usable even if this user cannot read its parent', async () => {
    const path = join(temporaryDirectory(), 'a')
    await prepareDirectory(failing('syncDirectory', 'EACCES'), join(path), strict).catch(() => undefined)
    mkdirSync(path, { recursive: true })
    expect(await prepareDirectory(failing('syncDirectory', 'EACCES'), path, strict)).toBeTypeOf('string')
  })

  test.each([
    [0xef53, 'disk'],
    [0x58465342, 'disk'],
    [0x9123683e, 'disk'],
    [0x65735546, 'disk'],
    [0x01021994, 'memory'],
    [0x858458f6, 'memory'],
    [0x858458f6 | 0, 'memory'],
    [0x794c7630, 'layer'],
  ])('a file system of type 0x%s counts as: %s', async (type, kind) => {
    expect(await prepareDirectory(onDiskOfType(type), temporaryDirectory(), strict)).toBe(kind)
  })
})

describe('an unusable directory is refused with its path, the reason and possible solutions', () => {
  test.each([
    ['makeDirectory', 'EROFS', 'the file system is read-only'],
    ['makeDirectory', 'EACCES', 'this user may not write there'],
    ['makeDirectory', 'EPERM', 'this user may not write there'],
    ['makeDirectory', 'ENOTDIR', 'a part of the path is a file'],
    ['makeDirectory', 'ENAMETOOLONG', 'the path is too long'],
    ['open', 'EROFS', 'the file system is read-only'],
    ['open', 'EACCES', 'this user may not write there'],
    ['open', 'ENOSPC', 'the disk is full'],
    ['open', 'EDQUOT', 'the quota is used up'],
    ['open', 'EMFILE', 'this process has too many files open'],
    ['stat', 'EIO', 'the disk fails'],
    ['space', 'ENFILE', 'this machine has too many files open'],
    ['space', 'EWEIRD', 'space failed with EWEIRD'],
  ] as const)('an unusable directory is refused with the reason: %s fails with %s', async (call, code, reason) => {
    const path = join(temporaryDirectory(), 'audit')
    await expect(prepareDirectory(failing(call, code), path, strict)).rejects.toMatchObject({
      code: 'AUDIT_JOURNAL_UNAVAILABLE',
      message: expect.stringMatching(WAYS_OUT),
      cause: expect.objectContaining({ code }),
    })
    await expect(prepareDirectory(failing(call, code), path, strict)).rejects.toThrow(
      `The journal in '${path}' cannot be opened: ${reason}.`,
    )
  })

  test('a file in the place of a directory is refused, on a real disk', async () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, '')
    await expect(prepareDirectory(nodeFileSystem, join(file, 'audit'), strict)).rejects.toThrow(/a part of the path is a file/)
    await expect(prepareDirectory(nodeFileSystem, file, strict)).rejects.toThrow(/a part of the path is a file/)
    expect(readFileSync(file, 'utf8')).toBe('')
  })

  test.each([0x6969, 0x517b, 0xfe534d42, 0xfe534d42 | 0, 0xff534d42, 0x01021997, 0x00c36400])(
    'a network file system (%i) is refused, and nothing is written to it',
    async (type) => {
      const path = temporaryDirectory()
      await expect(prepareDirectory(onDiskOfType(type), path, strict)).rejects.toMatchObject({
        code: 'AUDIT_JOURNAL_UNAVAILABLE',
        message: expect.stringMatching(/is on a network file system.*\{ allowNetwork: true \}/),
      })
      await expect(prepareDirectory(onDiskOfType(type), path, strict)).rejects.toThrow(WAYS_OUT)
      expect(await nodeFileSystem.list(path)).toEqual([])
      expect(await prepareDirectory(onDiskOfType(type), path, { allowNetwork: true })).toBe('network')
    },
  )
})
