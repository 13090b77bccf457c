import { slug } from 'github-slugger'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { assertNoDeadLinks } from '../src/dead-links.ts'
import { literalBraces } from '../src/literal-braces.ts'
import { openRepository, pageOfMarkdown } from '../src/repository.ts'
import { repositoryLinks } from '../src/repository-links.ts'
import { sidebar } from '../src/sidebar.ts'

const repository = openRepository(fileURLToPath(new URL('../../..', import.meta.url)))

export default defineConfig({
  title: 'audit',
  description: 'Audit events for Node backends',
  srcDir: repository.root,
  outDir: 'dist',
  rewrites: pageOfMarkdown,
  markdown: {
    html: false,
    // As GitHub does: the same anchors, and no attributes in braces.
    anchor: { slugify: slug },
    attrs: { disable: true },
    config(md) {
      repositoryLinks(md, repository)
      literalBraces(md)
    },
  },
  themeConfig: {
    nav: [{ text: 'Documentation', link: '/docs/' }],
    sidebar: sidebar(repository),
    outline: 'deep',
    search: { provider: 'local' },
  },
  // The largest source is a page of 650 kB, which only its own link loads.
  vite: { build: { chunkSizeWarningLimit: 1024 } },
  buildEnd: ({ outDir }) => assertNoDeadLinks(outDir),
})
