// A markdown-it plugin: two braces are text, as everywhere else that shows Markdown, and not an expression of Vue.
import type { MarkdownRenderer } from 'vitepress'

export function literalBraces({ renderer }: MarkdownRenderer): void {
  for (const type of ['text', 'code_inline']) {
    const render = renderer.rules[type]!
    renderer.rules[type] = (...given) => render(...given).replaceAll('{{', '&#123;&#123;')
  }
}
