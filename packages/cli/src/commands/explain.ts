import { readTrail, type AuditEvent } from '@audit/core'
import { exitCodes, UsageError, type Command } from '../command.ts'
import { positionalsOf } from '../command-input.ts'
import { actorOf } from '../event-text.ts'
import { systemEventMeanings, statusMeanings } from '../meanings.ts'
import { journalDirectory } from '../journal-directory.ts'
import { printable, printableJson } from '../printable.ts'
import { count, painter, table } from '../terminal.ts'

const NAME = /^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$/
/** The number of different values that are counted separately. All others are counted together. */
const KEPT = 1_000
const SHOWN = 10

export const explainCommand: Command = {
  name: 'explain',
  summary: 'Counts an event in the trail by status, actor and payload member',
  usage: 'audit explain <noun:verb> [journal] [--json]',
  options: [{ name: 'json', summary: 'print the counts as JSON' }],
  examples: ['audit explain flag:deleted'],
  async run(input, io) {
    const [name = '', given] = positionalsOf(input, ['the name of an event, such as flag:deleted'], { takesJournal: true })
    if (!NAME.test(name)) throw new UsageError(`'${name}' is not the name of an event. Write noun:verb, such as flag:deleted.`)
    const directory = journalDirectory(given, io.env)
    const summary = new EventSummary()
    for await (const event of readTrail(directory, { events: [name], signal: io.signal })) summary.add(event)
    if (input.flags.has('json')) io.out(printableJson(summary.asJson(name), 2))
    else for (const line of summary.asText(name, painter(io.isTerminal))) io.out(line)
    if (summary.events > 0) return exitCodes.fine
    io.error(`audit explain: there is no event ${name} in '${printable(directory)}'.`)
    return exitCodes.no
  },
}

/** Counts the statuses, actors and payload members of one event. */
class EventSummary {
  events = 0
  readonly #statuses = new Map<string, number>()
  readonly #actors = new Map<string, number>()
  readonly #keys = new Map<string, number>()
  #first: string | undefined
  #last: string | undefined

  add(event: AuditEvent): void {
    this.events++
    this.#first ??= event.timestamp
    this.#last = event.timestamp
    add(this.#statuses, event.status)
    add(this.#actors, actorOf(event))
    const { payload } = event
    if (typeof payload === 'object' && payload !== null && !Array.isArray(payload))
      for (const key of Object.keys(payload)) add(this.#keys, key)
  }

  asJson(name: string): object {
    return {
      event: name,
      events: this.events,
      first: this.#first ?? null,
      last: this.#last ?? null,
      statuses: Object.fromEntries(this.#statuses),
      actors: Object.fromEntries(ranked(this.#actors)),
      payload: Object.fromEntries(ranked(this.#keys)),
    }
  }

  asText(name: string, paint: ReturnType<typeof painter>): readonly string[] {
    const meaning = systemEventMeanings[name]
    if (this.events === 0) return meaning === undefined ? [] : [`${paint('bold', name)}: ${meaning}.`]
    const rows = (counts: ReadonlyMap<string, number>) => {
      const all = ranked(counts)
      const shown = all.slice(0, SHOWN).map(([key, number]) => [`  ${printable(key)}`, number.toLocaleString('en')])
      return table(all.length > SHOWN ? [...shown, [`  and ${all.length - SHOWN} more`, '']] : shown)
    }
    return [
      `${paint('bold', name)}: ${count(this.events, 'event')} from ${printable(this.#first)} to ${printable(this.#last)}`,
      ...(meaning === undefined ? [] : [`${meaning}.`]),
      '',
      'Statuses',
      ...table(
        ranked(this.#statuses).map(([status, number]) => [
          `  ${printable(status)}`,
          number.toLocaleString('en'),
          (Object.hasOwn(statusMeanings, status) && statusMeanings[status]) || 'unknown status',
        ]),
      ),
      '',
      'Actors',
      ...rows(this.#actors),
      ...(this.#keys.size > 0 ? ['', 'Payload members', ...rows(this.#keys)] : []),
    ]
  }
}

function add(counts: Map<string, number>, key: string): void {
  const kept = counts.has(key) || counts.size < KEPT ? key : '(others)'
  counts.set(kept, (counts.get(kept) ?? 0) + 1)
}

function ranked(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].toSorted(([, one], [, other]) => other - one)
}
