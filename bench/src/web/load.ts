import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaseOptions, LeftOut, Results } from '../benchmark.ts'
import { payloads } from '../sample.ts'

/** A server under test. */
export interface Server {
  readonly port: number
  /** Resolves when its pending work is done. Throws if the result is wrong. */
  close(requests: number): Promise<void>
}

/** Starts a server in this process, in the directory of the case. */
export type StartServer = (options: CaseOptions) => Promise<Server>

const CONNECTIONS = 32
const WARM_UP_SECONDS = 2
const SECONDS = 6
const SERVER_CORE = '0'
const CLIENT_CORE = '1'

/** Requests per second of the server in this process. Server and client each have their own core. */
export async function measure(options: CaseOptions, start: StartServer, path: string): Promise<Results | LeftOut> {
  for (const program of ['wrk', 'taskset']) {
    if (spawnSync(program, ['--version']).error) return { leftOut: `${program} is not on the PATH.` }
  }
  const server = await start(options)
  spawnSync('taskset', ['-acp', SERVER_CORE, String(process.pid)])
  const script = join(options.directory, 'post.lua')
  const body = JSON.stringify(payloads[0])
  writeFileSync(script, `wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\nwrk.body = '${body}'\n`)
  const url = `http://127.0.0.1:${server.port}${path}`
  const warmUp = await wrk(script, url, WARM_UP_SECONDS)
  const before = process.cpuUsage()
  const measured = await wrk(script, url, Math.max(1, Math.round(SECONDS * options.scale)))
  const { user, system } = process.cpuUsage(before)
  await server.close(warmUp.requests + measured.requests)
  return { requestsPerSecond: measured.perSecond, cpu: (user + system) / measured.requests }
}

async function wrk(script: string, url: string, seconds: number) {
  const args = ['-c', CLIENT_CORE, 'wrk', '-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, '-s', script, url]
  const client = spawn('taskset', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  client.stdout.on('data', (chunk) => (said += String(chunk)))
  await once(client, 'close')
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1])
  const requests = Number(/(\d+) requests in/.exec(said)?.[1])
  if (!(perSecond > 0) || said.includes('Non-2xx') || said.includes('Socket errors')) throw new Error(`wrk said:\n${said}`)
  return { perSecond, requests }
}
