// Checks the built site: VitePress checks that the page of a link exists, and not that the page has the anchor.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Throws if a link of a built page leads to a page or an anchor that does not exist. Names every such link. */
export function assertNoDeadLinks(directory: string): void {
  const files = globSync('**/*.html', { cwd: directory }).map((file) => file.replaceAll('\\', '/'))
  const pages = new Map(files.map((file) => [`/${file}`, readFileSync(join(directory, file), 'utf8')]))
  const anchors = new Map([...pages].map(([address, html]) => [address, new Set(attributes(html, 'id'))]))
  const leadsSomewhere = ({ protocol, pathname, hash }: URL) => {
    const address = decodeURI(pathname).replace(/\/$/, '/index.html')
    if (protocol !== 'site:') return true
    return hash === ''
      ? existsSync(join(directory, address))
      : anchors.get(address)?.has(decodeURIComponent(hash.slice(1))) === true
  }
  const dead = [...pages].flatMap(([address, html]) =>
    attributes(html, 'href')
      .filter((link) => !leadsSomewhere(new URL(link, `site:${address}`)))
      .map((link) => `${address} links to '${link}'`),
  )
  if (dead.length > 0)
    throw new Error(`These links lead to no page or anchor of the site. Correct them:\n${[...new Set(dead)].join('\n')}`)
}

function attributes(html: string, name: string): readonly string[] {
  return [...html.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, value]) => value!.replaceAll('&amp;', '&'))
}
