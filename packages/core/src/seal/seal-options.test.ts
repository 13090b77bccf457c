import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSigner, generateKeyPair } from '@audit/proof'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import type { Anchor } from './anchor.ts'
import { resolveSeal, type SealOptions } from './seal-options.ts'

const { signingKey, verifierKey } = generateKeyPair('flags-api')
const other = generateKeyPair('flags-api')

function resolved(given: unknown, anchors: readonly unknown[] = []) {
  const problems: string[] = []
  const seal = resolveSeal(given as SealOptions, anchors as Anchor[], (fact, problem) => fact || problems.push(problem))
  return { seal, problems }
}

test('a key signs, and of several all of them', () => {
  expect(resolved({ key: signingKey }).seal?.signers.map((signer) => signer.verifierKey)).toEqual([verifierKey])
  const signer = createSigner('kms', Buffer.alloc(32, 1), () => Buffer.alloc(64))
  const { seal, problems } = resolved({ key: [signingKey, ` ${other.signingKey}\n`, signer] })
  expect(problems).toEqual([])
  expect(seal?.signers.map((one) => one.verifierKey)).toEqual([verifierKey, other.verifierKey, signer.verifierKey])
})

test.each([undefined, 'unsigned'])('without a key nobody signs (%s)', (given) => {
  expect(resolved(given)).toEqual({ seal: { signers: [], anchors: [] }, problems: [] })
})

test('false is no seal at all, and has nothing to anchor', () => {
  expect(resolved(false)).toEqual({ seal: undefined, problems: [] })
  expect(resolved(false, [{ name: 'a', publish() {} }]).problems).toEqual([
    'anchors: there is nothing to anchor with seal: false',
  ])
})

test.each([
  [{ key: undefined }, /^seal\.key: it is empty/],
  [{ key: '' }, /^seal\.key: it is empty/],
  [{ key: [signingKey, undefined] }, /^seal\.key\[1\]: it is empty/],
  [{ key: verifierKey }, /^seal\.key: This is no signing key/],
  [{ key: {} }, /^seal\.key: give a signing key, or a signer/],
  [{}, /^seal: give a key or a keyFile/],
  [{ everyMs: 5_000 }, /^seal: give a key or a keyFile/],
  [{ keyFile: undefined }, /^seal\.keyFile: give the path/],
  [{ keyFile: '/no/such/file' }, /^seal\.keyFile: '\/no\/such\/file' cannot be read \(ENOENT\)/],
  [true, /^seal: give \{ key \}/],
])('%j is an error, and never an unsigned seal', (given, said) => {
  const { problems } = resolved(given)
  expect(problems[0]).toMatch(said)
  expect(JSON.stringify(problems)).not.toContain(signingKey.slice(-20))
})

test('a file with a key is for its owner alone', () => {
  const file = join(temporaryDirectory(), 'seal.key')
  writeFileSync(file, `${signingKey}\n`, { mode: 0o600 })
  expect(resolved({ keyFile: file }).seal?.signers.map((signer) => signer.verifierKey)).toEqual([verifierKey])
  chmodSync(file, 0o640)
  expect(resolved({ keyFile: file }).problems).toEqual([
    `seal.keyFile: others may read '${file}'; run chmod 600 on it, and think about drawing a new key`,
  ])
})

test('an anchor has a name and publishes', () => {
  expect(resolved('unsigned', [{ name: 'a', publish() {} }]).problems).toEqual([])
  expect(resolved('unsigned', [{ publish() {} }, 'file']).problems).toHaveLength(2)
})
