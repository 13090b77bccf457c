import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { changeLines, honestJournal, keepingSink, keys, temporaryDirectory } from '../../test/honest-journal.ts'
import { CommandError, UsageError, type Command, type CommandIo } from '../command.ts'
import { checkProofCommand } from './check-proof.ts'
import { proveCommand } from './prove.ts'
import { verifyCommand } from './verify.ts'

/** Runs a command with parsed arguments. */
async function run(
  command: Command,
  args: readonly string[],
  options: Record<string, string | true> = {},
  stdin: Readable = Readable.from([]),
) {
  const lines: string[] = []
  const errors: string[] = []
  const io: CommandIo = {
    stdin,
    out: (line) => lines.push(line),
    error: (line) => errors.push(line),
    isTerminal: false,
    progress: { update: () => undefined, end: () => undefined },
    now: Date.now,
    signal: new AbortController().signal,
    env: {},
  }
  const given = Object.entries(options)
  const code = await command.run(
    {
      positionals: args,
      flags: new Set(given.flatMap(([name, value]) => (value === true ? [name] : []))),
      values: new Map(given.flatMap(([name, value]) => (value === true ? [] : [[name, [value]] as const]))),
    },
    io,
  )
  return { code, lines, errors }
}

test('verify reports its findings as text and as JSON, and exits 0 or 1', async () => {
  const { root, log, source, anchor } = await honestJournal()
  const honest = await run(verifyCommand, [root], { key: keys.verifierKey, anchor })
  expect(honest).toMatchObject({ code: 0, errors: [] })
  const [name, id] = keys.verifierKey.split('+')
  expect(honest.lines).toEqual([
    `✔ ${source}  56 events, 0 to 55, sealed 0 to 55, signed by ${name}+${id}`,
    '',
    'Nothing is wrong, and everything is proven.',
    '56 events: all proven',
  ])
  const unchecked = await run(verifyCommand, [root])
  expect(unchecked.lines.slice(-2)).toEqual([
    'Signatures were not checked, since no --key was given.',
    '56 events: 0 proven, 56 not proven',
  ])

  changeLines(log, (line, at) => [at === 7 ? line.replace('event', 'evenT') : line])
  const tampered = await run(verifyCommand, [root], { key: keys.verifierKey })
  expect(tampered.code).toBe(1)
  expect(tampered.lines).toContain('  changed at 7: Event 7 differs from what was sealed.')
  expect(tampered.lines.slice(-2)).toEqual(['This trail differs from what was sealed.', '56 events: 55 proven, 1 wrong'])
  const { code, lines } = await run(verifyCommand, [root], { key: keys.verifierKey, json: true })
  expect([code, JSON.parse(lines.join('\n'))]).toMatchObject([
    1,
    { verdict: 'wrong', sources: [{ findings: [{ cause: 'changed', sequence: 7 }] }] },
  ])
})

test('verify reads standard input and key files, and reports an unsigned trail', async () => {
  const sink = keepingSink()
  await honestJournal({ seal: 'unsigned', sinks: [sink] })
  const stdin = Readable.from([Buffer.from(sink.lines.map((line) => `${line}\n`).join(''))])
  const { code, lines } = await run(verifyCommand, ['-'], {}, stdin)
  expect(code).toBe(0)
  expect(lines.at(-2)).toBe('Unsigned: anyone who can write the files could have forged all of it.')
  const { root } = await honestJournal()
  const file = join(temporaryDirectory(), 'seal.pub')
  writeFileSync(file, `# flags-api\n${keys.verifierKey}\n`)
  expect((await run(verifyCommand, [root], { key: file })).code).toBe(0)
})

test.each([
  [['-', 'more'], {}, UsageError, /either - for standard input/],
  [['.'], { key: 'nothing' }, UsageError, /neither a verifier key .* nor a file/],
  [['.'], { key: `${keys.verifierKey.slice(0, -2)}x=` }, UsageError, /^--key: This is not a verifier key/],
  [['/no/such/journal'], {}, CommandError, "There is no '/no/such/journal'."],
  [[import.meta.dirname], {}, CommandError, /contains no log/],
] as const)('verify rejects %j %j', async (args, options, type, said) => {
  const thrown: unknown = await run(verifyCommand, args, options).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(type)
  expect((thrown as Error).message).toMatch(said)
})

test('verify never shows a signing key that was given by mistake', async () => {
  const file = join(temporaryDirectory(), 'seal.key')
  writeFileSync(file, keys.signingKey)
  for (const key of [keys.signingKey, file]) {
    const thrown = await run(verifyCommand, ['.'], { key }).catch((error: Error) => error)
    expect(String((thrown as Error).message)).toBe('--key: this is a signing key, which must stay secret. Give the verifier key.')
  }
})

test('prove writes two files, and check-proof accepts only these', async () => {
  const { root, log, source } = await honestJournal()
  const out = join(temporaryDirectory(), 'event')
  const proven = await run(proveCommand, ['7'], { journal: root, out, json: true })
  expect([proven.code, JSON.parse(proven.lines[0]!)]).toMatchObject([0, { source, sequence: 7, size: 56 }])
  const files = [`${out}.tlog-proof`, `${out}.json`]
  const checked = await run(checkProofCommand, files, { key: keys.verifierKey })
  expect(checked.code).toBe(0)
  expect(checked.lines[0]).toBe(`Proven: this event is number 7 of ${source}, exactly as it was sealed.`)
  writeFileSync(files[1]!, '{"type":"flag"}\n')
  const refused = await run(checkProofCommand, files, { key: keys.verifierKey, json: true })
  expect([refused.code, JSON.parse(refused.lines[0]!)]).toMatchObject([1, { ok: false, code: 'PROOF_MISMATCH' }])

  await expect(run(proveCommand, ['7'], { journal: root, out })).rejects.toThrow(/already exists/)
  expect(await run(proveCommand, ['900'], { journal: root })).toMatchObject({
    code: 1,
    errors: [`There is no event 900 in '${root}'.`],
  })
  await expect(run(proveCommand, [], {})).rejects.toThrow(UsageError)
  await expect(run(proveCommand, ['7'], { journal: '/no/such' })).rejects.toThrow(/cannot be read \(ENOENT\)/)
  await expect(run(checkProofCommand, files, {})).rejects.toThrow(/Give --key/)
  await expect(run(checkProofCommand, [files[0]!], {})).rejects.toThrow(UsageError)
  await expect(run(checkProofCommand, ['/no/such', files[1]!], { key: keys.verifierKey })).rejects.toThrow(/cannot be read/)
  rmSync(join(log, 'checkpoint'))
  await expect(run(proveCommand, ['7'], { journal: root, out: `${out}-2` })).rejects.toThrow(/has no checkpoint/)
})
