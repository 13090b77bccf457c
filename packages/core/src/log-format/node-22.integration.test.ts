import { expect, test } from 'vitest'
import { runProgram } from '../../test/child-process.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'

const built = new URL('../../dist/index.js', import.meta.url).href

test('on Node 22, whose SQLite is experimental, the journal works and warns of nothing; other warnings are shown', () => {
  const { stdout, stderr, status } = runProgram(
    temporaryDirectory(),
    `const sink = memorySink()
     const audit = open([sink])
     await Promise.all(record(audit, 0, 3))
     await audit.flush()
     await audit.close()
     process.emitWarning('of the application')
     console.log(process.version, sink.events.length)`,
    { core: built, node: ['npx', '--yes', 'node@22'] },
  )
  expect([stdout, status], stderr).toEqual([expect.stringMatching(/^v22\.\d+\.\d+ 3\n$/), 0])
  expect(stderr).not.toContain('ExperimentalWarning')
  expect(stderr).toContain('of the application')
})
