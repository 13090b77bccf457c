// The sidebar, in the order of the map of the documentation.
import type { DefaultTheme } from 'vitepress'
import { addressOfFile, isRelative, titleOf } from './repository.ts'
import type { Repository } from './repository.ts'

const map = 'docs/README.md'

/** Makes a group of every section of the map, and an entry of every link before the colon of its list items. */
export function sidebar(repository: Repository): DefaultTheme.SidebarItem[] {
  const [, ...sections] = repository.read(map).split(/^## /m)
  return sections.map((section) => ({
    text: section.slice(0, section.indexOf('\n')),
    items: [...section.matchAll(/^- (.+?\))(?=:)/gm)].flatMap(([, links]) => entries(repository, links!)),
  }))
}

function entries(repository: Repository, links: string): DefaultTheme.SidebarItem[] {
  return [...links.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)]
    .filter(([, , link]) => isRelative(link!))
    .map(([, text, link]) => entry(repository, text!, link!))
}

function entry(repository: Repository, text: string, link: string): DefaultTheme.SidebarItem {
  const pages = repository.filesBelow(`docs/${link}`).filter((file) => file.endsWith('.md'))
  const items = pages.map((page) => ({ text: titleOf(repository.read(page)), link: addressOfFile(page) }))
  const plain = text.replaceAll('`', '')
  return {
    text: plain.charAt(0).toUpperCase() + plain.slice(1),
    link: repository.addressOf(map, link),
    ...(items.length > 0 ? { collapsed: true, items } : {}),
  }
}
