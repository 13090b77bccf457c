import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { keys, temporaryDirectory } from '../../test/honest-journal.ts'
import { runAudit } from '../../test/run-audit.ts'
import { signedLog } from '../../test/signed-log.ts'

const source = 'flags-api/vm/aaaaaaaa'

async function provenEvent(id?: string) {
  const directory = temporaryDirectory()
  const log = await signedLog(source, keys.signingKey, [{ ...(id !== undefined && { id }) }])
  const root = log.writeTo(join(directory, 'journal'))
  return { directory, root }
}

test('check-proof prints no control character of a key name', async () => {
  const { directory, root } = await provenEvent()
  const name = join(directory, 'event')
  await runAudit(['prove', '0', root, '--out', name])
  const proof = readFileSync(`${name}.tlog-proof`, 'utf8')
  const signature = Buffer.concat([Buffer.from('abcd'), Buffer.alloc(64)]).toString('base64')
  writeFileSync(`${name}.tlog-proof`, proof.replace(/— .*\n/, `— evil\u202e\u2066x ${signature}\n`))
  const { code, out } = await runAudit(['check-proof', `${name}.tlog-proof`, `${name}.json`, '--key', keys.verifierKey])
  expect(code).toBe(1)
  expect(out).toContain('evil\\u202e\\u2066x')
  expect(out).not.toMatch(/\p{Cf}/u)
})

test('prove writes its files in the current directory, even if the id of the event is a path', async () => {
  const { directory, root } = await provenEvent('../elsewhere/x')
  const before = process.cwd()
  onTestFinished(() => process.chdir(before))
  process.chdir(directory)
  expect(await runAudit(['prove', '0', root, '--json'])).toMatchObject({ code: 0, error: '' })
  expect(existsSync(join(directory, 'event-0.tlog-proof'))).toBe(true)
})
