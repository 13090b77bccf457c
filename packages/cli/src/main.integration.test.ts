import { spawn, spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { honestJournal, keys } from '../test/honest-journal.ts'
import { openAudit, recordSome, temporaryDirectory } from '../test/real-journal.ts'

// Runs the built program in its own process.

const program = fileURLToPath(new URL('../dist/main.cjs', import.meta.url))
const ESCAPE = '\u001b'
const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env

function audit(words: readonly string[], more: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', env: { ...env, ...more } })
}

async function journal(): Promise<string> {
  const directory = temporaryDirectory()
  const running = openAudit(directory)
  await recordSome(running)
  await running.close()
  return directory
}

test('the built program exists and prints its version', () => {
  expect(existsSync(program)).toBe(true)
  expect(audit(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('the process exits with the code of the command, and prints errors on standard error', async () => {
  const directory = await journal()
  expect(audit(['tail'], { AUDIT_DIRECTORY: directory })).toMatchObject({ status: 0, stderr: '' })
  expect(audit(['show', '99999', directory])).toMatchObject({ status: 1, stdout: '' })
  expect(audit(['tail', '--nothing'])).toMatchObject({ status: 2, stdout: '' })
  expect(audit(['status', `${directory}/none`])).toMatchObject({ status: 3, stdout: '' })
})

test('tail ends with 0 and without an error when the reader closes the pipe', async () => {
  const directory = temporaryDirectory()
  const running = openAudit(directory)
  await Promise.all(Array.from({ length: 5_000 }, (_each, index) => running.record('flag:created', { key: `${index}` })))
  await running.close()
  const child = spawn(process.execPath, [program, 'tail', directory, '--limit', '5000', '--json'], { env })
  const errors: Buffer[] = []
  child.stderr.on('data', (bytes: Buffer) => errors.push(bytes))
  child.stdout.once('data', () => child.stdout.destroy())
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect([code, Buffer.concat(errors).toString()]).toEqual([0, ''])
})

test.skipIf(process.platform === 'win32')('the exit code survives a reader that closes the pipe', async () => {
  const directory = await journal()
  // The meaning of the event goes to standard output; the exit code says that there is no such event.
  const script = `"$0" "$@" | true; exit "\${PIPESTATUS[0]}"`
  const words = ['-c', script, process.execPath, program, 'explain', 'audit:lost', directory]
  expect(spawnSync('bash', words, { encoding: 'utf8', env })).toMatchObject({ status: 1 })
})

test.skipIf(process.platform === 'win32')('a key may come from a pipe of the shell, or the standard input', async () => {
  const { root } = await honestJournal({ runs: [5] })
  const verify = `"${process.execPath}" "${program}" verify "${root}" --key`
  for (const script of [`${verify} <(echo "${keys.verifierKey}")`, `echo "${keys.verifierKey}" | ${verify} /dev/stdin`])
    expect(spawnSync('bash', ['-c', script], { encoding: 'utf8', env })).toMatchObject({ status: 0, stderr: '' })
})

test('a command reads the journal that audit.yaml names', async () => {
  const directory = await journal()
  const folder = temporaryDirectory()
  writeFileSync(
    join(folder, 'audit.yaml'),
    `service: a\njournal: { directory: '${directory}' }\nsinks: { webhook: { url: '\${NOT_SET}' } }\n`,
  )
  const { status, stdout } = spawnSync(process.execPath, [program, 'tail'], { encoding: 'utf8', env, cwd: folder })
  expect(status).toBe(0)
  expect(stdout).toContain('flag:created')
})

test.skipIf(process.platform === 'win32')('Ctrl-C ends tail --follow with 0', async () => {
  const directory = await journal()
  const child = spawn(process.execPath, [program, 'tail', directory, '--follow', '--limit', '1'], { env })
  for await (const line of createInterface({ input: child.stdout })) {
    expect(line).toContain('audit:closed')
    child.kill('SIGINT')
  }
  expect(child.exitCode ?? (await new Promise((resolve) => child.once('close', resolve)))).toBe(0)
})

// `script` of util-linux and of BSD have different arguments.
const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

const commands = [['tail', '--events', '*:*'], ['status'], ['show', '1'], ['explain', 'flag:deleted'], ['verify']]

function onTerminal(words: readonly string[], more: NodeJS.ProcessEnv) {
  const command = [process.execPath, program, ...words].map((word) => `'${word}'`).join(' ')
  const given = { ...env, TERM: 'xterm', ...more }
  return spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', env: given })
}

describe.each([...commands, ['help']])('%s', (...words) => {
  test('has no escape codes if the output is not a terminal', async () => {
    const { status, stdout, stderr } = audit(words, { AUDIT_DIRECTORY: await journal() })
    expect(status).toBe(0)
    expect(stdout + stderr).not.toContain(ESCAPE)
  })

  test.runIf(hasTerminal)('has none on a terminal with NO_COLOR', async () => {
    const { status, stdout } = onTerminal(words, { AUDIT_DIRECTORY: await journal(), NO_COLOR: '1' })
    expect(status).toBe(0)
    expect(stdout.length).toBeGreaterThan(0)
    expect(stdout).not.toContain(ESCAPE)
  })
})

test.runIf(hasTerminal).each(commands)('%s has colours on a terminal, and no other escape codes', async (...words) => {
  const { status, stdout } = onTerminal(words, { AUDIT_DIRECTORY: await journal() })
  expect(status).toBe(0)
  expect(stdout).toContain(`${ESCAPE}[`)
  // Each escape code is a colour.
  for (const part of stdout.split(ESCAPE).slice(1)) expect(part).toMatch(/^\[\d+m/)
})
