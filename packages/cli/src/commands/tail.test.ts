import { describe, expect, test } from 'vitest'
import type { AuditEvent } from '@audit/core'
import { changeLines, honestJournal, keys } from '../../test/honest-journal.ts'
import { openAudit, recordSome, temporaryDirectory } from '../../test/real-journal.ts'
import { runAudit } from '../../test/run-audit.ts'

async function trail() {
  const directory = temporaryDirectory()
  const audit = openAudit(directory)
  await recordSome(audit)
  return { directory, audit, tail: (...words: string[]) => runAudit(['tail', directory, ...words]) }
}

const json = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditEvent)

test('tail shows an actor without an id: anonymous, or how it was authenticated', async () => {
  const { audit, tail } = await trail()
  await audit.denied('flag:deleted', { target: 'a', reason: 'unauthenticated' })
  await audit.run({ actor: { authentication: 'token' } }, () =>
    audit.denied('flag:deleted', { target: 'b', reason: 'forbidden' }),
  )
  await audit.close()
  const { out } = await tail('--events', 'flag:*')
  expect(out).toMatch(/ flag\/a +by \(anonymous\) +reason unauthenticated/)
  expect(out).toMatch(/ flag\/b +by \(token\) +reason forbidden/)
})

describe('tail without events', () => {
  test('tail exits 3 for an empty directory', async () => {
    const directory = temporaryDirectory()
    expect(await runAudit(['tail', directory])).toEqual({
      code: 3,
      out: '',
      error: `audit tail: There is no log in '${directory}'.\n`,
    })
  })

  test.each([
    ['flga:*', "No event has the noun 'flga'; did you mean 'flag'?"],
    ['flag:delted', "No event has the verb 'delted'; did you mean 'deleted'?"],
    ['invoice:*,!audit:*', "No event has the noun 'invoice'.\n"],
  ])('%s reports that no event matches, and suggests a name', async (events, advice) => {
    const { tail } = await trail()
    const { code, out, error } = await tail('--events', events)
    expect([code, out]).toEqual([1, ''])
    expect(error).toMatch(/^audit tail: no event in '.*' matches\./)
    expect(error).toContain(advice)
  })

  test('tail reports that no event matches, without a suggestion for known names', async () => {
    const { tail } = await trail()
    expect(await tail('--events', 'flag:*', '--actor', 'ghost')).toMatchObject({
      code: 1,
      error: expect.stringMatching(/ matches\.\n$/),
    })
  })
})

describe('tail', () => {
  test('tail shows who did what to which target while the service runs, with control characters escaped', async () => {
    const { tail } = await trail()
    const { code, out, error } = await tail('--events', 'flag:*')
    expect([code, error]).toEqual([0, ''])
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/).slice(1))
    expect(rows).toEqual([
      ['success', 'flag:created', 'flag/flipt', 'by ada@example.com', 'tenant acme', expect.stringMatching(/^#\d$/)],
      [
        'success',
        'flag:created',
        'flag/\\u001b[31mdark\\u202e',
        'by ada@example.com',
        'tenant acme',
        expect.stringMatching(/^#\d$/),
      ],
      ['success', 'flag:deleted', 'flag/flipt', 'by u_2', expect.stringMatching(/^#\d$/)],
      ['denied', 'flag:deleted', 'flag/dark', 'by u_2', 'reason forbidden', expect.stringMatching(/^#\d$/)],
      ['attempted', 'flag:deleted', 'flag/dark', 'by u_2', expect.stringMatching(/^#\d$/)],
      ['success', 'flag:deleted', 'flag/dark', 'by u_2', expect.stringMatching(/^#\d$/)],
    ])
  })

  test('tail reads AUDIT_DIRECTORY, and hides audit:sealed by default', async () => {
    const { directory, audit } = await trail()
    await audit.close()
    const names = async (...words: string[]) =>
      json((await runAudit(['tail', '--json', ...words], { env: { AUDIT_DIRECTORY: directory } })).out).map(
        ({ type, action }) => `${type}:${action}`,
      )
    expect(await names()).toEqual(expect.arrayContaining(['audit:opened', 'flag:created', 'audit:closed']))
    expect(await names()).not.toContain('audit:sealed')
    expect(await names('--events', '*:*')).toContain('audit:sealed')
  })

  test('tail filters, limits and prints lines of JSON', async () => {
    const { tail } = await trail()
    const events = json((await tail('--json', '--actor', 'u_2', '--target', 'flag/dark', '--since', '1h')).out)
    expect(events.map(({ status }) => status)).toEqual(['denied', 'attempted', 'success'])
    expect(json((await tail('--json', '--limit', '2')).out)).toEqual(events.slice(1))
    expect(json((await tail('--json', '--tenant', 'acme', '--events', 'flag:*,!flag:deleted')).out)).toHaveLength(2)
    expect((await tail('--json', '--tenant', 'acme')).out).not.toContain('\u202e')
    expect((await tail('--until', '1h')).out).toBe('')
  })

  test('tail --follow continues until it is stopped', async () => {
    const { directory, audit } = await trail()
    const aborter = new AbortController()
    const seen: string[] = []
    const world = {
      signal: aborter.signal,
      out(line: string) {
        seen.push((JSON.parse(line) as AuditEvent).action)
        if (seen.length === 1) void audit.record('flag:created', { key: 'new' })
        if (seen.length === 2) aborter.abort()
      },
    }
    const { code } = await runAudit(['tail', directory, '--follow', '--json', '--limit', '1'], world)
    expect([code, seen]).toEqual([0, ['deleted', 'created']])
  })

  test.each([
    [['--events', 'flag'], 2, "'flag' has no verb"],
    [['--target', 'flag'], 2, "write 'type/id'"],
    [['--since', 'noon'], 2, 'since'],
    [['--limit', 'all'], 2, '--limit: give a whole number'],
    [['--follow', '--until', '1h'], 2, 'follow: it never ends'],
    [['another'], 2, "'another' is one argument too many"],
  ])('tail reports wrong arguments: %j', async (words, code, said) => {
    const { tail } = await trail()
    const ran = await tail(...words)
    expect([ran.code, ran.out]).toEqual([code, ''])
    expect(ran.error).toContain(said)
  })

  test('tail exits 3 for a directory that does not exist', async () => {
    const ran = await runAudit(['tail', `${temporaryDirectory()}/none`])
    expect([ran.code, ran.out]).toEqual([3, ''])
    expect(ran.error).toContain('cannot be read as a journal (ENOENT)')
  })
})

describe('tail and show with a key', () => {
  test('tail and show mark events that are not proven', async () => {
    const { root, log } = await honestJournal({ runs: [5] })
    changeLines(log, (line, at) => [at === 2 ? line.replace('event', 'evenT') : line])
    const { out } = await runAudit(['tail', root, '--key', keys.verifierKey])
    const marked = out
      .trimEnd()
      .split('\n')
      .filter((line) => line.endsWith('  not proven'))
    expect(marked.map((line) => /#(\d+)/.exec(line)?.[1])).toEqual(['2'])
    const shown = json((await runAudit(['tail', root, '--key', keys.verifierKey, '--json'])).out) as (AuditEvent & {
      proven: boolean
    })[]
    expect(shown.filter(({ proven }) => !proven).map(({ sequence }) => sequence)).toEqual([2])
    expect((await runAudit(['show', '2', root, '--key', keys.verifierKey])).out).toMatch(/ proven +false/)
    expect((await runAudit(['show', '1', root, '--key', keys.verifierKey])).out).toMatch(/ proven +true/)
    expect((await runAudit(['tail', root])).out).not.toMatch(/proven/)
  })

  test('tail marks the line that is shown if a log has a sequence twice', async () => {
    const { root, log } = await honestJournal({ runs: [5] })
    changeLines(log, (line, at) => (at === 2 ? [line, line.replace('event', 'evenT')] : [line]))
    const shown = json((await runAudit(['tail', root, '--key', keys.verifierKey, '--json'])).out) as (AuditEvent & {
      proven: boolean
    })[]
    const isChanged = ({ payload }: AuditEvent) => JSON.stringify(payload).includes('evenT')
    expect(shown.filter(isChanged)).toHaveLength(1)
    for (const event of shown) expect(event.proven).toBe(!isChanged(event))
  })
})
