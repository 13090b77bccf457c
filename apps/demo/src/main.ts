import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseCommandLine, UsageError, usage } from './command-line.ts'
import { configuredTrail } from './configured-trail.ts'
import { fileTrail } from './file-trail.ts'
import { playOnce } from './play-once.ts'
import { startServer, type ServerOptions } from './server.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)

async function main(args: readonly string[]): Promise<number> {
  const { help, once, framework, file, port, format, config } = parseCommandLine(args)
  if (help) {
    say(usage)
    return 0
  }
  const directory = resolve(once && !file ? await mkdtemp(join(tmpdir(), 'flags-')) : '')
  const trail = await (config === undefined
    ? fileTrail({ path: resolve(directory, file ?? 'audit.log'), format })
    : configuredTrail({ config, directory }))
  return once ? play({ trail, port, framework }) : serve({ trail, port, framework })
}

async function play(options: ServerOptions): Promise<number> {
  const problems = await playOnce(options)
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  return problems.length === 0 ? 0 : 1
}

/** Serves until SIGINT or SIGTERM. */
async function serve(options: ServerOptions): Promise<number> {
  const { url, adminToken, stop } = await startServer(options)
  const request = `curl -H 'Authorization: Bearer ${adminToken}'`
  const flags = `${url}/api/v1/namespaces/default/flags`
  say(`Listening on ${url}. The trail goes ${options.trail.goesTo}. Ctrl-C ends it. Try:

  ${request} -d '{"key":"flipt","name":"flipt"}' -H 'Content-Type: application/json' ${flags}
  ${request} ${flags}
  curl -X DELETE ${flags}/flipt
`)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  say('Stopping.')
  await stop()
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const { code, message, port } = error as NodeJS.ErrnoException & { readonly port?: number }
  const isUsage = error instanceof UsageError
  const hint = code === 'EADDRINUSE' ? `Port ${port} is taken. Choose another: --port 0 uses any free port.` : message
  process.stderr.write(`${hint}\n`)
  process.exitCode = isUsage ? 2 : 1
}
