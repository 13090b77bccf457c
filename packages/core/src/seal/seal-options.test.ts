import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSigner, generateKeyPair } from '@audit/proof'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import type { Anchor } from './anchor.ts'
import { resolveSeal, type SealOptions } from './seal-options.ts'

const { signingKey, verifierKey } = generateKeyPair('flags-api')
const other = generateKeyPair('flags-api')

function resolved(given: unknown, anchors: readonly unknown[] = []) {
  const problems: string[] = []
  const seal = resolveSeal(
    given as SealOptions,
    anchors as Anchor[],
    (systemEvent, problem) => systemEvent || problems.push(problem),
  )
  return { seal, problems }
}

test('one key signs, and several keys all sign', () => {
  expect(resolved({ key: signingKey }).seal?.signers.map((signer) => signer.verifierKey)).toEqual([verifierKey])
  const signer = createSigner('kms', Buffer.alloc(32, 1), () => Buffer.alloc(64))
  const { seal, problems } = resolved({ key: [signingKey, ` ${other.signingKey}\n`, signer] })
  expect(problems).toEqual([])
  expect(seal?.signers.map((one) => one.verifierKey)).toEqual([verifierKey, other.verifierKey, signer.verifierKey])
})

test.each([undefined, 'unsigned'])('without a key checkpoints are unsigned (%s)', (given) => {
  expect(resolved(given)).toEqual({ seal: { signers: [], anchors: [] }, problems: [] })
})

test('seal: false means no seal, and nothing to anchor', () => {
  expect(resolved(false)).toEqual({ seal: undefined, problems: [] })
  expect(resolved(false, [{ name: 'a', publish() {} }]).problems).toEqual([
    'anchors: with seal: false there are no checkpoints to anchor; remove one of them',
  ])
})

test.each([
  [{ key: undefined }, /^seal\.key: it is empty/],
  [{ key: '' }, /^seal\.key: it is empty/],
  [{ key: [signingKey, undefined] }, /^seal\.key\[1\]: it is empty/],
  [{ key: verifierKey }, /^seal\.key: This is not a signing key/],
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

describe('a file with a key', () => {
  /** As Kubernetes mounts a Secret: a link to a link to the file. */
  function mounted(mode: number): string {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, '..2026_11_29'))
    writeFileSync(join(directory, '..2026_11_29', 'seal.key'), `${signingKey}\n`)
    chmodSync(join(directory, '..2026_11_29', 'seal.key'), mode)
    symlinkSync('..2026_11_29', join(directory, '..data'))
    symlinkSync(join('..data', 'seal.key'), join(directory, 'seal.key'))
    return join(directory, 'seal.key')
  }

  test.each([0o400, 0o600, 0o440, 0o640])('case 07: a key file is accepted with mode %o', (mode) => {
    const { seal, problems } = resolved({ keyFile: mounted(mode) })
    expect(problems).toEqual([])
    expect(seal?.signers.map((signer) => signer.verifierKey)).toEqual([verifierKey])
  })

  test.each([
    [0o644, 'can be read by all users'],
    [0o444, 'can be read by all users'],
    [0o604, 'can be read by all users'],
    [0o660, 'can be written by other users'],
    [0o602, 'can be written by other users'],
    [0o666, 'can be written by other users'],
  ])('case 07: a key file is refused with mode %o', (mode, reason) => {
    const file = mounted(mode)
    const { seal, problems } = resolved({ keyFile: file })
    expect(problems[0]).toBe(`seal.keyFile: '${file}' ${reason}; run chmod 600 on it, and consider a new key`)
    expect(seal?.signers).toEqual([])
  })

  test('a folder, a pipe or a device is refused without waiting for it', () => {
    const directory = temporaryDirectory()
    execFileSync('mkfifo', ['-m', '600', join(directory, 'pipe')])
    for (const path of [directory, join(directory, 'pipe'), '/dev/zero'])
      expect(resolved({ keyFile: path }).problems[0]).toBe(`seal.keyFile: '${path}' is not a file`)
  })
})

test('an anchor without a name or publish() is refused', () => {
  expect(resolved('unsigned', [{ name: 'a', publish() {} }]).problems).toEqual([])
  expect(resolved('unsigned', [{ publish() {} }, 'file']).problems).toHaveLength(2)
})
