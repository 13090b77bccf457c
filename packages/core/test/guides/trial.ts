import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { columnsOf, nameOf, type Column } from './columns.ts'
import { readPage, type Page } from './page.ts'
import { GuideProject } from './project.ts'

export interface Trial {
  /** The packages that a service has before its author opens the page. */
  readonly has?: (column: Column) => readonly string[]
  /** The packages that the page says to install, if it does not say so with its first install line. */
  readonly installs?: (page: Page) => readonly string[]
  /** Writes the blocks of the page into the project, compiles and runs them. Rejects if anything is not as the page says. */
  readonly attempt: (project: GuideProject, page: Page) => Promise<void>
  /** The negative control: text of the page, and a mistake in its place that the attempt must notice. */
  readonly mistake: readonly [string, string]
}

/** Makes the tests of one page: each column in an empty project, and a control with a mistake in the page. */
export function tryPage(path: string, { has, installs, attempt, mistake }: Trial): void {
  const columns = columnsOf(path)
  describe.each(columns.map((column) => [nameOf(column), column] as const))(`${path} with %s`, (_, column) => {
    let project: GuideProject
    beforeAll(async () => {
      project = new GuideProject(column)
      await project.install([`typescript@${column.typescript}`, '@types/node@24', ...(has?.(column) ?? [])])
      const page = readPage(path)
      await project.install(installs?.(page) ?? page.installLine())
    })
    afterAll(() => project.remove())

    test(`${path} works as it stands`, async () => {
      const page = readPage(path)
      // The first install line has been tried above.
      if (!installs) page.installLine()
      await attempt(project, page)
      // A block that is not tried may be wrong.
      expect(page.untried()).toEqual([])
    })

    if (column !== columns[0]) return
    test(`control: in ${path}, '${mistake[1]}' instead of '${mistake[0]}' is noticed`, async () => {
      project.clean()
      await expect(attempt(project, readPage(path, mistake))).rejects.toThrow()
    })
  })
}

/** Splits a program into its imports and the rest, in which it exports nothing: so that the rest can stand in a function. */
export function splitImports(code: string): { readonly imports: string; readonly rest: string } {
  const imports = Array.from(code.matchAll(/^import \{\n.*?\n\} from .*?$|^import .*?$/gms), ([line]) => line)
  const rest = imports.reduce((text, line) => text.replace(line, ''), code)
  return { imports: imports.join('\n'), rest: rest.replaceAll(/^export (?=const|async|function)/gm, '') }
}

/** Puts the statements of a program into a function, because CommonJS has no `await` at the top level. */
export function inFunction(code: string): string {
  const { imports, rest } = splitImports(code)
  return `${imports}\nasync function main(): Promise<void> {\n${rest}\n}\nvoid main()\n`
}
