import type { Assessment, AssessedCase, AssessedComparison, Round } from './assess.ts'
import type { Group, Measure } from './benchmark.ts'
import type { Machine } from './machine.ts'
import { isNoisy, type Summary } from './statistics.ts'

/** All results of one run of a group. */
export interface Run extends Assessment {
  readonly group: string
  /** RFC 3339. */
  readonly date: string
  readonly machine: Machine
  readonly rounds: readonly Round[]
}

/** Renders the results and their comparison with the goals as Markdown. */
export function renderTables(group: Group, run: Run): string {
  const { machine } = run
  const place = `${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, ${machine.system}, ${machine.fileSystem}`
  return [
    `## ${group.title}`,
    group.about,
    `Measured on ${run.date.slice(0, 10)} in ${run.rounds.length} ${run.rounds.length === 1 ? 'round' : 'rounds'}: Node ${machine.node}, ${place}.`,
    ...casesTables(group, run.cases),
    comparisonsTable(group, run.comparisons),
  ].join('\n\n')
}

/** A number a person can read, with its unit. */
export function quantity(value: number, { title, unit }: Measure): string {
  return title === unit ? `${digits(value)} ${unit}` : `${title} ${digits(value)} ${unit}`
}

/** Cases with the same measures share one table. */
function casesTables(group: Group, cases: readonly AssessedCase[]): string[] {
  const measured = cases.filter(({ leftOut }) => leftOut === undefined)
  const tables = Map.groupBy(measured, ({ measures }) => Object.keys(measures).join())
  const leftOut = cases.flatMap(({ name, leftOut }) => (leftOut === undefined ? [] : [`**Left out: ${name}.** ${leftOut}`]))
  return [...Array.from(tables.values(), (rows) => casesTable(group, rows)), ...leftOut]
}

function casesTable(group: Group, cases: readonly AssessedCase[]): string {
  const measures = Object.keys(cases[0]!.measures)
  const head = ['', ...measures.map((name) => titleOf(group.measures[name]!)), '']
  const rows = cases.map(({ name, measures }) => [name, ...Object.values(measures).map(cell), noise(Object.values(measures))])
  return table(head, rows)
}

function titleOf({ title, unit }: Measure): string {
  return title === unit ? unit : `${title}, ${unit}`
}

function comparisonsTable(group: Group, comparisons: readonly AssessedComparison[]): string {
  const rows = comparisons.map((comparison) => [
    comparison.goal ?? '',
    comparison.of,
    comparison.against ?? '',
    comparison.over === undefined ? group.measures[comparison.measure]!.title : `cost beyond ${comparison.over}`,
    comparison.against === undefined
      ? digits(comparison.ratio.median)
      : `**${comparison.ratio.median.toFixed(2)}×** ±${percent(comparison.ratio)}`,
    asked(comparison),
    verdict(comparison),
  ])
  return table(['goal', 'case', 'against', 'of', 'ratio', 'asked', ''], rows)
}

function asked({ atLeast, atMost, against }: AssessedComparison): string {
  const times = against === undefined ? '' : '×'
  if (atLeast !== undefined) return `≥ ${atLeast.toFixed(2)}${times}`
  if (atMost === undefined) return ''
  return against === undefined ? `${atMost}, in every round` : `≤ ${atMost.toFixed(2)}${times}`
}

function verdict({ isReached, ratio }: AssessedComparison): string {
  const reached = isReached === undefined ? '' : isReached ? 'reached' : '**missed**'
  return [reached, noise([ratio])].filter((word) => word !== '').join(', ')
}

function cell(summary: Summary): string {
  return `${digits(summary.median)} ±${percent(summary)}`
}

function noise(summaries: readonly Summary[]): string {
  return summaries.some(isNoisy) ? 'noisy' : ''
}

function percent({ halfSpread }: Summary): string {
  return `${Math.round(halfSpread)} %`
}

/** Three significant digits; the rest is noise. */
function digits(value: number): string {
  return new Intl.NumberFormat('en', { maximumSignificantDigits: value >= 1_000 ? 4 : 3 }).format(value)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
