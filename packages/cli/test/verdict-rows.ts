import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair } from '@audit/proof'
import { changeLines, checked, honestJournal, segmentsIn, temporaryDirectory } from './honest-journal.ts'
import { lateRows } from './late-rows.ts'
import {
  adopted,
  anchorUpTo,
  appendEvents,
  checkpointsIn,
  closed,
  copyOf,
  eventText,
  expired,
  live,
  takenOver,
  takenOverInPart,
  trimmed,
  trimmedUncovered,
  type LogState,
} from './log-states.ts'

type Exit = 0 | 1 | 4
/** With nothing, the key, an anchor, both, and both with --strict. */
type Exits = readonly [nothing: Exit, key: Exit, anchor: Exit, both: Exit, strict: Exit]

/** A row of the table of docs/proof.md. */
export interface VerdictRow {
  readonly row: string
  readonly state: string
  readonly exits: Exits
  readonly words?: RegExp
  readonly make: () => Promise<LogState>
  /** Names that turn the verdict with the key into 0. */
  readonly accept?: string
}

const stranger = 'flags-api/elsewhere/zzzzzzzz'

export const verdictRows: readonly VerdictRow[] = [
  { row: '1', state: 'a closed journal', exits: [0, 0, 0, 0, 0], words: /56 events: all proven$/, make: closed },
  {
    row: '2',
    state: 'a journal of a process that runs or was killed',
    exits: [0, 0, 4, 0, 4],
    words: /2 not sealed yet$/,
    make: live,
  },
  {
    row: '3',
    state: 'lines behind the end of a closed log',
    exits: [1, 1, 1, 1, 1],
    words: /2 events follow the end of the log/,
    async make() {
      const state = await closed()
      appendEvents(state.log, 2)
      return state
    },
  },
  {
    row: '4',
    state: 'a tail that is longer than a seal takes',
    exits: [0, 4, 4, 4, 4],
    words: /although a seal was due/,
    async make() {
      const state = await live()
      changeLines(state.log, (line, at) => [
        at === state.end - 1 ? line.replace(/"timestamp":"[^"]*"/, '"timestamp":"2099-01-01T00:00:00.000Z"') : line,
      ])
      return state
    },
  },
  {
    row: '4',
    state: 'a whole log that only has its empty checkpoint left (B10)',
    exits: [0, 4, 4, 4, 4],
    accept: 'unsealed-logs',
    async make() {
      const { log, root, anchor } = await live([])
      const [nothing] = checkpointsIn(anchor)
      writeFileSync(join(log, 'checkpoint'), nothing!)
      rmSync(join(log, 'tiles'), { recursive: true, force: true })
      changeLines(log, (line) => [line.replace('event', 'evenT')])
      return { paths: [root], anchor: anchorUpTo(anchor, 0) }
    },
  },
  {
    row: '5',
    state: 'a journal that was never sealed',
    exits: [0, 4, 4, 4, 4],
    accept: 'unsealed-logs',
    async make() {
      const { root } = await honestJournal({ seal: false, runs: [5] })
      return { paths: [root], anchor: (await closed()).anchor }
    },
  },
  {
    row: '6',
    state: 'a journal whose checkpoint is gone, although a seal shows that it had one',
    exits: [1, 1, 1, 1, 1],
    words: /checkpoint is gone/,
    async make() {
      const state = await closed()
      rmSync(join(state.log, 'checkpoint'))
      return state
    },
  },
  {
    row: '6',
    state: 'a journal whose checkpoint is gone, although hashes show that it had one',
    exits: [1, 1, 1, 1, 1],
    words: /checkpoint is gone/,
    async make() {
      const state = await live([3])
      rmSync(join(state.log, 'checkpoint'))
      return state
    },
  },
  {
    row: '7',
    state: 'a journal without events',
    exits: [0, 0, 0, 0, 0],
    async make() {
      const { log, root, anchor } = await closed()
      for (const path of segmentsIn(log)) rmSync(path)
      rmSync(join(log, 'tiles'), { recursive: true })
      writeFileSync(join(log, 'checkpoint'), checkpointsIn(anchor)[0]!)
      return { paths: [root], anchor: anchorUpTo(anchor, 0) }
    },
  },
  { row: '8', state: 'a trimmed journal', exits: [0, 0, 0, 0, 0], make: trimmed },
  {
    row: '9',
    state: 'a journal that was trimmed before a checkpoint covered that',
    exits: [0, 4, 4, 4, 4],
    words: /no checkpoint proves it/,
    make: trimmedUncovered,
  },
  {
    row: '10',
    state: 'a trimmed journal without its hashes',
    exits: [0, 4, 4, 4, 4],
    words: /up to the first seal/,
    async make() {
      const state = await trimmed()
      rmSync(join(state.log, 'tiles'), { recursive: true })
      return state
    },
  },
  {
    row: '11',
    state: 'a whole journal without its hashes',
    exits: [0, 0, 0, 0, 0],
    async make() {
      const state = await closed()
      rmSync(join(state.log, 'tiles'), { recursive: true })
      return state
    },
  },
  {
    row: '11',
    state: 'a whole journal with damaged hashes',
    exits: [0, 0, 0, 0, 0],
    words: /kept hash of event 7 .* is damaged/,
    async make() {
      const state = await closed()
      const path = join(state.log, 'tiles/0')
      const bytes = readFileSync(path)
      bytes[7 * 32]! ^= 1
      writeFileSync(path, bytes)
      return state
    },
  },
  { row: '12', state: 'a copy of a closed log', exits: [0, 0, 0, 0, 0], make: async () => copyOf((lines) => lines) },
  {
    row: '13',
    state: 'a copy that begins late',
    exits: [0, 4, 4, 4, 4],
    accept: 'late-start',
    words: /events 5 to 21 are not proven/,
    make: async () => copyOf((lines) => lines.slice(5)),
  },
  {
    row: '13',
    state: 'a copy that begins late, with the hashes of the journal',
    exits: [0, 0, 0, 0, 0],
    async make() {
      const { paths, anchor, root } = await copyOf((lines) => lines.slice(5))
      return { paths, anchor, tiles: root }
    },
  },
  {
    row: '14',
    state: 'a journal that is older than the anchor',
    exits: [0, 0, 1, 1, 1],
    words: /rolled back|^.*all proven$/,
    async make() {
      const directory = temporaryDirectory()
      const { root } = await honestJournal({ root: directory, runs: [5] })
      cpSync(root, join(directory, 'older'), { recursive: true })
      const { anchor } = await honestJournal({ root: directory, runs: [5] })
      return { paths: [join(directory, 'older')], anchor }
    },
  },
  {
    row: '15',
    state: 'a copy that ends before the anchor does',
    exits: [0, 0, 4, 4, 4],
    make: async () => copyOf((lines) => lines.slice(0, -20)),
  },
  {
    row: '16',
    state: 'a copy of a killed container, with a seal',
    exits: [0, 0, 4, 0, 4],
    async make() {
      const { paths, anchor } = await copyOf((lines) => lines.slice(0, -20))
      return { paths, anchor: anchorUpTo(anchor, 24) }
    },
  },
  {
    row: '17',
    state: 'a copy of a container that was killed before its first seal',
    exits: [0, 4, 4, 4, 4],
    accept: 'unsealed-logs',
    async make() {
      const { paths, anchor } = await copyOf((lines) => lines.slice(0, 10))
      return { paths, anchor: anchorUpTo(anchor, 4) }
    },
  },
  { row: '18', state: 'an adopted log, whose seal stands in the log of the adopter', exits: [0, 0, 0, 0, 0], make: adopted },
  {
    row: '19',
    state: 'a log that was taken over without authentication',
    exits: [0, 4, 4, 4, 4],
    accept: 'unauthenticated',
    words: /5 events were recovered without evidence/,
    make: takenOver,
  },
  {
    row: '19',
    state: 'selected events of a log that was taken over without authentication, without the event that says so',
    exits: [0, 4, 4, 4, 4],
    accept: 'unauthenticated',
    words: /5 events were recovered without evidence/,
    make: () => takenOverInPart(['"type":"flag"']),
  },
  {
    row: '20',
    state: 'a copy of selected events, with the hashes of the journal',
    exits: [0, 0, 0, 0, 0],
    words: /It has only selected events/,
    async make() {
      const { paths, anchor, root } = await copyOf((lines) => lines.filter((line) => line.includes('"type":"flag"')))
      return { paths, anchor, tiles: root }
    },
  },
  {
    row: '21',
    state: 'a copy of selected events, without hashes',
    exits: [1, 1, 1, 1, 1],
    words: /give --tiles/,
    make: async () => copyOf((lines) => lines.filter((line) => line.includes('"type":"flag"'))),
  },
  { row: '22', state: 'an export after retention', exits: [0, 0, 0, 0, 0], make: () => expired('with hashes') },
  { row: '22', state: 'an export after retention, without hashes', exits: [1, 1, 1, 1, 1], make: () => expired('alone') },
  {
    row: '23',
    state: 'a log that is signed by a key that was not given',
    exits: [0, 4, 0, 4, 4],
    async make() {
      return { ...(await closed()), key: generateKeyPair('flags-api').verifierKey }
    },
  },
  {
    row: '24',
    state: 'an unsigned log',
    exits: [0, 1, 0, 1, 1],
    async make() {
      const { root, anchor } = await honestJournal({ seal: 'unsigned' })
      return { paths: [root], anchor }
    },
  },
  {
    row: '25',
    state: 'logs that only the anchor has',
    exits: [0, 0, 0, 0, 4],
    async make() {
      const state = await closed()
      const { anchor } = await honestJournal({ runs: [3] })
      appendFileSync(state.anchor, readFileSync(anchor))
      return state
    },
  },
  {
    row: '26',
    state: 'a log with a broken line',
    exits: [1, 1, 1, 1, 1],
    async make() {
      const state = await closed()
      for (const path of segmentsIn(state.log)) {
        const lines = readFileSync(path, 'utf8').split('\n')
        writeFileSync(path, lines.map((line) => (line.includes('"sequence":21,') ? '{"torn' : line)).join('\n'))
      }
      return state
    },
  },
  {
    row: '27',
    state: 'a journal with a torn end',
    exits: [0, 0, 0, 0, 0],
    words: /last write to a file is incomplete/,
    async make() {
      const state = await closed()
      appendFileSync(segmentsIn(state.log).at(-1)!, '{"version":"1.0","type":"fl')
      return state
    },
  },
  {
    row: '27',
    state: 'a copy with a torn end',
    exits: [0, 0, 0, 0, 0],
    words: /last write to a file is incomplete/,
    async make() {
      const state = await copyOf((lines) => lines)
      appendFileSync(state.paths[0]!, '{"version":"1.0","type":"fl')
      return state
    },
  },
  {
    row: '27',
    state: 'a journal with a whole line at its end that is not an event of it (B3)',
    exits: [1, 1, 1, 1, 1],
    async make() {
      const state = await closed()
      appendFileSync(segmentsIn(state.log).at(-1)!, `${checked(eventText({ source: stranger, sequence: 56 }))}\n`)
      return state
    },
  },
  {
    row: '27',
    state: 'a copy with a whole line at its end that has no source (B3)',
    exits: [1, 1, 1, 1, 1],
    async make() {
      const state = await copyOf((lines) => lines)
      appendFileSync(state.paths[0]!, `${eventText({})}}\n`)
      return state
    },
  },
  {
    row: '27',
    state: 'a journal with the rest of a failed write behind a segment',
    exits: [0, 0, 0, 0, 0],
    words: /A file has bytes behind its last event/,
    async make() {
      const state = await closed()
      appendFileSync(segmentsIn(state.log)[0]!, '{"version":"1.0","type":"fl\u0000\u0000\n')
      return state
    },
  },
  {
    row: '27',
    state: 'the same with a complete line of an earlier sequence in it',
    exits: [1, 1, 1, 1, 1],
    async make() {
      const state = await closed()
      appendFileSync(segmentsIn(state.log)[0]!, `${checked(eventText({ source: state.source, sequence: 2 }))}x\n`)
      return state
    },
  },
  ...lateRows,
]
