import { describe, expect, test } from 'vitest'
import { compileEventPatterns } from './event-pattern.ts'

const nouns = ['constraint', 'distribution', 'flag', 'namespace', 'rollout', 'rule', 'segment', 'token', 'variant']
const names = nouns.flatMap((noun) => ['created', 'updated', 'deleted'].map((verb) => `${noun}:${verb}`))
const systemEvents = ['audit:opened', 'audit:closed', 'audit:lost', 'audit:refused']

function selected(patterns: readonly string[]): string[] {
  const selects = compileEventPatterns(patterns, names)
  return [...names, ...systemEvents].filter((name) => {
    const [type, action] = name.split(':') as [string, string]
    return selects({ type, action })
  })
}

describe('patterns', () => {
  test('patterns select exactly their union, overlaps and all', () => {
    expect(
      selected(['flag:created', 'namespace:created', 'flag:*', 'rollout:deleted', 'rule:deleted', '*:updated']).toSorted(),
    ).toEqual(
      [
        ...new Set([
          'flag:created',
          'flag:updated',
          'flag:deleted',
          'namespace:created',
          'rollout:deleted',
          'rule:deleted',
          ...nouns.map((noun) => `${noun}:updated`),
        ]),
      ].toSorted(),
    )
  })
  test("'*:*' selects everything, including system events", () => expect(selected(['*:*'])).toEqual([...names, ...systemEvents]))
  test('no other wildcard matches the noun audit', () => expect(selected(['*:created', '*:updated', '*:deleted'])).toEqual(names))
  test('the noun audit can be named', () =>
    expect(selected(['audit:lost', 'flag:created'])).toEqual(['flag:created', 'audit:lost']))
  test('exclusions win in any order', () => {
    expect(selected(['!flag:deleted', 'flag:*'])).toEqual(['flag:created', 'flag:updated'])
    expect(selected(['flag:*', '!*:deleted'])).toEqual(['flag:created', 'flag:updated'])
  })
  test('exclusions alone start from everything', () => {
    expect(selected(['!flag:*'])).toEqual([...names, ...systemEvents].filter((name) => !name.startsWith('flag:')))
  })
})

describe('mistakes name what was probably meant', () => {
  test.each([
    [['flg:created'], "'flg:created': there is no noun 'flg'; did you mean 'flag'?"],
    [['flag:creatd'], "'flag:creatd': there is no verb 'creatd'; did you mean 'created'?"],
    [['flag'], "'flag' has no verb; write 'flag:*'"],
    [['flag:created:x'], "'flag:created:x' has 3 parts; write 'flag:created'"],
    [[' flag:created'], "' flag:created' has white space around it; write 'flag:created'"],
    [['FLAG:created'], "'FLAG:created': there is no noun 'FLAG'; did you mean 'flag'?"],
    [['flag:CREATED'], "there is no verb 'CREATED'; did you mean 'created'?"],
    [['zebra:created'], "there is no noun 'zebra'; known are constraint, distribution, flag"],
    [['flag:opened'], "'flag' has no verb 'opened'; it has created, updated, deleted"],
    [['flag:cre*'], "there is no verb 'cre*'"],
    [['fl!ag:created'], "there is no noun 'fl!ag'; did you mean 'flag'?"],
    [['!flg:created'], "'!flg:created': there is no noun 'flg'; did you mean 'flag'?"],
    [[''], "'' has no verb"],
    [['flag:'], "there is no verb ''"],
    [[], "the list is empty; leave 'events' out for everything"],
    [['flag:created', '!flag:*'], 'together they select no event at all'],
    [['flag\u001b[31m:created'], "'flag\\u001b[31m:created'"],
    [[7 as never], 'number is not a pattern'],
  ])('the patterns %j are rejected with a hint', (patterns, message) => {
    expect(() => compileEventPatterns(patterns, names)).toThrow(
      expect.objectContaining({ code: 'AUDIT_INVALID_PATTERN', message: expect.stringContaining(message) }),
    )
  })

  test('one error lists every mistake in the patterns', () => {
    expect(() => compileEventPatterns(['flg:created', 'flag:creatd'], names)).toThrow(/flg.*creatd/)
  })
})

test('a pattern of a hundred thousand stars is refused without matching it', () => {
  expect(() => compileEventPatterns(['*'.repeat(100_000), `${'*'.repeat(50_000)}:${'*'.repeat(50_000)}`], names)).toThrow()
})
