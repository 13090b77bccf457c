import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KernelLock } from './kernel-lock.ts'

let folder: string
let path: string
const locks: KernelLock[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'))
  path = join(folder, 'trail.log.lock')
})
afterEach(async () => {
  for (const lock of locks.splice(0)) lock.close()
  await rm(folder, { recursive: true })
})

const never = () => new AbortController().signal
function open(at = path): KernelLock {
  const lock = new KernelLock(at, 0o600)
  locks.push(lock)
  return lock
}

/** Holds the lock until `release` is called. */
async function held(lock: KernelLock) {
  let release: () => void = () => undefined
  let done: Promise<unknown> = Promise.resolve()
  await new Promise<void>((acquired, failed) => {
    done = lock.while(never(), () => {
      acquired()
      return new Promise<void>((resolve) => (release = resolve))
    })
    done.catch(failed)
  })
  return { release: () => (release(), done) }
}

test('a lock has one holder at a time, also within one process', async () => {
  const order: string[] = []
  const [one, other] = [open(), open()]
  const first = await held(one)
  const second = other.while(never(), async () => void order.push('second'))
  expect(await open().ifFree(async () => void order.push('third'))).toBe(false)
  order.push('first')
  await first.release()
  await second
  expect(order).toEqual(['first', 'second'])
})

test('closing another lock of the same path does not release the held lock', async () => {
  const first = await held(open())
  const other = open()
  expect(await other.ifFree(async () => undefined)).toBe(false)
  other.close()
  expect(await open().ifFree(async () => undefined)).toBe(false)
  await first.release()
})

test('the lock is released if the work fails', async () => {
  const lock = open()
  await expect(lock.while(never(), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await open().ifFree(async () => undefined)).toBe(true)
})

test("waiting for the lock rejects with the signal's reason when it aborts", async () => {
  const first = await held(open())
  const abort = new AbortController()
  const second = open().while(abort.signal, async () => undefined)
  abort.abort(new Error('too late'))
  await expect(second).rejects.toThrow('too late')
  await first.release()
})

test('the lock is released when its process ends, even when it is killed', async () => {
  const program = `
    const { KernelLock } = await import(${JSON.stringify(new URL('kernel-lock.ts', import.meta.url).href)})
    const lock = new KernelLock(${JSON.stringify(path)}, 0o600)
    await lock.while(new AbortController().signal, () => new Promise(() => { console.log('held'); setInterval(() => {}, 1000) }))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The process ended before it held the lock.')))
  await Promise.race([once(child.stdout, 'data'), ended])
  ended.catch(() => undefined)
  expect(await open().ifFree(async () => undefined)).toBe(false)
  // Nor while the process is stopped: it may be about to write.
  child.kill('SIGSTOP')
  expect(await open().ifFree(async () => undefined)).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await open().ifFree(async () => undefined)).toBe(true)
})

test('a deleted lock file is created again and excludes again', async () => {
  const one = open()
  await one.while(never(), async () => undefined)
  await rm(path)
  const first = await held(one)
  expect(await open().ifFree(async () => undefined)).toBe(false)
  await first.release()
})

test('the lock file is empty and has the mode of the log', async () => {
  await open().while(never(), async () => undefined)
  expect([(await stat(path)).mode & 0o777, await readFile(path, 'utf8')]).toEqual([0o600, ''])
})

test('a symbolic link in place of the lock file is refused, and its target is not created', async () => {
  const elsewhere = join(folder, 'elsewhere')
  await symlink(elsewhere, path)
  await expect(open().while(never(), async () => undefined)).rejects.toThrow(`Cannot lock ${path}: it is not a file.`)
  await expect(stat(elsewhere)).rejects.toThrow(/ENOENT/)
})

test('another file in place of the lock file is left unchanged, and the error names it', async () => {
  await writeFile(path, 'something else'.repeat(100))
  await expect(open().while(never(), async () => undefined)).rejects.toThrow(`Cannot lock ${path}: `)
  expect(await readFile(path, 'utf8')).toBe('something else'.repeat(100))
})

test('if the lock file cannot be created, the error names lock: false', async () => {
  const nowhere = join(folder, 'missing', 'trail.log.lock')
  await expect(open(nowhere).while(never(), async () => undefined)).rejects.toThrow(/ENOENT\. .* lock: false\./)
})
