import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Row } from './row.ts'
import type { RowResult } from './run-row.ts'

const RESULTS = fileURLToPath(new URL('../results.json', import.meta.url))
const PAGE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url))
const BEGIN = '<!-- faults: written by npm run test:faults -->'
const END = '<!-- /faults -->'

/** Replaces the earlier result of the same row in `results.json` and in the table of the page, which have the order of `rows`. */
export async function saveResult(rows: readonly Row[], latest: RowResult): Promise<void> {
  const earlier = existsSync(RESULTS) ? (JSON.parse(await readFile(RESULTS, 'utf8')) as readonly RowResult[]) : []
  const all = rows.flatMap(({ row }) => {
    const result = [latest, ...earlier].find((one) => one.row === row)
    return result ? [result] : []
  })
  await writeFile(RESULTS, `${JSON.stringify(all, undefined, 2)}\n`)
  const page = await readFile(PAGE, 'utf8')
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`'${PAGE}' has no place for the table: ${BEGIN} … ${END}`)
  await writeFile(PAGE, `${page.slice(0, begin + BEGIN.length)}\n\n${table(rows, all)}\n\n${page.slice(end)}`)
}

function table(rows: readonly Row[], results: readonly RowResult[]): string {
  const lines = results.map((result) => {
    const { fault, goal } = rows.find(({ row }) => row === result.row)!
    const observed = `${result.passed ? '' : '**does not hold**: '}${result.observed}`
    const controls = result.controls.map(
      ({ name, isNoticed, observed }) => `\`${name}\`${isNoticed ? '' : ' **not noticed**'}: ${observed}`,
    )
    const seen = `${result.seed}, ${result.commit}, ${result.date}`
    return [result.row, fault, goal, observed, controls.join('<br>') || '–', `\`${result.command}\``, seen, result.machine]
  })
  const head = ['', 'fault', 'goal', 'seen', 'without a safety step', 'command', 'seed, commit, day', 'machine']
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.map(inCell).join(' | ')} |`).join('\n')
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
