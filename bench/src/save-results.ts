import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from './render-tables.ts'

const INTRODUCTION = `# Benchmarks

What the library costs and reaches, beside what one would otherwise use. Everything between the marks is written by \`npm run bench\`; the raw rounds
are in [bench/results](../bench/results).

Each case runs in a process of its own, once a round, each round in another order. Numbers are medians over the rounds, ± is half the distance
between the smallest and the largest in per cent of the median, and a ratio is the median of the ratios within each round. Beyond ±20 % a row is
marked noisy, and its numbers are worth a second run. Absolute numbers are of that machine; the ratios travel better.
`

/** The whole run, with every round, as \`<group>.json\`. */
export function saveResults(directory: string, run: Run): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, `${run.group}.json`), `${JSON.stringify(run, undefined, 2)}\n`)
}

/** Replaces the tables of a group on the page, or appends them. */
export function saveTables(path: string, group: string, tables: string): void {
  const page = existsSync(path) ? readFileSync(path, 'utf8') : INTRODUCTION
  writeFileSync(path, withSection(page, group, tables))
}

export function withSection(page: string, group: string, tables: string): string {
  const begin = `<!-- bench ${group}: written by npm run bench -->`
  const end = `<!-- /bench ${group} -->`
  const section = `${begin}\n\n${tables}\n\n${end}`
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from === -1 || to < from) return `${page.trimEnd()}\n\n${section}\n`
  return `${page.slice(0, from)}${section}${page.slice(to + end.length)}`
}
