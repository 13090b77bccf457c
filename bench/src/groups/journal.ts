import type { Group } from '../benchmark.ts'

const OWN = 'file journal, append'
const TEXT = 'raw file, text'

export const journal: Group = {
  name: 'journal',
  title: 'The journal on disk',
  about: `Events of some 440 bytes, in batches of 1,000. *Append*: the journal gets encoded events and resolves when they are durable; a raw file
gets lines of as many bytes with \`write\` and \`fdatasync\`, from text (as the journal) or from objects; node:sqlite
inserts in one transaction a batch (WAL, \`synchronous=FULL\`), lmdb in one synchronous transaction. *Drain*: a backlog on disk is read through a
cursor, each line checked, each batch acknowledged durably; the peer reads the same segments in chunks and makes a string of each line, no more.
*Recovery*: a start after a crash at the worst moment: a full last segment of 64 MiB, of which nothing is known to be durable, is checked, copied and
synced; the peer checks each line's checksum, no more. After a clean end the same start has nothing to check.`,
  measures: {
    eventsPerSecond: { title: 'events/s', unit: 'events/s' },
    milliseconds: { title: 'start', unit: 'ms' },
    megabytesPerSecond: { title: 'MB/s', unit: 'MB/s' },
  },
  cases: [
    { name: OWN, load: async () => (await import('../journal/append.ts')).appendToFileJournal },
    { name: TEXT, load: async () => (await import('../journal/append.ts')).writeText },
    { name: 'raw file, objects', load: async () => (await import('../journal/append.ts')).writeObjects },
    { name: 'node:sqlite', load: async () => (await import('../journal/append.ts')).insertIntoSqlite },
    { name: 'lmdb', load: async () => (await import('../journal/append.ts')).putIntoLmdb },
    { name: 'file journal, drain', load: async () => (await import('../journal/drain.ts')).drainCursor },
    { name: 'raw segment read', load: async () => (await import('../journal/drain.ts')).readSegments },
    { name: 'file journal, recovery', load: async () => (await import('../journal/recovery.ts')).recover },
    {
      name: 'file journal, start after a clean end',
      load: async () => (await import('../journal/recovery.ts')).startAfterCleanEnd,
    },
    { name: 'raw CRC scan', load: async () => (await import('../journal/recovery.ts')).scanCrc },
  ],
  comparisons: [
    { goal: 'P1', of: OWN, against: TEXT, measure: 'eventsPerSecond', atLeast: 0.8 },
    { of: OWN, against: 'raw file, objects', measure: 'eventsPerSecond' },
    { goal: 'P2', of: OWN, against: 'node:sqlite', measure: 'eventsPerSecond', atLeast: 1.3 },
    { goal: 'P2', of: OWN, against: 'lmdb', measure: 'eventsPerSecond', atLeast: 1.2 },
    { goal: 'P10', of: 'file journal, drain', against: 'raw segment read', measure: 'eventsPerSecond', atLeast: 0.85 },
    { goal: 'P10', of: 'file journal, recovery', against: 'raw CRC scan', measure: 'megabytesPerSecond', atLeast: 0.7 },
  ],
}
