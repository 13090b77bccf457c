import { AsyncLocalStorage } from 'node:async_hooks'
import { join } from 'node:path'
import { flagUpdate } from '../../open-audit.ts'
import { boundedCopy, redactedJson } from './bounded-copy.ts'
import { id, timestamp } from './stamps.ts'
import { SyncedFile } from './synced-file.ts'

/** One request, as the trail sees it. */
export interface FloorRequest {
  readonly method: string
  readonly ip: string | undefined
  route: string | undefined
  payload: unknown
}

/**
 * The cheapest honest trail that was found: the same steps as the library's, written for one event, without its options, filters,
 * counters, retries and reports. The distance to it is what those cost.
 */
export class FloorTrail {
  readonly #requests = new AsyncLocalStorage<FloorRequest>()
  readonly #file: SyncedFile
  #recorded = 0

  constructor(directory: string) {
    this.#file = new SyncedFile(join(directory, 'floor.ndjson'))
  }

  run<T>(request: FloorRequest, work: () => T): T {
    return this.#requests.run(request, work)
  }

  /** Notes what the handler of the current request returned. */
  keep(route: string, payload: unknown): void {
    const request = this.#requests.getStore()!
    request.route = route
    request.payload = payload
  }

  /** Records a request whose response is complete, if its handler kept a payload. */
  record({ method, ip, route, payload }: FloorRequest, status: number): void {
    if (route === undefined) return
    const given = flagUpdate.safeParse(boundedCopy(payload))
    const event = {
      version: '1.0',
      type: 'flag',
      action: 'updated',
      metadata: {
        actor: { authentication: 'token', id: 'user-4711', ip },
        request: { id: id(), method, route, ip },
      },
      payload: redactedJson(given.data ?? null),
      timestamp: timestamp(),
      id: id(),
      status: status < 400 ? 'success' : 'failure',
      source: 'bench/this-machine/0a1b2c3d',
      sequence: this.#recorded++,
    }
    this.#file.append(`${JSON.stringify(event)}\n`)
  }

  /** Resolves when every event is on the disk. Throws unless that are as many as there were requests. */
  async close(requests: number): Promise<void> {
    await this.#file.close()
    if (this.#file.synced < requests) throw new Error(`Of ${requests} requests ${this.#file.synced} events reached the disk.`)
  }
}
