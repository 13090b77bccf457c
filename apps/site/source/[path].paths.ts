// A page for every file without Markdown that a page links to, so that the site needs no other server to show it.
import { statSync } from 'node:fs'
import { basename, extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addressOfFile, openRepository, titleOf } from '../src/repository.ts'

const repository = openRepository(fileURLToPath(new URL('../../..', import.meta.url)))
const languages: Readonly<Record<string, string>> = { '.mjs': 'js', '.yml': 'yaml' }

export default {
  paths: () =>
    repository.linkedSources().map((path) => {
      const isDirectory = statSync(join(repository.root, path)).isDirectory()
      return { params: { path }, content: `# \`${path}\`\n\n${isDirectory ? list(path) : code(path)}` }
    }),
}

function list(directory: string): string {
  return repository
    .filesBelow(directory)
    .map((file) => `- [${title(directory, file)}](${addressOfFile(file)})`)
    .join('\n')
}

function title(directory: string, file: string): string {
  return extname(file) === '.md' ? titleOf(repository.read(file)) : `\`${relative(directory, file)}\``
}

function code(path: string): string {
  const fence = '`'.repeat(10)
  const extension = extname(basename(path))
  return `${fence}${languages[extension] ?? extension.slice(1)}\n${repository.read(path)}\n${fence}`
}
