// How the scripts start programs: pnpm 12, whatever the machine has, and the Node that the lockfile names. Nothing phones home.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const workspaceNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

const environment = { ...process.env, DO_NOT_TRACK: '1', TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' }

/** Runs a program to its end, with this terminal and this process's signals, and resolves with its exit code. */
export async function run(program, args) {
  const { code } = await start(program, args, 'inherit')
  return code
}

/** Runs a program without a word. If it fails, prints all it had to say and ends this process with its exit code. */
export async function runQuietly(program, args) {
  const { code, output } = await start(program, args, 'pipe')
  if (code === 0) return output
  process.stderr.write(output)
  process.exit(code)
}

/** The two halves of a command that runs pnpm 12: `run(...pnpm('run', 'check'))`. */
export function pnpm(...args) {
  return npx('pnpm@12', ...args)
}

export function npx(...args) {
  return ['npx', ['--yes', ...args]]
}

/** Installs exactly the versions that the lockfile names. */
export async function install() {
  if (!existsSync(workspaceNode)) process.stderr.write('Installing; the first time takes about a minute.\n')
  await runQuietly(...pnpm('install', '--frozen-lockfile', '--reporter=append-only'))
}

export async function build(...filters) {
  process.stderr.write('Building.\n')
  await runQuietly(...pnpm('exec', 'turbo', 'run', 'build', '--output-logs=errors-only', ...filters))
}

function start(program, args, output) {
  // Windows finds npx.cmd only through its shell.
  const shell = process.platform === 'win32' && program === 'npx'
  const child = spawn(program, args, { cwd: root, env: environment, shell, stdio: ['inherit', output, output] })
  const chunks = []
  child.stdout?.on('data', (chunk) => chunks.push(chunk))
  child.stderr?.on('data', (chunk) => chunks.push(chunk))
  // A terminal's Ctrl-C reaches the child by itself; this process waits for it to stop in its own way.
  const wait = () => undefined
  const stop = () => child.kill('SIGTERM')
  process.on('SIGINT', wait).on('SIGTERM', stop)
  // A signal that ends npm ends the shell between npm and this process as well, and that shell passes no signal on.
  const parent = process.ppid
  const watch = setInterval(() => process.ppid !== parent && stop(), 500)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(watch)
      process.off('SIGINT', wait).off('SIGTERM', stop)
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() })
    })
  })
}
