import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { crc32 } from 'node:zlib'
import { between, seededRandom } from '../../../packages/core/src/testing/adapter/seeded-random.ts'

/**
 * From now on, logs get the same ids for the same seed. Readers and services look at logs in the order of
 * their ids. With random ids, a program that breaks a promise in one run would keep it in the next.
 */
export function seedLogIds(seed: string): void {
  const random = seededRandom(crc32(seed))
  Object.assign(crypto, { randomInt: (limit: number) => between(random, 0, limit) })
  syncBuiltinESMExports()
}
