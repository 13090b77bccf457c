import { expect, test } from 'vitest'
import { checkOptions, markRules } from './check-options.ts'

const at = (given: unknown) => () => checkOptions("audited('flag:created')", given, markRules)

test('options that fit, and options that are undefined, are accepted', () => {
  expect(at({})).not.toThrow()
  expect(at({ target: () => 'a', before: undefined, failMode: 'closed' })).not.toThrow()
})

test('every unknown or unfit option is listed, with a suggestion', () => {
  expect(at({ tarjet: () => 'a', payload: { key: 'a' }, failMode: 'close', colour: 1 })).toThrow(
    expect.objectContaining({
      code: 'AUDIT_INVALID_OPTIONS',
      problems: [
        "audited('flag:created'): 'tarjet' is not an option. Did you mean 'target'?",
        "audited('flag:created'): payload must be a function.",
        "audited('flag:created'): failMode must be 'open' or 'closed'.",
        "audited('flag:created'): 'colour' is not an option. The options are payload, before, target, failMode.",
      ],
    }),
  )
})

test.each([[null], ['ada'], [7], [[]], [() => undefined]])('%s is not an object of options', (given) => {
  expect(at(given)).toThrow("audited('flag:created'): the options must be an object.")
})
