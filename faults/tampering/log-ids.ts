import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { crc32 } from 'node:zlib'
import { between, seededRandom } from '../seeded-random.ts'

/**
 * From now on, logs get the same ids for the same seed. The order of their ids is the order in which readers and services look at logs,
 * so a program with random ids may break a promise in one run and keep it in the next.
 */
export function seedLogIds(seed: string): void {
  const random = seededRandom(crc32(seed))
  Object.assign(crypto, { randomInt: (limit: number) => between(random, 0, limit) })
  syncBuiltinESMExports()
}
