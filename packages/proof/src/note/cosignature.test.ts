import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { cosign } from '../../test/cosign.ts'
import { refusal } from '../../test/refusal.ts'
import { openCheckpoint } from '../checkpoint.ts'
import { openNote, parseNote, signNote } from './signed-note.ts'
import { generateKeyPair, parseSigningKey } from './signing-key.ts'
import { cosignatureTime, formatVerifierKey, parseVerifierKey } from './verifier-key.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
const verifier = parseVerifierKey(formatVerifierKey('witness.example.com/w1', raw, 'cosignature'))
const witness = { name: verifier.name, keyId: verifier.keyId, privateKey }
const log = generateKeyPair('example.com/log')
const origin = 'example.com/log'
const text = `${origin}\n7\n${Buffer.alloc(32, 1).toString('base64')}\n`
const trusted = { origin, verifiers: [parseVerifierKey(log.verifierKey), verifier] }
const signed = await signNote(text, [parseSigningKey(log.signingKey)])

describe('a real checkpoint with the cosignatures of four witnesses', () => {
  const note = `arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
`
  const logKey = 'arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f'
  const witnesses = [
    'transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM',
    'witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO',
    'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2',
    'witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv',
  ]
  const real = { origin: 'arche2025h1.staging.ct.transparency.dev', verifiers: [logKey, ...witnesses].map(parseVerifierKey) }

  test('a checkpoint with four cosignatures opens, with the signers and their times', () => {
    const { size, note: opened } = openCheckpoint(note, real)
    expect(size).toBe(1_432_088_532)
    expect(opened.verified.map(({ verifier: { type } }) => type)).toEqual(['ed25519', ...witnesses.map(() => 'cosignature')])
    const times = opened.verified.slice(1).map(({ signature }) => cosignatureTime(signature))
    expect(new Set(times)).toEqual(new Set([1_779_573_024n]))
    // The log's signature of an unsupported type, under the name of the log.
    expect(opened.unknown.map(({ name, keyId }) => [name, keyId])).toEqual([[real.origin, 0xcd_33_3c_b1]])
  })

  test('a cosigned checkpoint with any signed part changed is refused', () => {
    expect(refusal(() => openCheckpoint(note.replace('1432088532', '1432088533'), real))).toBe('PROOF_BAD_SIGNATURE')
    expect(refusal(() => openNote(note.replace('1432088532', '1432088533'), real.verifiers.slice(1)))).toBe('PROOF_BAD_SIGNATURE')
    expect(refusal(() => openNote(note.replace('AAAABqEiEgPlf', 'AAAABqEiEhPlf'), real.verifiers))).toBe('PROOF_BAD_SIGNATURE')
  })
})

describe('a cosignature', () => {
  test('a cosignature has its own type and a time', () => {
    const { note } = openCheckpoint(signed + cosign(text, 1_700_000_000n, witness), trusted)
    expect(note.verified.map((each) => [each.verifier.type, cosignatureTime(each.signature)])).toEqual([
      ['ed25519', undefined],
      ['cosignature', 1_700_000_000n],
    ])
  })

  test('a checkpoint that only a witness signed is refused', () => {
    const note = `${text}\n${cosign(text, 1n, witness)}`
    expect(openNote(note, [verifier]).verified.length).toBe(1)
    expect(refusal(() => openCheckpoint(note, trusted))).toBe('PROOF_UNSIGNED')
    expect(() => openCheckpoint(note, trusted)).toThrow('Witnesses have signed this checkpoint, but the log has not.')
  })

  test('a cosignature covers lines after the third', () => {
    const longer = `${text}extension\n`
    expect(openNote(`${longer}\n${cosign(longer, 1n, witness)}`, [verifier]).text).toBe(longer)
    expect(refusal(() => openNote(`${longer}\n${cosign(text, 1n, witness)}`, [verifier]))).toBe('PROOF_BAD_SIGNATURE')
  })

  test('a cosignature is not accepted as a log signature of the same key, nor the reverse', async () => {
    const line = cosign(text, 1n, witness)
    const bytes = parseNote(`${text}\n${line}`).signatures[0]!.signature
    const asLog = parseVerifierKey(formatVerifierKey('witness.example.com/w1', raw))
    expect(verifier.verify(text, bytes)).toBe(true)
    expect([asLog.verify(text, bytes), asLog.verify(text, bytes.subarray(8))]).toEqual([false, false])
    const logSignature = parseNote(signed).signatures[0]!.signature
    const logAsWitness = parseVerifierKey(
      formatVerifierKey('w', Buffer.from(log.verifierKey.slice(-44), 'base64').subarray(1), 'cosignature'),
    )
    expect([
      logAsWitness.verify(text, logSignature),
      logAsWitness.verify(text, Buffer.concat([Buffer.alloc(8), logSignature])),
    ]).toEqual([false, false])
  })

  test.each([0n, 1n, 1_700_000_000n, 2n ** 63n - 1n])('a cosignature of second %s is accepted', (time) => {
    expect(openNote(`${text}\n${cosign(text, time, witness)}`, [verifier]).verified.length).toBe(1)
  })

  test('a cosignature with a time beyond 2^63 - 1 is refused', () => {
    expect(refusal(() => openNote(`${text}\n${cosign(text, 2n ** 63n, witness)}`, [verifier]))).toBe('PROOF_BAD_SIGNATURE')
  })

  test.each([0, 8, 63, 64, 71, 73])('a cosignature of %i bytes is refused', (length) => {
    expect(cosignatureTime(Buffer.alloc(length))).toBeUndefined()
    expect(verifier.verify(text, Buffer.alloc(length))).toBe(false)
  })

  test('the time of a cosignature is read: a vector of transparency-dev', () => {
    const line = 'ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA=='
    expect(cosignatureTime(Buffer.from(line, 'base64').subarray(4))).toBe(1_727_964_367n)
  })
})
