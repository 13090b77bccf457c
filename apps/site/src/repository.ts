// The Markdown files of the repository, and the address on the site of whatever they link to.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { extname, join, posix } from 'node:path'

export interface Repository {
  readonly root: string
  /** Returns the text of a file. Paths start at the root and have slashes. */
  read(path: string): string
  /** Returns the address of what `link` on `page` leads to. Throws if that does not exist. */
  addressOf(page: string, link: string): string
  /** Lists the files below a directory, without what is installed or built. */
  filesBelow(directory: string): readonly string[]
  /** Lists the directories and files, without Markdown and pictures, that the pages link to, and the files in these directories. */
  linkedSources(): readonly string[]
}

const markdown = ['*.md', 'docs/**/*.md', 'packages/*/README.md']
const picture = '.svg'
const generated = new Set(['node_modules', 'dist'])

export function openRepository(root: string): Repository {
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const filesBelow = (directory: string) =>
    globSync('**/*.*', { cwd: join(root, directory), exclude: (name) => generated.has(name) })
      .map((file) => posix.join(directory, file.replaceAll('\\', '/')))
      .filter((file) => statSync(join(root, file)).isFile())
      .toSorted()

  function targetOf(page: string, link: string): string {
    const target = posix.normalize(posix.join(posix.dirname(page), decodeURI(link.split('#')[0]!)))
    if (target.startsWith('..') || !existsSync(join(root, target)))
      throw new Error(`${page} links to '${link}', which does not exist. Correct the link.`)
    const readme = posix.join(target, 'README.md')
    return existsSync(join(root, readme)) ? readme : target
  }

  return {
    root,
    read,
    filesBelow,
    addressOf(page, link) {
      const [, anchor] = link.split('#')
      return addressOfFile(targetOf(page, link)) + (anchor === undefined ? '' : `#${anchor}`)
    },
    linkedSources() {
      const pages = globSync(markdown, { cwd: root }).map((path) => path.replaceAll('\\', '/'))
      const targets = pages.flatMap((page) => relativeLinks(read(page)).map((link) => targetOf(page, link)))
      const sources = targets.filter((target) => !isMarkdown(target) && extname(target) !== picture)
      const inside = sources.filter((path) => statSync(join(root, path)).isDirectory()).flatMap(filesBelow)
      return [...new Set([...sources, ...inside])].filter((path) => !isMarkdown(path)).toSorted()
    },
  }
}

/** Returns the address of a page, or of the page that shows a source. */
export function addressOfFile(path: string): string {
  return isMarkdown(path) ? `/${pageOfMarkdown(path)}` : `/source/${path}.md`
}

/** Returns the page of a Markdown file: a README is the first page of its directory. */
export function pageOfMarkdown(path: string): string {
  return path.replace(/(^|\/)README\.md$/, '$1index.md').replace(/^apps\/site\/source\//, 'source/')
}

/** Returns the text of the first heading, without marks. */
export function titleOf(text: string): string {
  return /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? ''
}

/** Says whether a link leads to a file of the repository. */
export function isRelative(link: string): boolean {
  return !/^([a-z][a-z+.-]*:|[#/])/i.test(link)
}

function relativeLinks(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter(isRelative)
}

function isMarkdown(path: string): boolean {
  return extname(path) === '.md'
}
