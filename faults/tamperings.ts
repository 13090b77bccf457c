import { cpSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair } from '../packages/proof/dist/esm/index.js'
import type { Cause } from '../packages/cli/dist/esm/index.js'
import { changeLines, countingLines, forge, numbered, segmentNames, type SealedLine } from './sealed-lines.ts'

/** What the one who checks has been given, beside the files. */
export type Given = 'nothing' | 'key' | 'key and anchor'

/** A log to be tampered with: a copy of an honest one. */
export interface Victim {
  readonly log: string
  readonly lines: readonly SealedLine[]
  /** Events that the checkpoint covers, and those an anchor has seen. */
  readonly sealed: number
  readonly anchored: number
  /** The key that signed it. */
  readonly key: string
  /** The same log at an earlier time, and one that went on from there by itself, if there are such. */
  readonly earlier: string | undefined
  readonly forked: string | undefined
  readonly below: (limit: number) => number
}

/** What must be found. */
export interface Expected {
  readonly causes: readonly Cause[]
  /** The first bad event, if it can be told. */
  readonly at?: number
}

/** Undefined: this log has nothing that it could be done to. */
export interface Tampering {
  readonly name: string
  /** Does it, and tells what must be found given that; `no` if nobody could know. */
  readonly tamper: (victim: Victim) => Done | undefined | Promise<Done | undefined>
}
/** `no`: nobody can find it with that. `not proven`: nothing is wrong in itself, but the verdict must not be that it is proven. */
export type Done = Readonly<Record<Given, Expected | 'no' | 'not proven'>>

const stranger = generateKeyPair('sealed').signingKey
const always = (...causes: readonly Cause[]): Done => found({ causes })
const at = (sequence: number, ...causes: readonly Cause[]): Done => found({ causes, at: sequence })
const found = (expected: Expected): Done => ({ nothing: expected, key: expected, 'key and anchor': expected })
const never: Done = { nothing: 'no', key: 'no', 'key and anchor': 'no' }

export const tamperings: readonly Tampering[] = [
  {
    name: 'an event is changed',
    tamper({ log, sealed, lines, below }) {
      const sequence = pick(lines, sealed, below)
      changeLines(log, (text, each) => [each === sequence ? altered(text) : text])
      return at(sequence, 'changed')
    },
  },
  {
    name: 'an event is changed, and not its checksum',
    tamper({ log, sealed, lines, below }) {
      const sequence = pick(lines, sealed, below)
      for (const name of segmentNames(log)) {
        const path = join(log, 'log', name)
        const text = readFileSync(path, 'utf8').split('\n')
        writeFileSync(
          path,
          text
            .map((line) => (line.match(/"sequence":(\d+),"(?:tag|crc)"/)?.[1] === String(sequence) ? altered(line) : line))
            .join('\n'),
        )
      }
      return at(sequence, 'changed')
    },
  },
  {
    name: 'an event is taken out',
    tamper({ log, sealed, lines, below }) {
      const sequence = below(sealed - 1)
      if (sequence >= lines.length - 1) return undefined
      changeLines(log, (text, each) => (each === sequence ? [] : [text]))
      // The first line of all may be one that was let go; that it was not, only its hashes say.
      return sequence === 0 ? at(0, 'missing') : at(sequence, 'missing', 'truncated')
    },
  },
  {
    name: 'an event is taken out, the others renumbered',
    tamper({ log, sealed, below }) {
      const sequence = below(sealed - 1)
      oneFile(log, (lines) => lines.filter((line) => line.sequence !== sequence))
      return at(sequence, 'changed', 'truncated')
    },
  },
  {
    name: 'an event is put in',
    tamper({ log, sealed, lines, below }) {
      const sequence = pick(lines, sealed, below)
      oneFile(
        log,
        (all) => all.flatMap((line) => (line.sequence === sequence ? [{ ...line, text: altered(line.text) }, line] : [line])),
        false,
      )
      return at(sequence, 'out-of-order', 'changed')
    },
  },
  {
    name: 'an event is put in, the others renumbered',
    tamper({ log, sealed, lines, below }) {
      const sequence = pick(lines, sealed, below)
      oneFile(log, (all) =>
        all.flatMap((line) => (line.sequence === sequence ? [{ ...line, text: altered(line.text) }, line] : [line])),
      )
      return at(sequence, 'changed')
    },
  },
  {
    name: 'two events change places',
    tamper({ log, sealed, below }) {
      const sequence = below(sealed - 2)
      oneFile(log, (all) => all.toSpliced(sequence, 2, all[sequence + 1]!, all[sequence]!), false)
      return at(sequence, 'missing', 'out-of-order')
    },
  },
  {
    name: 'two events change places, and their numbers',
    tamper({ log, sealed, below }) {
      const sequence = below(sealed - 2)
      oneFile(log, (all) => all.toSpliced(sequence, 2, all[sequence + 1]!, all[sequence]!))
      return at(sequence, 'changed')
    },
  },
  {
    name: 'the end is cut off, below the checkpoint',
    tamper({ log, sealed, below }) {
      const sequence = below(sealed)
      changeLines(log, (text, each) => (each < sequence ? [text] : []))
      return at(sequence, 'truncated')
    },
  },
  {
    name: 'the end is cut off, above the checkpoint',
    tamper({ log, sealed, lines, below }) {
      if (lines.length <= sealed) return undefined
      const sequence = sealed + below(lines.length - sealed)
      changeLines(log, (text, each) => (each < sequence ? [text] : []))
      return never
    },
  },
  {
    name: 'two files change names',
    tamper({ log }) {
      const names = segmentNames(log).filter((name) => readFileSync(join(log, 'log', name)).length > 0)
      const [one, other] = names.filter((name) => name.includes(`.${names.at(-1)!.split('.')[1]}.`))
      if (one === undefined || other === undefined) return undefined
      const [from, to] = [join(log, 'log', one), join(log, 'log', other)]
      renameSync(from, `${from}.aside`)
      renameSync(to, from)
      renameSync(`${from}.aside`, to)
      return always('out-of-order', 'missing', 'truncated', 'unreadable')
    },
  },
  {
    name: 'a file is gone',
    tamper({ log, lines, sealed }) {
      const first = lines[0]
      const name = segmentNames(log).find((each) => first && Number(each.split('.')[0]) <= sealed - 1 && isCounting(log, each))
      if (name === undefined) return undefined
      rmSync(join(log, 'log', name))
      return always('missing', 'truncated', 'changed')
    },
  },
  {
    name: 'the checkpoint is gone',
    tamper({ log, lines }) {
      rmSync(join(log, 'checkpoint'))
      return lines.some(({ text }) => text.includes('"type":"audit","action":"sealed"')) ? always('missing') : undefined
    },
  },
  {
    name: 'the checkpoint says another size',
    tamper({ log, sealed }) {
      const path = join(log, 'checkpoint')
      writeFileSync(path, readFileSync(path, 'utf8').replace(`\n${sealed}\n`, `\n${sealed - 1}\n`))
      const expected = { causes: ['bad-signature'] as const }
      return { nothing: { causes: ['changed', 'forked', 'rolled-back'] }, key: expected, 'key and anchor': expected }
    },
  },
  {
    name: 'a kept hash is changed',
    tamper({ log, sealed, below }) {
      const sequence = below(sealed)
      const bytes = readFileSync(join(log, 'tiles/0'))
      bytes[sequence * 32 + below(32)]! ^= 1 + below(255)
      writeFileSync(join(log, 'tiles/0'), bytes)
      // Every event is proven from its own line.
      return never
    },
  },
  {
    name: 'an event is changed, and all hashes are gone',
    tamper({ log, sealed, lines, below }) {
      const sequence = pick(lines, sealed, below)
      changeLines(log, (text, each) => [each === sequence ? altered(text) : text])
      rmSync(join(log, 'tiles'), { recursive: true })
      return always('changed')
    },
  },
  {
    name: 'an old event is put at the end, as a new one',
    tamper({ log, sealed, lines, below }) {
      const old = lines[below(sealed)]!
      const last = segmentNames(log).findLast((name) => readFileSync(join(log, 'log', name)).length > 0)!
      truncateSync(join(log, 'log', last), readFileSync(join(log, 'log', last), 'latin1').lastIndexOf('\n') + 1)
      oneFile(log, (all) => [...all, { text: numbered(old.text, all.length), sequence: all.length }])
      return at(lines.length, 'replayed')
    },
  },
  {
    name: 'all is made anew, signed by another key',
    async tamper({ log, sealed, lines, anchored, below }) {
      const sequence = pick(lines, sealed, below)
      await forge(
        log,
        lines.map((line) => (line.sequence === sequence ? altered(line.text) : line.text)),
        sealed,
        stranger,
      )
      const expected = sequence < anchored ? { causes: ['forked', 'changed'] as const } : 'not proven'
      return { nothing: 'no', key: 'not proven', 'key and anchor': expected }
    },
  },
  {
    name: 'all is made anew, signed by the stolen key',
    async tamper({ log, sealed, lines, anchored, key, below }) {
      const sequence = pick(lines, sealed, below)
      await forge(
        log,
        lines.map((line) => (line.sequence === sequence ? altered(line.text) : line.text)),
        sealed,
        key,
      )
      const expected = sequence < anchored ? { causes: ['forked', 'changed'] as const } : 'no'
      return { nothing: 'no', key: 'no', 'key and anchor': expected }
    },
  },
  {
    name: 'an older copy of all is put back',
    tamper({ log, earlier, anchored }) {
      if (earlier === undefined || countingLines(earlier).length >= anchored) return undefined
      replace(log, earlier)
      return { nothing: 'no', key: 'no', 'key and anchor': { causes: ['rolled-back'], at: countingLines(log).length } }
    },
  },
  {
    name: 'an older copy is put back, and goes on by itself',
    tamper({ log, forked, anchored, earlier }) {
      if (forked === undefined || earlier === undefined || countingLines(earlier).length >= anchored) return undefined
      replace(log, forked)
      return { nothing: 'no', key: 'no', 'key and anchor': { causes: ['forked', 'rolled-back', 'changed'] } }
    },
  },
]

/** Something that the application recorded, below the checkpoint. */
function pick(lines: readonly SealedLine[], sealed: number, below: Victim['below']): number {
  const own = lines.filter(({ text, sequence }) => sequence < sealed && text.includes('"type":"entry"'))
  return own[below(own.length)]!.sequence
}

function altered(text: string): string {
  return text.replace(/"amount":(\d+)/, (_, amount: string) => `"amount":${Number(amount) + 1}`)
}

/** Writes what counts into the one file that counts then, as one who wants no trace would. */
function oneFile(log: string, change: (lines: readonly SealedLine[]) => readonly SealedLine[], isRenumbered = true): void {
  const changed = change(countingLines(log)).map(({ text }, at) => (isRenumbered ? numbered(text, at) : text))
  const names = segmentNames(log)
  const last = names.at(-1)!.replace(/^\d+/, '0'.repeat(20))
  for (const name of names) rmSync(join(log, 'log', name))
  writeFileSync(join(log, 'log', last), '')
  writeFileSync(join(log, 'log', last), changed.map((text) => `${text.slice(0, -1)},"crc":"00000000"}\n`).join(''))
  changeLines(log, (text) => [text])
}

/** Whether lines of it count. */
function isCounting(log: string, name: string): boolean {
  const all = countingLines(log).length
  const [first = 0] = name.split('.').map(Number)
  const next = segmentNames(log).slice(segmentNames(log).indexOf(name) + 1)
  return (
    first < all && !next.some((later) => Number(later.split('.')[0]) <= first) && readFileSync(join(log, 'log', name)).length > 0
  )
}

function replace(log: string, other: string): void {
  rmSync(log, { recursive: true })
  cpSync(other, log, { recursive: true })
}
