import { globSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { parseAst } from 'vitest/node'

export interface Import {
  readonly specifier: string
  readonly isType: boolean
}

/** A source file by its path below the folder of all packages. */
export interface SourceFile {
  readonly path: string
  readonly lines: number
  readonly imports: readonly Import[]
  readonly hasDefault: boolean
}

/** Reads the sources and tests of all packages. */
export function readSources(root: string): readonly SourceFile[] {
  const paths = globSync('*/{src,test}/**/*.ts', { cwd: root }).map((path) => path.split(sep).join('/'))
  return paths.toSorted().map((path) => readSource(root, path))
}

export function readSource(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, lines: text.split('\n').length - 1, ...linksOf(parseAst(text, { lang: 'ts' })) }
}

/** Every module a file names: static, type, re-exporting, dynamic and `import('…').Type`. */
function linksOf(program: unknown): Pick<SourceFile, 'imports' | 'hasDefault'> {
  const imports: Import[] = []
  let hasDefault = false
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { type = '', source, importKind, exportKind, exported } = node as Partial<ModuleNode>
    if (/^(Import|Export|TSImportType)/.test(type) && source) {
      const isType = type === 'TSImportType' || importKind === 'type' || exportKind === 'type'
      imports.push({ specifier: String(source.value ?? 'an expression'), isType })
    }
    if (type === 'ExportDefaultDeclaration' || exported?.name === 'default') hasDefault = true
    for (const part of Object.values(node)) visit(part)
  }
  visit(program)
  return { imports, hasDefault }
}

/** Members that all nodes that name a module have in common. */
interface ModuleNode {
  readonly type: string
  readonly source: { readonly value?: unknown } | null
  readonly importKind: string
  readonly exportKind: string
  readonly exported: { readonly name?: string } | null
}
