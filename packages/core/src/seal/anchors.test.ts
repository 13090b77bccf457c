import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { emptyRoot, formatCheckpoint } from '@audit/proof'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createAudit, defineEvents, fileJournal, noPayload } from '../index.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import { createReporter } from '../logger.ts'
import { manualClock } from '../testing/manual-clock.ts'
import type { Anchor, AnchoredCheckpoint } from './anchor.ts'
import { Anchors } from './anchors.ts'
import { fileAnchor } from './file-anchor.ts'

const checkpoint = (origin: string, size: number): AnchoredCheckpoint => ({
  origin,
  size,
  checkpoint: formatCheckpoint({ origin, size, root: emptyRoot() }),
})
const nowhere = { signal: new AbortController().signal }

function setUp(...anchors: readonly Anchor[]) {
  const clock = manualClock()
  const said: string[] = []
  const logger = { warn: (message: string) => said.push(message), error: (message: string) => said.push(message) }
  return { clock, said, anchors: new Anchors(anchors, clock, createReporter(logger, clock)) }
}

function recording(name: string, everyMs?: number) {
  const told: string[] = []
  const publish: Anchor['publish'] = async ({ origin, size }) => void told.push(`${origin} ${size}`)
  return { told, anchor: { name, publish, ...(everyMs && { everyMs }) } }
}

test('an anchor gets the latest checkpoint of each log, no more often than `everyMs`', async () => {
  const { told, anchor } = recording('slow', 60_000)
  const { clock, anchors } = setUp(anchor)
  anchors.publish(checkpoint('a', 1))
  await clock.advance(0)
  for (const size of [2, 3]) anchors.publish(checkpoint('a', size))
  anchors.publish(checkpoint('b', 7))
  await clock.advance(59_000)
  expect(told).toEqual(['a 1'])
  await clock.advance(1_000)
  await clock.advance(60_000)
  expect(told).toEqual(['a 1', 'a 3', 'b 7'])
})

test('an anchor that is down is reported, tried again, and does not affect the others', async () => {
  const { told, anchor } = recording('up')
  const down = recording('down')
  let isDown = true
  const failing: Anchor = {
    ...down.anchor,
    latest: async () => undefined,
    publish: (...given) => (isDown ? Promise.reject(new Error('secret')) : down.anchor.publish(...given)),
  }
  const { clock, said, anchors } = setUp(failing, anchor)
  anchors.publish(checkpoint('a', 1))
  await clock.advance(0)
  expect(told).toEqual(['a 1'])
  expect(anchors.problems).toEqual([
    expect.stringMatching(/^Anchor 'down' has not accepted checkpoints since 2026-01-01T00:00:00\.000Z: Error at .+\.$/),
  ])
  expect(said).toEqual(anchors.problems)
  isDown = false
  await clock.advance(5_000)
  expect(down.told).toEqual(['a 1'])
  expect(anchors.problems).toEqual([])
})

test('at the end, waiting checkpoints are published at once', async () => {
  const { told, anchor } = recording('slow', 60_000)
  const { clock, anchors } = setUp(anchor)
  anchors.publish(checkpoint('a', 1))
  await clock.advance(0)
  anchors.publish(checkpoint('a', 2))
  await anchors.close(nowhere.signal)
  expect(told).toEqual(['a 1', 'a 2'])
})

test('an anchor that never answers does not delay the end', async () => {
  const { anchors } = setUp({ name: 'stuck', publish: () => new Promise(() => undefined) })
  anchors.publish(checkpoint('a', 1))
  await anchors.close(AbortSignal.timeout(10))
})

test('the largest checkpoint of any anchor counts; an anchor that cannot return one is reported', async () => {
  const knows = (size: number): Anchor => ({ ...recording('knows').anchor, latest: async () => checkpoint('a', size).checkpoint })
  const broken: Anchor = { ...recording('broken').anchor, latest: async () => 'no checkpoint' }
  const { anchors, said } = setUp(recording('cannot').anchor, knows(3), knows(9), knows(5), broken)
  expect(await anchors.latest('a')).toMatchObject({ origin: 'a', size: 9 })
  expect(said).toEqual([
    "Anchor 'broken' could not return its checkpoint of 'a' (ProofError PROOF_MALFORMED); the log is not compared with it.",
  ])
})

test('a file anchor appends a line for each checkpoint, and returns the largest of each log', async () => {
  const path = join(temporaryDirectory(), 'anchor.ndjson')
  const anchor = fileAnchor({ path })
  expect(await anchor.latest!('a')).toBeUndefined()
  for (const [origin, size] of [
    ['a', 0],
    ['a', 5],
    ['b', 9],
    ['a', 3],
  ] as const)
    await anchor.publish(checkpoint(origin, size), nowhere)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  writeFileSync(path, '{"origin":"a","size":7,"checkp', { flag: 'a' })
  expect(await anchor.latest!('a')).toBe(checkpoint('a', 5).checkpoint)
  expect(await anchor.latest!('b')).toBe(checkpoint('b', 9).checkpoint)
  const [first] = readFileSync(path, 'utf8').split('\n')
  expect(JSON.parse(first!)).toEqual({ ...checkpoint('a', 0), at: expect.stringMatching(/^\d{4}-.*Z$/) })
})

test('a file anchor reads only the newest lines of a long file', async () => {
  const path = join(temporaryDirectory(), 'anchor.ndjson')
  const line = (origin: string, size: number) => `${JSON.stringify(checkpoint(origin, size))}\n`
  writeFileSync(path, line('gone', 9) + line('a', 1).repeat(12_000) + line('a', 2))
  expect(statSync(path).size).toBeGreaterThan(1 << 20)
  expect(await fileAnchor({ path }).latest!('a')).toBe(checkpoint('a', 2).checkpoint)
  expect(await fileAnchor({ path }).latest!('gone')).toBeUndefined()
})

test('a file anchor rejects if its file cannot be written', async () => {
  const path = join(temporaryDirectory(), 'missing', 'anchor.ndjson')
  await expect(fileAnchor({ path }).publish(checkpoint('a', 1), nowhere)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a file anchor refuses a FIFO or a device, which would block the process', async () => {
  const fifo = join(temporaryDirectory(), 'anchor')
  execFileSync('mkfifo', [fifo])
  for (const path of ['/dev/zero', fifo]) {
    const anchor = fileAnchor({ path })
    await expect(anchor.latest!('a')).rejects.toThrow(`The anchor '${path}' is not a regular file.`)
    await expect(anchor.publish(checkpoint('a', 1), nowhere)).rejects.toThrow()
  }
})

test.runIf(process.platform === 'linux')(
  'a file anchor syncs the directory of a file that it made, before the first line',
  async () => {
    const directory = realpathSync(temporaryDirectory())
    const path = join(directory, 'anchor')
    const synced: string[] = []
    const handle = await open(directory)
    const { sync, datasync } = Object.getPrototypeOf(handle) as Awaited<ReturnType<typeof open>>
    await handle.close()
    const watched = (call: typeof sync) =>
      function (this: { readonly fd: number }) {
        synced.push(`${readlinkSync(`/proc/self/fd/${this.fd}`)} ${existsSync(path) ? statSync(path).size : 'none'}`)
        return call.call(this as never)
      }
    vi.spyOn(Object.getPrototypeOf(handle), 'sync').mockImplementation(watched(sync))
    vi.spyOn(Object.getPrototypeOf(handle), 'datasync').mockImplementation(watched(datasync))
    onTestFinished(() => void vi.restoreAllMocks())
    const anchor = fileAnchor({ path })
    await anchor.publish(checkpoint('a', 1), nowhere)
    const { size } = statSync(path)
    expect(synced).toEqual([`${directory} 0`, `${path} ${size}`])
    await anchor.publish(checkpoint('a', 2), nowhere)
    expect(synced.slice(2)).toEqual([`${path} ${statSync(path).size}`])
  },
)

test.each(['"/var/anchor"', '/var/anchor\n'])('case 17: a file anchor refuses the path %j', (path) => {
  expect(() => fileAnchor({ path })).toThrow(/- path: (the path is in quotes|there is a line break in the path); remove/)
})

test('the path of a file anchor may be a link', async () => {
  const [file, link] = ['file', 'link'].map((name) => join(temporaryDirectory(), name)) as [string, string]
  writeFileSync(file, '')
  symlinkSync(file, link)
  await fileAnchor({ path: link }).publish(checkpoint('a', 1), nowhere)
  expect(await fileAnchor({ path: file }).latest!('a')).toBe(checkpoint('a', 1).checkpoint)
})

test('anchors that cannot return their latest checkpoint are a problem, because a rollback then goes unnoticed', () => {
  const { anchor } = recording('blind')
  expect(setUp(anchor).anchors.problems).toEqual([expect.stringContaining('No anchor can return its latest checkpoint')])
  expect(setUp(anchor, { ...anchor, latest: async () => undefined }).anchors.problems).toEqual([])
  expect(setUp().anchors.problems).toEqual([])
})

test('an anchor that cannot be opened is a problem until it can', async () => {
  let isThere = false
  const open = async () => {
    if (!isThere) throw new Error('no volume')
  }
  const anchor = { ...recording('away').anchor, open, latest: async () => undefined }
  const { anchors, said } = setUp(anchor)
  await expect(anchors.opened()).rejects.toMatchObject({ code: 'AUDIT_ANCHOR_FAILED' })
  expect(anchors.problems).toEqual([expect.stringMatching(/^Anchor 'away' has not accepted checkpoints since /)])
  expect(said).toEqual([...anchors.problems])
  isThere = true
  await anchors.opened()
  expect(anchors.problems).toEqual([])
})

test('an anchor that hangs when it is opened does not hold up ready() for ever', async () => {
  const anchor = { ...recording('hangs').anchor, open: () => new Promise<void>(() => undefined), latest: async () => undefined }
  const { clock, anchors } = setUp(anchor)
  const opened = anchors.opened()
  await Promise.all([expect(opened).rejects.toThrow('It did not open within 15000 ms'), clock.advance(15_000)])
})

test.runIf(existsSync('/proc/version')).each(['/proc/no/anchor', '/proc/version/anchor'])(
  "an audit whose anchor is '%s' is not ready, and its health says why",
  async (path) => {
    const journal = fileJournal({ directory: temporaryDirectory() })
    const logger = { warn: () => undefined, error: () => undefined }
    const events = defineEvents({ flag: { created: noPayload } })
    const audit = createAudit({ service: 'flags', events, journal, seal: 'unsigned', anchors: [fileAnchor({ path })], logger })
    onTestFinished(() => audit.close())
    await expect(audit.ready()).rejects.toMatchObject({ code: 'AUDIT_ANCHOR_FAILED', message: expect.stringContaining(path) })
    const { status, problems } = audit.health()
    expect(status).toBe('degraded')
    expect(problems).toEqual([expect.stringContaining(`Anchor 'file ${path}' has not accepted checkpoints since`)])
  },
)
