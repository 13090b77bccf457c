import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createAudit } from '../create-audit.ts'
import { defineEvents } from '../event/catalog.ts'
import { memoryJournal } from '../journal/memory-journal.ts'
import { redactedHash } from '../enrich/field-hash.ts'
import { memorySink } from '../sink/memory-sink.ts'
import { checkRedaction } from './check-redaction.ts'
import { OptionChecks } from '../option-checks.ts'

const hashKey = 'planted-key-5d2f-planted'

test.each<[object | undefined, RegExp | undefined]>([
  [undefined, undefined],
  [{}, undefined],
  [{ keys: ['badge'] }, undefined],
  [{ hash: ['email', '/owner/phone', 'iban'], hashKey }, undefined],
  [{ hash: ['email'], hashKey: Buffer.alloc(16) }, undefined],
  [{ keys: 'badge' }, /^redaction\.keys: /],
  [{ hash: 'email', hashKey }, /^redaction\.hash: give a list/],
  [{ hash: [''], hashKey }, /^redaction\.hash: give a list/],
  [{ hash: ['email', 7], hashKey }, /^redaction\.hash: give a list/],
  [{ hash: ['/*'], hashKey }, /'\/\*' names no field/],
  [{ hash: ['email'] }, /^redaction\.hashKey: hash needs a key/],
  [{ hash: ['email'], hashKey: undefined }, /^redaction\.hashKey: hash needs a key/],
  [{ hash: ['email'], hashKey: '' }, /^redaction\.hashKey: give a secret of at least 16 bytes/],
  [{ hash: ['email'], hashKey: 'planted-5d2f' }, /^redaction\.hashKey: give a secret of at least 16 bytes/],
  [{ hash: ['email'], hashKey: Buffer.from('planted-5d2f') }, /^redaction\.hashKey: give a secret of at least 16 bytes/],
  [{ hash: ['email'], hashKey: 1234567890123456 }, /^redaction\.hashKey: give a secret of at least 16 bytes/],
  [{ hashKey }, /^redaction\.hash: hashKey is set, but no fields/],
  [{ hash: ['newPassword'], hashKey }, /'newPassword' names a password/],
  [{ hash: ['/login/pin'], hashKey }, /'pin' names a password/],
  [{ hash: ['/tokens/*'], hashKey }, /'tokens' names a password/],
  [{ hash: ['badge_number'], keys: ['badgeNumber'], hashKey }, /'badge_number' is in keys as well/],
  [{ hashkey: hashKey }, /^redaction\.hashkey: there is no such option; did you mean 'hashKey'/],
])('the options of redaction are checked: %j', (options, problem) => {
  const checks = new OptionChecks()
  checkRedaction(options, checks)
  expect(checks.problems).toEqual(problem ? [expect.stringMatching(problem)] : [])
  expect(checks.problems.join()).not.toContain('planted')
})

test('a hashed value can be searched for, and neither value nor key is recorded anywhere', async () => {
  const events = defineEvents({ user: { changed: z.object({ email: z.string(), age: z.number(), name: z.string() }) } })
  const said: string[] = []
  const log = (line: string) => void said.push(line)
  const sink = memorySink()
  const options = { service: 'test', events, journal: memoryJournal(), sinks: [sink], logger: { warn: log, error: log } }
  const audit = createAudit({ ...options, redaction: { hash: ['email', 'age'], hashKey } })
  const before = { email: 'ada@example.org', age: 36, name: 'Ada' }
  await audit.run({ actor: { authentication: 'oidc', email: 'ada@example.org' } }, () =>
    audit.record('user:changed', { email: 'ada@example.com', age: 36, name: 'Ada' }, { before }),
  )
  await audit.flush()
  const hash = (value: string | number, field: string) => redactedHash(value, { hashKey, field })
  expect(sink.events.at(-1)).toMatchObject({
    metadata: { actor: { email: hash('ada@example.org', 'email') } },
    payload: { email: hash('ada@example.com', 'email'), age: hash(36, 'age'), name: 'Ada' },
    changes: [{ path: '/email', from: hash('ada@example.org', 'email'), to: hash('ada@example.com', 'email') }],
  })
  const everything = inspect([audit, audit.health(), audit.stats(), sink.events, said], { depth: 12, showHidden: true })
  expect(everything).not.toMatch(/planted|ada@example/)
  await audit.close()
})
