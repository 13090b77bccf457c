// A markdown-it plugin: links between files of the repository become links between pages of the site.
import { posix, relative } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'
import { isRelative } from './repository.ts'
import type { Repository } from './repository.ts'

export function repositoryLinks(md: MarkdownRenderer, repository: Repository): void {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    const page = relative(repository.root, (env as { path: string }).path).replaceAll('\\', posix.sep)
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const link = token.type === 'link_open' ? token.attrGet('href') : null
      if (link && isRelative(link)) token.attrSet('href', repository.addressOf(page, link))
    }
  })
}
