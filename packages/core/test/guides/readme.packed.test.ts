import { expect } from 'vitest'
import { tryPage } from './trial.ts'

tryPage('README.md', {
  mistake: ["record('flag:updated'", "record('flag:udpated'"],
  async attempt(project, page) {
    const twelve = page.block('import { createAudit, defineEvents }')
    project.write('audit.mts', twelve)
    const [printed] = (await project.runTypeScript('audit.mts')).split('\n')
    const timeless = (event: Record<string, unknown>) => ({ ...event, timestamp: '', id: '', source: '' })
    const shown = JSON.parse(page.block('"version":"1.0"')) as Record<string, unknown>
    expect(timeless(JSON.parse(printed!) as Record<string, unknown>)).toEqual(timeless(shown))
    // The words of a line as a shell splits them.
    const wordsOf = (line: string) =>
      line
        .trim()
        .split(' ')
        .map((word) => word.replaceAll("'", ''))
    const [asked, ...answered] = page.block('$ npx audit tail').trim().split('\n')
    const tail = await project.command('audit', wordsOf(asked!).slice(3))
    const times = /\d{4}-\S+Z/g
    expect(tail.stdout.replace(times, '').trim()).toBe(answered.join('\n').replace(times, '').trim())

    // The commands of 'Command line'. The trail begins with the key that the second one makes.
    let variables = {}
    for (const line of page.block('npx audit status').trim().split('\n')) {
      const [words, output] = line.replace(/ +#.*/, '').split(' > ')
      const { code, stdout, stderr } = await project.command('audit', wordsOf(words!).slice(2), variables)
      expect([line, code], stdout + stderr).toEqual([line, 0])
      if (output === undefined) continue
      project.write(output, stdout)
      const [option] = /seal: \{.*?\}/.exec(line) ?? []
      project.write('sealed.mts', twelve.replace('events, sinks', `events, ${option}, sinks`))
      variables = { AUDIT_DIRECTORY: 'sealed' }
      await project.runTypeScript('sealed.mts', variables)
    }
    page.leaveOut("@Delete(':key')", 'parts of the guides for NestJS and Koa, which are tried')
  },
})
