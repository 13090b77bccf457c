import { expect, test } from 'vitest'
import { CheckpointReader } from './found-checkpoint.ts'
import { TrailCheck } from './trail-check.ts'

test('a trail that names more logs than are kept in memory is refused', () => {
  const trail = new TrailCheck({
    checkpoints: new CheckpointReader([], false),
    judging: { accepts: new Set(), strict: false },
    ids: undefined,
    prints: undefined,
    tiles: new Map(),
    onRead: () => undefined,
    signal: undefined,
  })
  for (let count = 0; count < 40_000; count++) trail.checkpoint(`invented/${count}`, '')
  expect(() => trail.checkpoint('invented/0', '')).not.toThrow()
  expect(() => trail.checkpoint('one/more', '')).toThrow('The input names more than 40000 logs. Verify it in parts.')
})
