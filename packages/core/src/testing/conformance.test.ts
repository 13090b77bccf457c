import { expect, test } from 'vitest'
import { brokenRules, conformanceRules, settlesWithin } from './conformance.ts'

interface Setup {
  readonly holds: boolean
}

const checks = {
  'the rule': async ({ holds }: Setup) => {
    if (!holds) throw new Error('it does not')
  },
}
const rules = (holds: boolean, exceptions = {}) =>
  conformanceRules(
    checks,
    async () => ({ holds }),
    async () => undefined,
    exceptions,
  )

test('a rule that holds passes, and a broken one rejects with its error', async () => {
  expect(await brokenRules(rules(true))).toEqual(new Map())
  expect(await brokenRules(rules(false))).toEqual(new Map([['the rule', 'it does not']]))
})

test('an exception is shown in the name with its reason, and passes as long as the rule is broken', async () => {
  const excepted = { 'the rule': 'the moon' }
  expect(rules(false, excepted).map((rule) => rule.name)).toEqual(['the rule (excepted: the moon)'])
  expect(await brokenRules(rules(false, excepted))).toEqual(new Map())
  expect(await brokenRules(rules(true, excepted))).toEqual(
    new Map([['the rule (excepted: the moon)', "The rule 'the rule' holds; remove its exception."]]),
  )
})

test('an exception without a reason, or for no rule, is an error', () => {
  expect(() => rules(false, { 'the rule': ' ' })).toThrow("The exception of 'the rule' has no reason.")
  expect(() => rules(false, { 'the rul': 'the moon' })).toThrow("There is no rule 'the rul'. The rules are: the rule.")
})

test('an exception does not hide a setup or a tear-down that fails', async () => {
  const fail = async () => {
    throw new Error('no server')
  }
  const pass = async () => ({ holds: false })
  const excepted = { 'the rule': 'the moon' }
  for (const kit of [
    conformanceRules<Setup>(checks, fail, async () => undefined, excepted),
    conformanceRules(checks, pass, fail, excepted),
  ]) {
    expect(await brokenRules(kit)).toEqual(new Map([['the rule (excepted: the moon)', 'no server']]))
  }
})

test('each check gets a fresh setup, which is torn down even if the check fails', async () => {
  const seen: string[] = []
  let count = 0
  const kit = conformanceRules(
    { one: async (name: string) => void seen.push(`check ${name}`), two: () => Promise.reject(new Error('two')) },
    async () => `setup ${++count}`,
    async (name) => void seen.push(`tear down ${name}`),
    {},
  )
  expect([...(await brokenRules(kit)).keys()]).toEqual(['two'])
  expect(seen).toEqual(['check setup 1', 'tear down setup 1', 'tear down setup 2'])
})

test('settlesWithin() counts a rejection as settled', async () => {
  expect(await settlesWithin(1_000, Promise.resolve())).toBe(true)
  expect(await settlesWithin(1_000, Promise.reject(new Error('no')))).toBe(true)
  expect(await settlesWithin(1, new Promise(() => undefined))).toBe(false)
})
