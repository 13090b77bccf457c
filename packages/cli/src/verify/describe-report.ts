import { styleText } from 'node:util'
import type { EventCounts, Verdict } from '@audit/proof'
import { printable } from '../printable.ts'
import type { Doubt, Finding, SourceReport, TrailReport } from './report.ts'

export interface Describing {
  readonly hasKeys: boolean
  readonly hasColours: boolean
}

/** Most findings shown for one log; the first is the most useful. */
const MOST_FINDINGS = 10

/** A report in words, line by line. The last line has the counts. */
export function sentencesOf(report: TrailReport, { hasKeys, hasColours }: Describing): readonly string[] {
  const paint = (style: 'red' | 'green' | 'yellow' | 'bold', text: string) =>
    hasColours ? styleText(style, text, { validateStream: false }) : text
  const lines: string[] = []
  for (const source of report.sources) {
    const [mark, colour] = MARKS[source.verdict]
    lines.push(`${paint(colour, mark)} ${paint('bold', printable(source.source))}  ${extentOf(source)}`)
    for (const finding of source.findings.slice(0, MOST_FINDINGS)) lines.push(`  ${paint('red', findingLine(finding))}`)
    if (source.findings.length > MOST_FINDINGS) lines.push(`  … and ${source.findings.length - MOST_FINDINGS} more; see --json`)
    for (const doubt of source.doubts) lines.push(`  ${doubt.isAccepted ? doubtLine(doubt) : paint('yellow', doubtLine(doubt))}`)
    for (const note of source.notes) lines.push(`  ${printable(note)}`)
  }
  for (const finding of report.findings) lines.push(paint('red', findingLine(finding)))
  const [, colour] = MARKS[report.verdict]
  lines.push(
    ...(lines.length > 0 ? [''] : []),
    ...verdictOf(report, hasKeys).map((line) => (colour === 'green' ? line : paint(colour, line))),
    countsLine(report),
  )
  return lines
}

const MARKS: Readonly<Record<Verdict, readonly [mark: string, colour: 'red' | 'green' | 'yellow']>> = {
  proven: ['✔', 'green'],
  consistent: ['✔', 'green'],
  unproven: ['?', 'yellow'],
  wrong: ['✘', 'red'],
}

function extentOf({ events, first, end, sealedTo, coveredFrom, signatures, signedBy }: SourceReport): string {
  const range = events === 0 ? 'no events' : `${counted(events)}, ${first} to ${end - 1}`
  if (sealedTo === 0) return events === 0 ? range : `${range}, none of them sealed`
  const sealed = `sealed ${coveredFrom} to ${sealedTo - 1}`
  const by =
    signatures === 'unsigned'
      ? 'unsigned'
      : `${signatures === 'checked' ? 'signed' : 'signed (not checked)'} by ${signedBy.map(printable).join(' and ')}`
  return `${range}, ${sealed}, ${by}`
}

function counted(events: number): string {
  return events === 1 ? '1 event' : `${events} events`
}

function findingLine({ cause, sequence, to, message }: Finding): string {
  const place = sequence === undefined ? '' : to === undefined ? ` at ${sequence}` : ` at ${sequence} to ${to}`
  return `${cause}${place}: ${printable(message)}`
}

function doubtLine({ reason, isAccepted, message }: Doubt): string {
  return `${isAccepted ? `${reason} (accepted)` : reason}: ${printable(message)}`
}

/** The conclusion, and its limits. */
function verdictOf({ verdict, counts, sources }: TrailReport, hasKeys: boolean): readonly string[] {
  if (verdict === 'wrong') return ['This trail differs from what was sealed.']
  if (counts.events === 0 && verdict !== 'unproven') return ['No events: there is nothing to prove.']
  const isUnsigned = sources.some(({ signatures, sealedTo }) => signatures === 'unsigned' && sealedTo > 0)
  const isUnchecked = !isUnsigned && !hasKeys && sources.some(({ sealedTo }) => sealedTo > 0)
  return [
    verdict === 'proven'
      ? `Nothing is wrong, and everything is proven${counts.proven < counts.events ? ', except the accepted states' : ''}.`
      : verdict === 'unproven'
        ? 'Nothing is wrong, but not all of it is proven.'
        : 'Consistent: nothing is wrong. Neither a key nor an anchor was given, so nothing is proven.',
    ...(isUnsigned ? ['Unsigned: anyone who can write the files could have forged all of it.'] : []),
    ...(isUnchecked ? ['Signatures were not checked, since no --key was given.'] : []),
  ]
}

/** `778 events: 776 proven, 2 not sealed yet`, of one log or several. */
function countsLine({ verdict, counts, sources }: TrailReport): string {
  const logs = sources.length > 1 ? ` in ${sources.length} logs` : ''
  return counts.events === 0 ? `0 events${logs}` : `${counted(counts.events)}${logs}: ${partsOf(counts, verdict).join(', ')}`
}

function partsOf({ events, proven, unsealed, unproven, wrong }: EventCounts, verdict: Verdict): readonly string[] {
  // Beside a finding, these words would be read as the verdict.
  if (proven === events && verdict !== 'wrong') return ['all proven']
  return [
    `${proven} proven`,
    ...(unsealed > 0 ? [`${unsealed} not sealed yet`] : []),
    ...(unproven > 0 ? [`${unproven} not proven`] : []),
    ...(wrong > 0 ? [`${wrong} wrong`] : []),
  ]
}
