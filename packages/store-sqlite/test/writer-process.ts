import { readFileSync } from 'node:fs'
import { createBatch } from '@audit/core/sink'
import { sqliteStore } from '../src/index.ts'

// Delivers the lines of a file to a store, in random order and batch by batch, until it is killed or done.

const [path = '', lines = '', seed = '1'] = process.argv.slice(2)
const all = readFileSync(lines, 'utf8').trimEnd().split('\n')
let state = Number(seed)
const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
const shuffled = all.map((line) => ({ line, key: random() })).toSorted((left, right) => left.key - right.key)

const store = sqliteStore({ path, lockTimeoutMs: 60_000 })
process.stdout.write('ready\n')
for (let index = 0; index < shuffled.length;) {
  const count = 1 + Math.floor(random() * 300)
  const records = shuffled.slice(index, index + count).map(({ line }, at) => ({ line, byteLength: line.length + 1, end: at + 1 }))
  await store.write(createBatch(records), { signal: new AbortController().signal })
  process.stdout.write(`${records.length}\n`)
  index += count
}
await store.close()
