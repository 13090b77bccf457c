import { describe, expect, test, vi } from 'vitest'
import { createAudit, defineEvents, memoryJournal, noPayload } from '../index.ts'
import { parseRouteTable, type RouteTableOptions } from './index.ts'

const events = defineEvents({ session: { changed: noPayload, opened: noPayload }, flag: { changed: noPayload } })

function tableOf(routes: RouteTableOptions<{ failMode?: 'open' | 'closed' }>) {
  const logger = { warn: vi.fn(), error: vi.fn() }
  const audit = createAudit({ service: 'test', events, journal: memoryJournal(), sinks: [], logger })
  return { table: parseRouteTable(routes, audit), logger }
}

describe('an entry with a wildcard', () => {
  test.each([
    ['/auth/*path', ['/auth/login', '/auth/:provider/callback', '/auth/*rest'], ['/auth', '/auth/', '/authors/a', '/v1/auth/a']],
    ['/auth/*', ['/auth/login', '/auth/a/b'], ['/auth', '/auth/']],
    ['/auth{/*path}', ['/auth', '/auth/', '/auth/a/b'], ['/authors']],
    ['/{*path}', ['/', '/a', '/a/b'], []],
    ['/auth/(.*)', ['/auth/login', '/auth/a/b'], ['/auth', '/authors']],
    ['/auth/:path(.*)', ['/auth/login'], ['/auth', '/authors']],
    ['/:tenant/auth/*path', ['/:tenant/auth/login'], ['/a/auth/login', '/:other/auth/login']],
    ['/*path/logout', ['/a/logout', '/a/b/logout'], ['/logout', '/a/logouts']],
    ['/a.b/*path', ['/a.b/c'], ['/aXb/c']],
    ['/a/*path', ['/a/b, /a/c'], ['/a/b, /c', '/c, /a/b']],
    ['/a*', [], ['/ab', '/a/b']],
  ])('the wildcard %s matches %j and not %j', (glob, matching, others) => {
    const { table } = tableOf({ [`* ${glob}`]: 'session:changed' })
    for (const pattern of matching) expect.soft(table.find('POST', pattern), pattern).toEqual({ name: 'session:changed' })
    for (const pattern of others) expect.soft(table.find('POST', pattern), pattern).toBeUndefined()
  })

  test('a wildcard names only routes of its method without an entry of their own', () => {
    const { table, logger } = tableOf({
      'POST /auth/*path': { name: 'session:changed', failMode: 'closed' },
      'POST /auth/login': 'session:opened',
      '* /auth/flags': 'flag:changed',
    })
    expect(table.find('POST', '/auth/logout')).toEqual({ name: 'session:changed', failMode: 'closed' })
    expect(table.find('POST', '/auth/login')).toEqual({ name: 'session:opened' })
    expect(table.find('POST', '/auth/flags')).toEqual({ name: 'flag:changed' })
    expect(table.find('PUT', '/auth/logout')).toBeUndefined()
    expect(() => table.check()).not.toThrow()
    expect(logger.error).not.toHaveBeenCalled()
  })

  test('a wildcard with the method * names no route of a safe method', () => {
    const { table } = tableOf({ '* /auth/*path': 'session:changed' })
    expect(['GET', 'HEAD', 'QUERY'].map((method) => table.find(method, '/auth/login'))).toEqual([undefined, undefined, undefined])
    expect(table.find('*', '/auth/login')).toEqual({ name: 'session:changed' })
  })

  test('a wildcard that matches no route is unused', () => {
    const { table } = tableOf({ '* /auth/*path': 'session:changed', '* /oauth/*path': 'session:changed' })
    table.find('POST', '/auth/login')
    table.find('POST', '/flags')
    expect(table.unused()).toEqual(['* /oauth/*path'])
  })

  test('findExact() finds a wildcard by its own text', () => {
    const { table } = tableOf({ '* /auth/*path': 'session:changed' })
    expect(table.findExact('POST', '/auth/login')).toBeUndefined()
    expect(table.findExact('POST', '/auth/*path')).toEqual({ name: 'session:changed' })
  })
})

describe('two entries with a wildcard that match one route', () => {
  const routes = { '* /auth/*path': 'session:changed', 'POST /*path': { name: 'flag:changed' } }
  const problem =
    "routes: 'POST /auth/login' matches '* /auth/*path' and 'POST /*path', which differ. Give this route an entry of its own."

  test('two wildcards for one route are an error that names both; the first one counts for a later route', () => {
    const { table, logger } = tableOf(routes)
    table.find('POST', '/auth/login')
    expect(table.find('POST', '/auth/login')).toEqual({ name: 'session:changed' })
    expect(logger.error.mock.calls).toEqual([[problem]])
    expect(() => table.check()).toThrow(expect.objectContaining({ code: 'AUDIT_INVALID_OPTIONS', problems: [problem] }))
  })

  test('two wildcards for one route are allowed if the route has an entry of its own, or if both are equal', () => {
    const own = tableOf({ ...routes, 'POST /auth/login': 'session:opened' })
    expect(own.table.find('POST', '/auth/login')).toEqual({ name: 'session:opened' })
    expect(() => own.table.check()).not.toThrow()
    const same = tableOf({ '* /auth/*path': 'session:changed', 'POST /*path': 'session:changed' })
    same.table.find('POST', '/auth/login')
    expect(() => same.table.check()).not.toThrow()
  })

  test('two wildcards differ if one of them has other options', () => {
    const { table } = tableOf({ '* /auth/*path': 'session:changed', '* /*path': { name: 'session:changed', failMode: 'closed' } })
    table.find('POST', '/auth/login')
    expect(() => table.check()).toThrow('which differ')
  })
})
