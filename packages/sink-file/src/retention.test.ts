import { expect, test } from 'vitest'
import { expiredFiles } from './retention.ts'

const files = [10, 20, 30, 40].map((lastWrittenMs) => ({ name: `${lastWrittenMs}`, isPlain: true, isGzip: false, lastWrittenMs }))

test.each([
  [{ keepFiles: Infinity, keepMs: Infinity }, []],
  [{ keepFiles: 4, keepMs: Infinity }, []],
  [{ keepFiles: 1, keepMs: Infinity }, ['10', '20', '30']],
  [{ keepFiles: Infinity, keepMs: 30 }, ['10']],
  [{ keepFiles: 3, keepMs: 20 }, ['10', '20']],
  [{ keepFiles: 2, keepMs: 30 }, ['10', '20']],
])('at time 50, the rule %j expires the files %j', (rule, gone) => {
  expect(expiredFiles(rule, files, 50).map(({ name }) => name)).toEqual(gone)
})

test('no file expires by age if the clock went back', () => {
  expect(expiredFiles({ keepFiles: Infinity, keepMs: 5 }, files, 0)).toEqual([])
})
