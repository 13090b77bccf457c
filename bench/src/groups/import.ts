import type { Group } from '../benchmark.ts'

const PAIRS = '@audit/core and pino, in turn'

export const importing: Group = {
  name: 'import',
  title: 'The import',
  about: `What \`import('@audit/core')\` costs a program that starts, compared with \`import('pino')\`: the processor time of all threads of a new process during the import.
Both are imported in turn, each in 41 processes; the numbers are the medians of these, and the ratio is that of the medians.`,
  measures: {
    core: { title: '@audit/core', unit: 'ms' },
    pino: { title: 'pino', unit: 'ms' },
    ratio: { title: 'ratio', unit: '×' },
  },
  cases: [{ name: PAIRS, load: async () => (await import('../import/import-pairs.ts')).importPairs }],
  comparisons: [{ of: PAIRS, measure: 'ratio', atMost: 1 }],
}
