import { styleText } from 'node:util'
import { printable } from '../printable.ts'
import type { Finding, SourceReport, TrailReport } from './report.ts'

export interface Describing {
  readonly hasKeys: boolean
  readonly hasColours: boolean
}

/** So many findings of one log are shown; the first tells most. */
const MOST_FINDINGS = 10

/** A report in words, line by line. */
export function sentencesOf(report: TrailReport, { hasKeys, hasColours }: Describing): readonly string[] {
  const paint = (style: 'red' | 'green' | 'yellow' | 'bold', text: string) =>
    hasColours ? styleText(style, text, { validateStream: false }) : text
  const lines: string[] = []
  for (const source of report.sources) {
    lines.push(
      `${source.ok ? paint('green', '✔') : paint('red', '✘')} ${paint('bold', printable(source.source))}  ${extentOf(source)}`,
    )
    for (const finding of source.findings.slice(0, MOST_FINDINGS)) lines.push(`  ${paint('red', findingLine(finding))}`)
    if (source.findings.length > MOST_FINDINGS) lines.push(`  … and ${source.findings.length - MOST_FINDINGS} more; see --json`)
    for (const note of source.notes) lines.push(`  ${printable(note)}`)
  }
  for (const finding of report.findings) lines.push(paint('red', findingLine(finding)))
  if (report.sources.length === 0 && report.findings.length === 0) lines.push('There is nothing to check.')
  lines.push('', ...verdictOf(report, hasKeys).map((line) => (report.ok ? line : paint('red', line))))
  return lines
}

function extentOf({ events, first, end, sealedTo, coveredFrom, signatures, signedBy, ok }: SourceReport): string {
  const range = events === 0 ? 'no events' : `${counted(events)}, ${first} to ${end - 1}`
  if (sealedTo === 0) return ok ? `${range}, none of them sealed` : range
  const sealed = `sealed ${coveredFrom} to ${sealedTo - 1}`
  const by =
    signatures === 'unsigned'
      ? 'unsigned'
      : `${signatures === 'checked' ? 'signed' : 'signed, it says,'} by ${signedBy.map(printable).join(' and ')}`
  return `${range}, ${sealed}, ${by}`
}

function counted(events: number): string {
  return events === 1 ? '1 event' : `${events} events`
}

function findingLine({ cause, sequence, to, message }: Finding): string {
  const place = sequence === undefined ? '' : to === undefined ? ` at ${sequence}` : ` at ${sequence} to ${to}`
  return `${cause}${place}: ${printable(message)}`
}

/** What it comes to, and what it does not say. */
function verdictOf({ ok, events, sources }: TrailReport, hasKeys: boolean): readonly string[] {
  const logs = sources.length === 1 ? 'one log' : `${sources.length} logs`
  if (!ok) return ['This trail is not what was sealed.']
  const isUnsigned = sources.some(({ signatures, sealedTo }) => signatures === 'unsigned' && sealedTo > 0)
  return [
    `${counted(events)} in ${logs}: nothing is wrong.`,
    ...(isUnsigned ? ['Unsigned: whoever can write the files could have made all of it.'] : []),
    ...(!hasKeys && !isUnsigned ? ['Signatures were not checked, since no --key was given.'] : []),
  ]
}
