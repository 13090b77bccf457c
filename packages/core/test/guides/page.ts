import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { workspace } from '../packed-project.ts'

/** A page of the documentation, of which each block of code is tried, or left out for a reason. */
export interface Page {
  readonly path: string
  readonly text: string
  /** Returns the only block that contains `text`, and counts it as tried. */
  block(text: string): string
  /** Counts the only block that contains `text` as left out. */
  leaveOut(text: string, reason: string): void
  /** Returns what follows `npm install` at the place `index` of the page, without comments. */
  installLine(index?: number): readonly string[]
  /** Returns the first lines of the blocks that are neither tried nor left out. */
  untried(): readonly string[]
}

/** Reads a page of the repository as it stands, or with a mistake: the second text instead of the first. */
export function readPage(path: string, mistake: readonly [string, string] = ['', '']): Page {
  const written = readFileSync(join(workspace, path), 'utf8')
  const text = written.replace(...mistake)
  if (mistake[0] !== mistake[1] && text === written) throw new Error(`${path} has no '${mistake[0]}' to break.`)
  const blocks = Array.from(text.matchAll(/^```\w*\n(.*?)^```/gms), ([, code]) => code!)
  const known = new Set<string>()
  const block = (part: string) => {
    const found = blocks.filter((code) => code.includes(part))
    if (found.length !== 1) throw new Error(`${path} has ${found.length} blocks of code with '${part}', not one.`)
    known.add(found[0]!)
    return found[0]!
  }
  return {
    path,
    text,
    block,
    leaveOut: (part, reason) => {
      if (reason === '') throw new Error('Give a reason.')
      block(part)
    },
    installLine: (index = 0) => {
      const [, words] = Array.from(text.matchAll(/npm install ((?:[^\s`#,]+ *)+)/g))[index] ?? []
      if (words === undefined) throw new Error(`${path} has no install line ${index}.`)
      for (const code of blocks) if (/^npm install [^\n]*\n$/.test(code)) known.add(code)
      return words.trim().split(/ +/)
    },
    untried: () => blocks.filter((code) => !known.has(code)).map((code) => code.split('\n')[0]!),
  }
}
