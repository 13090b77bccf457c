import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selectionOf } from '@audit/store/internal'
import type { StoreFilter } from '@audit/store'
import { expect, onTestFinished, test } from 'vitest'
import { candidateQuery } from './event-walk.ts'
import { leadsOf } from './leads.ts'
import { openDatabase } from './schema.ts'

function newDatabase() {
  const folder = mkdtempSync(join(tmpdir(), 'audit-leads-'))
  const database = openDatabase({ path: join(folder, 'audit.db'), role: 'write', readOnly: false, lockTimeoutMs: 1_000 })
  onTestFinished(() => {
    database.close()
    rmSync(folder, { recursive: true })
  })
  return database
}

const names = ['flag:created', 'flag:deleted']
const filters: readonly [filter: StoreFilter, tenants: readonly string[] | 'all', lead: string, index: string][] = [
  [{ request: 'r_1' }, 'all', 'request', 'event_request (request=? AND rowid>? AND rowid<?)'],
  [{ correlation: 'c_1' }, 'all', 'correlation', 'event_correlation (correlation=? AND rowid>? AND rowid<?)'],
  [{ target: 'flag/flipt' }, 'all', 'target', 'event_target (target_type=? AND target_id=? AND rowid>? AND rowid<?)'],
  [{ onBehalfOf: 'u_1' }, 'all', 'behalf', 'event_behalf (behalf=? AND rowid>? AND rowid<?)'],
  [{ actor: 'u_1' }, 'all', 'actor', 'event_actor (actor=? AND rowid>? AND rowid<?)'],
  [{ actor: 'u_1' }, 'all', 'actor', 'event_email (email=? AND rowid>? AND rowid<?)'],
  [{ ip: '192.0.2.1' }, 'all', 'ip', 'event_ip (ip=? AND rowid>? AND rowid<?)'],
  [{ statuses: ['denied', 'failure'] }, 'all', 'status', 'event_status (status=? AND rowid>? AND rowid<?)'],
  [
    { statuses: ['denied'] },
    ['acme'],
    'tenant and status',
    'event_tenant_status (tenant=? AND status=? AND rowid>? AND rowid<?)',
  ],
  [{}, ['acme', 'globex'], 'tenant', 'event_tenant (tenant=? AND rowid>? AND rowid<?)'],
  [{ events: ['flag:*'] }, ['acme'], 'tenant and name', 'event_tenant_name (tenant=? AND name=? AND rowid>? AND rowid<?)'],
  [{ events: ['flag:deleted'] }, 'all', 'name', 'event_name (name=? AND rowid>? AND rowid<?)'],
  [{ source: 'a/b/c' }, 'all', 'time', 'SEARCH event USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'],
  [{ since: '1h' }, 'all', 'time', 'SEARCH event USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'],
  [{ text: 'flipt' }, 'all', 'words', 'SCAN event_word VIRTUAL TABLE INDEX'],
  [{ text: 'flipt dark*' }, ['acme'], 'words', 'SEARCH event USING INTEGER PRIMARY KEY (rowid=?)'],
]

test.each(filters)(
  'the filter %j of tenants %j reads the index of the lead %s in the order of time: %s',
  (filter, tenants, name, index) => {
    const database = newDatabase()
    const lead = leadsOf(selectionOf(filter, { tenants }, Date.now()), () => names).find((each) => each.name === name)
    expect(lead?.branches.length).toBeGreaterThan(0)
    const plans = lead!.branches.flatMap((branch) =>
      [true, false].map((isAscending) => {
        const plan = database.prepare(`explain query plan ${candidateQuery(branch, isAscending)}`)
        return plan
          .all(...branch.parameters, 0, 1, 50)
          .map(({ detail }) => String(detail))
          .join('\n')
      }),
    )
    expect(plans.join('\n')).toContain(index)
    expect(plans.join('\n'), 'a sort would read all matching rows for each page').not.toMatch(/TEMP B-TREE|SCAN event\b(?!_)/)
  },
)

test('a filter without a member, and the filter of every member, have the whole table as the last way', () => {
  for (const filter of [{}, { actor: 'u', text: 'a', events: ['flag:*'], tenant: 'acme' }])
    expect(leadsOf(selectionOf(filter, { tenants: 'all' }, 0), () => names).at(-1)?.name).toBe('time')
})

test('more ranges than can be merged are left to another way', () => {
  const many = Array.from({ length: 65 }, (_, index) => `tenant-${index}`)
  const leads = leadsOf(selectionOf({}, { tenants: many }, 0), () => names)
  expect(leads.map(({ name }) => name)).toEqual(['time'])
})
