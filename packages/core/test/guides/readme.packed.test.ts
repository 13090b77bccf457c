import { expect } from 'vitest'
import { tryPage } from './trial.ts'

tryPage('README.md', {
  mistake: ["record('flag:updated'", "record('flag:udpated'"],
  async attempt(project, page) {
    const twelve = page.block('import { createAudit, defineEvents }')
    project.write('audit.mts', twelve)
    const printed = await project.runTypeScript('audit.mts')
    const timeless = (event: Record<string, unknown>) => ({ ...event, timestamp: '', id: '', source: '' })
    const shown = JSON.parse(page.block('"version":"1.0"')) as Record<string, unknown>
    expect(timeless(JSON.parse(printed) as Record<string, unknown>)).toEqual(timeless(shown))
    // The words of a line as a shell splits them.
    const wordsOf = (line: string) =>
      line
        .trim()
        .split(' ')
        .map((word) => word.replaceAll("'", ''))
    const [asked, answered] = page.block('$ npx audit tail').split('\n')
    const tail = await project.command('audit', wordsOf(asked!).slice(3))
    const time = /\d{4}-\S+Z/
    expect(tail.stdout.replace(time, '').trim()).toBe(answered!.replace(time, '').trim())

    // The commands of 'Command line', of a journal that is sealed with a key and has an anchor.
    const keygen = await project.command('audit', ['keygen', 'flags-api'])
    project.write('flags-api.pub', keygen.stdout)
    const options = "events, seal: { keyFile: 'flags-api.key' }, anchors: [fileAnchor({ path: 'flags-api.anchor' })], sinks"
    const sealed = twelve.replace('createAudit, ', 'createAudit, fileAnchor, ').replace('events, sinks', options)
    project.write('sealed.mts', sealed)
    await project.runTypeScript('sealed.mts', { AUDIT_DIRECTORY: 'sealed' })
    for (const line of page.block('npx audit status').trim().split('\n')) {
      const words = wordsOf(line.replace(/ +#.*/, '')).slice(2)
      const { code, stdout, stderr } = await project.command('audit', words, { AUDIT_DIRECTORY: 'sealed' })
      expect([line, code], stdout + stderr).toEqual([line, 0])
    }
    page.leaveOut("@Delete(':key')", 'parts of the guides for NestJS and Koa, which are tried')
  },
})
