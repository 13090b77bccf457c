import { expect, test } from 'vitest'
import { nodeProblem } from './supported-node.ts'

test.each(['20.20.2', '22.18.9', '18.0.0', '21.7.3'])('Node %s is rejected with a clear message', (version) => {
  expect(nodeProblem(version)).toBe(`Node ${version} is too old. Use Node 22.19 or later.`)
})

test.each(['22.19.0', '22.20.1', '24.0.0', '26.1.0', process.versions.node])('Node %s is accepted', (version) => {
  expect(nodeProblem(version)).toBeUndefined()
})
