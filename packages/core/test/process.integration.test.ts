import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from './temporary-directory.ts'

// The output and the exit of a process can only be seen from outside.

function run(program: string) {
  const imports = `
    import { createAudit, defineEvents, memoryJournal, memorySink } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}
    const schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
    const events = defineEvents({ flag: { created: schema, deleted: { payload: schema, failMode: 'closed' } } })
    const fail = async () => { throw new Error('secret in a message') }`
  return spawnSync(process.execPath, ['--input-type=module', '-e', `${imports}\n${program}`], {
    encoding: 'utf8',
  })
}

test('without options, a failing sink is reported on stderr once, and without its message', () => {
  const { stderr, status } = run(`
    const audit = createAudit({ service: 'test', events, journal: memoryJournal(), sinks: [{ name: 'bad', write: fail }] })
    for (let index = 0; index < 1000; index++) void audit.record('flag:created', { index })
    await audit.flush({ timeoutMs: 1500 }).catch(() => undefined)
    await audit.close({ timeoutMs: 100 })`)
  expect(stderr.match(/Sink 'bad' failed: Error at /g)).toHaveLength(1)
  expect(stderr).toMatch(/1002 events were not delivered to sink 'bad' and are lost/)
  expect(stderr).not.toContain('secret')
  expect(status).toBe(0)
})

describe('not awaiting record() never crashes the process', () => {
  test.each([
    ['an unknown name', `void audit.record('flag:creatd', {})`],
    ['a closed audit', `await audit.close(); void audit.record('flag:created', {})`],
    ['a closed event and a journal that is down', `void audit.record('flag:deleted', {})`],
    [
      'a payload that cannot be read',
      `void audit.record('flag:created', new Proxy({}, { ownKeys() { throw new Error('no') } }))`,
    ],
    ['an attempt that cannot be begun', `void audit.begin('flag:deleted')`],
  ])('%s', (_, call) => {
    const { status, stdout, stderr } = run(`
      const down = { ...memoryJournal(), open: async () => {}, append: fail, cursor: fail, status: () => ({ state: 'unavailable', durability: 'disk', end: 0 }), close: async () => {} }
      const audit = createAudit({ service: 'test', events, journal: down, maxWaitMs: 50 })
      ${call}
      setTimeout(() => console.log('alive'), 300)`)
    expect(stdout, stderr).toBe('alive\n')
    expect(status).toBe(0)
  })
})

test('a script that ends without close() has delivered, and is not kept alive', () => {
  const { stdout, stderr, status } = run(`
    const audit = createAudit({ service: 'test', events, journal: memoryJournal(), sinks: [{ name: 'out', write: async ({ events }) => console.log(events.length) }] })
    await audit.record('flag:created', {})`)
  expect([stdout, status]).toEqual(['2\n', 0])
  expect(stderr).toBe('')
})

test.each([
  ['a recorder', 'auditRecorder({ events })'],
  ['a recorder with a sink', 'auditRecorder({ events, sinks: [memorySink()] })'],
  ['a memory journal', `createAudit({ service: 'test', events, journal: memoryJournal(), sinks: [memorySink()] })`],
  ['a file journal', `createAudit({ service: 'test', events, journal: fileJournal({ directory }), sinks: [memorySink()] })`],
])('%s that is not closed holds no handle, which Jest would report', (_, made) => {
  const { stdout, status } = run(`
    import { fileJournal } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}
    import { auditRecorder } from ${JSON.stringify(new URL('../dist/testing/index.js', import.meta.url).href)}
    const directory = ${JSON.stringify(temporaryDirectory())}
    const audit = ${made}
    await audit.record('flag:created', {})
    const timers = process.getActiveResourcesInfo().filter((kind) => /Timeout|Immediate/.test(kind))
    console.log(JSON.stringify(timers))`)
  expect([stdout, status]).toEqual(['[]\n', 0])
})

test('a script with a file journal that ends without close() has delivered as well', () => {
  const { stdout, status } = run(`
    import { fileJournal } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}
    const journal = fileJournal({ directory: ${JSON.stringify(temporaryDirectory())} })
    const audit = createAudit({ service: 'test', events, journal, sinks: [{ name: 'out', write: async ({ events }) => console.log(events.length) }] })
    await audit.record('flag:created', {})`)
  expect([stdout, status]).toEqual(['2\n', 0])
})

test('a failing sink does not keep a process running that was not closed', () => {
  const { stderr, status } = run(`
    const audit = createAudit({ service: 'test', events, journal: memoryJournal(), sinks: [{ name: 'bad', write: fail }] })
    await audit.record('flag:created', {})`)
  expect(stderr).toMatch(/2 events were not delivered to sink 'bad' and are lost\./)
  expect(status).toBe(0)
})

test('a process that exits early reports its lost events on stderr', () => {
  const { stderr } = run(`
    const audit = createAudit({ service: 'test', events, journal: memoryJournal(), sinks: [{ name: 'slow', write: () => new Promise(() => {}) }] })
    await audit.record('flag:created', {})
    process.exit(0)`)
  expect(stderr).toMatch(/The process ends without close\(\)\. 2 events were not delivered to sink 'slow' and are lost\./)
})

test('a hundred audits in a process cause no warning about listeners', () => {
  const { stderr } = run(`
    const audits = Array.from({ length: 100 }, () => createAudit({ service: 'test', events, journal: memoryJournal(), logger: { warn() {}, error() {} } }))
    for (const audit of audits) await audit.close()`)
  expect(stderr).toBe('')
})
