import { expect, test } from 'vitest'
import { consoleSink, createAudit, fileAnchor, fileJournal, memoryJournal, memorySink } from '../index.ts'

const factories: Readonly<Record<string, (options: never) => unknown>> = {
  consoleSink,
  createAudit,
  fileAnchor,
  fileJournal,
  memoryJournal,
  memorySink,
}
const wrong: readonly unknown[] = [null, 3, 'directory', [], true]

test.each(Object.keys(factories).flatMap((name) => wrong.map((given) => [name, given] as const)))(
  '%s(%j) is refused with a list of problems',
  (name, given) => {
    expect(() => factories[name]!(given as never)).toThrow(
      expect.objectContaining({
        code: 'AUDIT_INVALID_OPTIONS',
        message: expect.stringContaining(`The options of ${name} are wrong:\n- options: give an object`),
        problems: expect.arrayContaining(['options: give an object']),
      }),
    )
  },
)

test.each(Object.keys(factories))('%s() names an unknown option', (name) => {
  expect(() => factories[name]!({ colur: 1 } as never)).toThrow(/- colur: there is no such option/)
})

test.each([
  [{ freeSpace: null }, 'freeSpace: give an object'],
  [{ freeSpace: 7 }, 'freeSpace: give an object'],
  [{ freeSpace: { warnByte: 1 } }, "freeSpace.warnByte: there is no such option; did you mean 'warnBytes'?"],
  [{ directory: 3, maxBytes: 0 }, 'directory: give a path', 'maxBytes: give a whole number from 1048576 to 9007199254740991'],
])('fileJournal(%j) lists the problems', (given, ...problems) => {
  expect(() => fileJournal(given as never)).toThrow(expect.objectContaining({ problems }))
})
