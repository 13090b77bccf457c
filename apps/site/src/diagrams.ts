// A markdown-it plugin: a fence of the language `mermaid` becomes a picture while the site is built.
import { renderMermaidSVG } from 'beautiful-mermaid'
import type { MarkdownRenderer } from 'vitepress'

const colors = {
  bg: 'var(--vp-c-bg)',
  fg: 'var(--vp-c-text-1)',
  muted: 'var(--vp-c-text-2)',
  line: 'var(--vp-c-text-3)',
  border: 'var(--vp-c-divider)',
}

export function diagrams(md: MarkdownRenderer): void {
  const fence = md.renderer.rules.fence!
  md.renderer.rules.fence = (...given) => {
    const [tokens, index] = given
    const { info, content } = tokens[index]!
    return info.trim() === 'mermaid' ? picture(md, content) : fence(...given)
  }
}

function picture(md: MarkdownRenderer, diagram: string): string {
  // The site has the font; the reader's browser does not ask another server for it.
  const svg = renderMermaidSVG(diagram, { ...colors, transparent: true, padding: 8, nodeSpacing: 20, layerSpacing: 28 }).replace(
    /@import url\([^)]*\);/,
    '',
  )
  // A template of Vue may not have the picture's <style>, and its value may.
  return `<div class="diagram" v-html="${md.utils.escapeHtml(JSON.stringify(svg))}"></div>\n`
}
