import { stat } from 'node:fs/promises'
import { startServer, type ServerOptions } from './server.ts'
import { tour } from './tour.ts'
import { createTourist } from './tourist.ts'
import { checkFliptFlag, compareTrail, readTrail } from './trail-file.ts'

export interface PlayOnceOptions extends ServerOptions {
  /** What to ask. Default: the tour. */
  readonly play?: typeof tour
}

/** Plays the tour against the service over HTTP, then holds the file against it. Resolves with what is wrong; nothing is well. */
export async function playOnce(options: PlayOnceOptions): Promise<readonly string[]> {
  const { path, format = 'native', play = tour, output = process.stdout } = options
  const before = await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
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
  const trail = await readTrail(path, before)
  // Flipt's format knows no failures, and its log has an order of its own.
  const expected = format === 'native' ? tourist.expected : tourist.expected.filter((event) => !event.endsWith('failure'))
  problems.push(...compareTrail(trail, expected), ...(format === 'native' ? checkFliptFlag(trail) : []))
  const verdict = problems.length === 0 ? 'each as it should be' : 'not as it should be'
  const requests = `${tourist.requests} requests, ${expected.length} of them audited`
  output.write(`${requests}; ${trail.length} events in ${path}: ${verdict}.\n`)
  return problems
}
