import { expect, test } from 'vitest'
import { changeLines, keys, temporaryDirectory } from '../../../test/honest-journal.ts'
import { signedLog } from '../../../test/signed-log.ts'
import { verifyTrail } from '../verify-trail.ts'

test('kept hashes after the last line do not count as recovered lines', async () => {
  const root = temporaryDirectory()
  const source = 'flags-api/vm/aaaaaaaa'
  const events = Array.from({ length: 10 }, (_, at) => ({ payload: { key: `event ${at}` } }))
  const log = (await signedLog(source, keys.signingKey, events)).writeTo(root)
  const payload = { source, reason: 'unauthenticated', from: 4, lines: 6 }
  const adopter = await signedLog('flags-api/vm/bbbbbbbb', keys.signingKey, [{ name: 'audit:recovered', payload }])
  adopter.writeTo(root)
  changeLines(log, (line, sequence) => (sequence < 6 ? [line] : []))
  const { sources } = await verifyTrail({ paths: [root], keys: [keys.verifierKey] })
  expect(sources.find((each) => each.source === source)?.counts).toMatchObject({ events: 6, proven: 4 })
})
