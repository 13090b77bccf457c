import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeProject, run, workspace } from './packed-project.ts'

// `npm run pack`, and what it says to do with the tarballs.

const folder = mkdtempSync(join(tmpdir(), 'audit-pack-'))
const projects: string[] = []
afterAll(() => {
  for (const made of [folder, ...projects]) rmSync(made, { recursive: true })
})

test('npm run pack packs every package so that npm can install them', async () => {
  const said = await run('npm', ['run', '--silent', 'pack', '--', folder], workspace)
  const published = readdirSync(join(workspace, 'packages')).filter((name) => {
    return (
      (JSON.parse(readFileSync(join(workspace, 'packages', name, 'package.json'), 'utf8')) as { private?: boolean }).private !==
      true
    )
  })
  const tarballs = readdirSync(folder).map((name) => join(folder, name))
  expect(tarballs).toHaveLength(published.length)
  expect(said).toContain(`${published.length} packages are in ${folder}.`)
  const project = await makeProject(tarballs, ['koa@3', '@koa/router@15', 'zod@4'])
  projects.push(project)
  const installed = published.map((name) => readFileSync(join(project, 'node_modules', '@audit', name, 'package.json'), 'utf8'))
  expect(installed.filter((manifest) => manifest.includes('workspace:'))).toEqual([])
  expect(JSON.parse(await run(process.execPath, ['esm.mjs'], project))).toMatchObject([{ type: 'flag', action: 'created' }])
})
