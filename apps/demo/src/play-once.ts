import type { Writable } from 'node:stream'
import { startServer, type ServerOptions } from './server.ts'
import { tour } from './tour.ts'
import { createTourist } from './tourist.ts'
import { checkFliptFlag, compareTrail } from './trail-file.ts'

export interface PlayOnceOptions extends ServerOptions {
  /** The requests to play. Default: the tour. */
  readonly play?: typeof tour
  /** Default stdout. */
  readonly output?: Writable
}

/** Plays the tour against the service over HTTP, then compares the trail with it. Resolves with the problems; none if all is well. */
export async function playOnce({
  play = tour,
  output = process.stdout,
  ...options
}: PlayOnceOptions): Promise<readonly string[]> {
  const { trail } = options
  const server = await startServer(options)
  output.write(`Playing the tour against ${server.url}\n`)
  const tourist = createTourist(server.url)
  const problems: string[] = []
  try {
    await play(tourist, server.adminToken)
  } catch (error) {
    problems.push(`The tour ended early. ${(error as Error).message}`)
  } finally {
    await server.stop()
  }
  const found = await trail.read()
  const expected = trail.knowsNoFailures ? tourist.expected.filter((event) => !event.endsWith('failure')) : tourist.expected
  problems.push(...compareTrail(found, expected), ...trail.problems())
  // Flipt's format has its own order of members.
  if (!trail.knowsNoFailures) problems.push(...checkFliptFlag(found))
  const verdict = problems.length === 0 ? 'each as it should be' : 'not as it should be'
  const requests = `${tourist.requests} requests, ${expected.length} of them audited`
  output.write(`${requests}; ${found.length} events went ${trail.goesTo}: ${verdict}.\n`)
  return problems
}
