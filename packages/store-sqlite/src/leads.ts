import type { StoreSelection } from '@audit/store/internal'
import { wordQuery } from './event-words.ts'
import { storedText } from './stored-text.ts'

/** An index range in the order of time. */
export interface Branch {
  readonly from: string
  readonly where: string
  /** The column with the number of the row. */
  readonly row: string
  readonly parameters: readonly string[]
}

/** A way to all selected events: ranges whose union contains them. What else the filter selects is tested row by row. */
export interface Lead {
  readonly name: string
  readonly branches: readonly Branch[]
  /** True: every row of it has the words of the search. */
  readonly hasWords: boolean
}

/** More ranges than this are slower to merge than a wider range is to read. */
const MAX_BRANCHES = 64
const MAX_WORD_TENANTS = 20

/** Returns the ways to the events of a selection. The first ones are expected to be the narrowest; the last one is the whole table. */
export function leadsOf(selection: StoreSelection, names: () => readonly string[]): readonly Lead[] {
  const { tenants, actor, target, statuses, ip, correlation, request, onBehalfOf } = selection
  const leads: Lead[] = []
  const add = (name: string, branches: readonly Branch[]) => {
    if (branches.length <= MAX_BRANCHES) leads.push({ name, branches, hasWords: false })
  }
  const one = (column: string, value: string | undefined) => {
    if (value !== undefined) add(column, [equal(column, value)])
  }
  one('request', request)
  one('correlation', correlation)
  if (target)
    add('target', [branch('event_target', 'target_type = ? and target_id = ?', [storedText(target.type), storedText(target.id)])])
  one('behalf', onBehalfOf)
  if (actor !== undefined) add('actor', [equal('actor', actor), equal('email', actor.toLowerCase())])
  one('ip', ip)
  if (selection.words.length > 0) leads.push(wordLead(selection))
  const failed = statuses && !statuses.includes('success') ? statuses : undefined
  if (failed && tenants !== 'all') {
    const pairs = tenants.flatMap((tenant) => failed.map((status) => [storedText(tenant), status]))
    add(
      'tenant and status',
      pairs.map((pair) => branch('event_tenant_status', "tenant = ? and status = ? and status <> 'success'", pair)),
    )
  }
  if (failed) {
    const where = "status = ? and status <> 'success'"
    add(
      'status',
      failed.map((status) => branch('event_status', where, [status])),
    )
  }
  const selected = selection.hasNames ? names().filter((name) => selection.selectsName(name)) : undefined
  if (tenants !== 'all' && selected)
    add(
      'tenant and name',
      tenants.flatMap((tenant) => selected.map((name) => tenantAndName(tenant, name))),
    )
  if (tenants !== 'all')
    add(
      'tenant',
      tenants.map((tenant) => equal('tenant', tenant)),
    )
  if (selected)
    add(
      'name',
      selected.map((name) => equal('name', name)),
    )
  leads.push({ name: 'time', branches: [{ from: 'event', where: 'true', row: 'row', parameters: [] }], hasWords: false })
  return leads
}

function wordLead({ words, tenants }: StoreSelection): Lead {
  const some = tenants !== 'all' && tenants.length > 0 && tenants.length <= MAX_WORD_TENANTS ? tenants : 'all'
  const from = 'event_word cross join event on event.row = event_word.rowid'
  const parameters = [wordQuery(words, some)]
  return { name: 'words', branches: [{ from, where: 'event_word match ?', row: 'event_word.rowid', parameters }], hasWords: true }
}

function equal(column: string, value: string): Branch {
  return branch(`event_${column}`, `${column} = ?`, [storedText(value)])
}

function tenantAndName(tenant: string, name: string): Branch {
  return branch('event_tenant_name', 'tenant = ? and name = ?', [storedText(tenant), storedText(name)])
}

/** `indexed by` makes a query that cannot use the index an error, not a slow query. */
function branch(index: string, where: string, parameters: readonly string[]): Branch {
  return { from: `event indexed by ${index}`, where, row: 'row', parameters }
}
