import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSigningKey, parseVerifierKey } from '@audit/proof'
import { describe, expect, test } from 'vitest'
import { openAudit, recordSome, temporaryDirectory } from '../../test/real-journal.ts'
import { runAudit } from '../../test/run-audit.ts'

describe.each(['keygen', 'rotate-key'])('%s', (command) => {
  test(`${command} writes a signing key that only its owner can read, and prints only its verifier key`, async () => {
    const file = join(temporaryDirectory(), 'seal.key')
    const { code, out, error } = await runAudit([command, 'example.com/flags', '--out', file])
    expect(code).toBe(0)
    const text = readFileSync(file, 'utf8')
    expect(parseSigningKey(text.trim()).verifierKey).toBe(out.trim())
    expect(parseVerifierKey(out.trim()).name).toBe('example.com/flags')
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(out + error).not.toContain('PRIVATE')
    expect(error).toContain(`'${file}'`)
  })

  test(`${command} never overwrites a file`, async () => {
    const file = join(temporaryDirectory(), 'seal.key')
    writeFileSync(file, 'precious')
    const { code, out, error } = await runAudit([command, 'flags', '--out', file])
    expect([code, out]).toEqual([3, ''])
    expect(error).toContain('already exists')
    expect(readFileSync(file, 'utf8')).toBe('precious')
  })

  test(`${command} prints its result as JSON`, async () => {
    const file = join(temporaryDirectory(), 'seal.key')
    const { out } = await runAudit([command, 'flags', '--out', file, '--json'])
    expect(JSON.parse(out)).toMatchObject({ name: 'flags', file, verifierKey: expect.stringMatching(/^flags\+/) })
  })

  test.each([[[]], [['a b', '--out', 'x']], [['a+b', '--out', 'x']], [['', '--out', 'x']], [['a', 'b', '--out', 'x']]])(
    `${command} exits 2 for %j`,
    async (words) => expect((await runAudit([command, ...words])).code).toBe(2),
  )

  test(`${command} exits 3 if the directory does not exist`, async () => {
    const { code, error } = await runAudit([command, 'flags', '--out', join(temporaryDirectory(), 'none', 'seal.key')])
    expect(code).toBe(3)
    expect(error).toContain('ENOENT')
  })
})

test('keygen prints the signing key only when it is asked to', async () => {
  const { code, out } = await runAudit(['keygen', 'flags', '--print'])
  const [signingKey, verifierKey] = out.trim().split('\n')
  expect(code).toBe(0)
  expect(parseSigningKey(signingKey!).verifierKey).toBe(verifierKey)
  expect((await runAudit(['keygen', 'flags', '--print', '--out', 'x'])).code).toBe(2)
})

test('rotate-key needs a file, and prints the steps', async () => {
  expect((await runAudit(['rotate-key', 'flags'])).error).toContain('--out is missing')
  const { error } = await runAudit(['rotate-key', 'flags', '--out', join(temporaryDirectory(), 'new.key')])
  expect(error).toContain('both keys')
  expect(error).toMatch(/^4\. /m)
})

test('status shows the signing keys before, during and after a rotation', async () => {
  const directory = temporaryDirectory()
  const files = ['old.key', 'new.key'].map((name) => join(temporaryDirectory(), name)) as [string, string]
  await runAudit(['keygen', 'flags', '--out', files[0]])
  await runAudit(['rotate-key', 'flags', '--out', files[1]])
  const [old, fresh] = files.map((file) => {
    const { name, keyId } = parseSigningKey(readFileSync(file, 'utf8').trim())
    return `${name}+${keyId.toString(16).padStart(8, '0')}`
  })
  const signedBy: string[][] = []
  for (const keyFile of [[files[0]], [files[1], files[0]], [files[1]]]) {
    const audit = openAudit(directory, { seal: { keyFile } })
    await recordSome(audit)
    await audit.close()
    const { out } = await runAudit(['status', directory, '--json'])
    const logs = JSON.parse(out) as readonly { readonly checkpoint: { readonly signedBy: string[] } }[]
    expect(logs).toHaveLength(1)
    signedBy.push(logs[0]!.checkpoint.signedBy)
  }
  expect(signedBy.map((names) => names.toSorted())).toEqual([[old], [old, fresh].toSorted(), [fresh]])
})
