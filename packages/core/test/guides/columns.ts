/** One way to try a page: the three columns together have every value of each dimension. */
export interface Column {
  readonly manager: 'npm' | 'pnpm' | 'yarn'
  readonly node: '22.19.0' | '24' | '26'
  readonly typescript: '5.4' | '7'
  readonly module: 'ES modules' | 'CommonJS'
}

const columns: readonly Column[] = [
  { manager: 'npm', node: '22.19.0', typescript: '5.4', module: 'ES modules' },
  { manager: 'pnpm', node: '24', typescript: '7', module: 'CommonJS' },
  { manager: 'yarn', node: '26', typescript: '7', module: 'ES modules' },
]

/** Every version of Node in the columns. */
export const nodes: readonly string[] = columns.map(({ node }) => node)

export function nameOf({ manager, node, typescript, module }: Column): string {
  return `${manager}, Node ${node}, TypeScript ${typescript}, ${module}`
}

/** All columns; of the quick form one, which differs between pages. */
export function columnsOf(page: string): readonly Column[] {
  if (process.env['AUDIT_PACKED'] !== 'quick') return columns
  return [columns[[...page].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % columns.length]!]
}
