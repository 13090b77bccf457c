import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair } from '@audit/proof'
import { expect, test } from 'vitest'
import { honestJournal, keys, temporaryDirectory } from '../../test/honest-journal.ts'
import { signedLog } from '../../test/signed-log.ts'
import { checkProof } from './check-proof.ts'
import { findEvents } from './find-event.ts'
import { proveEvent } from './prove-event.ts'

test('every event of a log can be proven by its id or sequence, without the others', async () => {
  const { log, source } = await honestJournal({ runs: [3, 2] })
  for (let sequence = 0; sequence < 11; sequence++) {
    const [event, ...others] = await findEvents([log], sequence)
    expect(others).toEqual([])
    expect(await findEvents([log], event!.id)).toEqual([event])
    const { proof } = await proveEvent(event!)
    const text = event!.entry.toString()
    expect(checkProof(proof, Buffer.from(`${text}\n`), [keys.verifierKey])).toMatchObject({ origin: source, sequence, size: 11 })
    expect(() =>
      checkProof(proof, Buffer.from(text.replace('event', 'evenT').replace('audit', 'audIt')), [keys.verifierKey]),
    ).toThrow(/not in the tree/)
    expect(() =>
      checkProof(proof.replace(`index ${sequence}`, `index ${sequence + 1}`), event!.entry, [keys.verifierKey]),
    ).toThrow()
    expect(() => checkProof(proof, event!.entry, [generateKeyPair('flags-api').verifierKey])).toThrow(/None of the known keys/)
    expect(() => checkProof(proof, event!.entry, [])).toThrow(/None of the known keys/)
  }
  expect(await findEvents([log], 11)).toEqual([])
  expect(await findEvents([log], 'flag')).toEqual([])
})

test('an event that is unsealed, unsigned or changed cannot be proven', async () => {
  const { log } = await honestJournal({ runs: [3] })
  const [event] = await findEvents([log], 2)
  await expect(proveEvent({ ...event!, sequence: 900 })).rejects.toThrow(
    'Event 900 is not sealed yet: the checkpoint covers 6 events. Wait a second.',
  )
  await expect(proveEvent({ ...event!, entry: Buffer.from('{}') })).rejects.toThrow(/^Event 2 differs from what was sealed/)
  const checkpoint = readFileSync(join(log, 'checkpoint'), 'utf8')
  writeFileSync(join(log, 'checkpoint'), checkpoint.slice(0, checkpoint.indexOf('\n\n') + 1))
  await expect(proveEvent(event!)).rejects.toThrow(/without a key/)
  await expect(proveEvent({ ...event!, directory: '/nowhere' })).rejects.toThrow(/has no checkpoint/)
})

test('an event with other bytes is not proven, even if they decode to the same text', async () => {
  const source = 'flags-api/vm/aaaaaaaa'
  const sealed = await signedLog(source, keys.signingKey, [{ payload: { key: 'caf\uFFFD' } }])
  const [event] = await findEvents([sealed.writeTo(temporaryDirectory())], 0)
  const { proof } = await proveEvent(event!)
  expect(checkProof(proof, event!.entry, [keys.verifierKey])).toMatchObject({ origin: source, sequence: 0 })
  const at = event!.entry.indexOf('\uFFFD')
  const other = Buffer.concat([event!.entry.subarray(0, at), Buffer.of(0xff), event!.entry.subarray(at + 3)])
  expect(other.toString()).toBe(event!.entry.toString())
  expect(() => checkProof(proof, other, [keys.verifierKey])).toThrow(/not in the tree/)
})
