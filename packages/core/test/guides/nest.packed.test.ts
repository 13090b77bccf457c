import { expect } from 'vitest'
import type { Column } from './columns.ts'
import { summaryOf } from './event-summary.ts'
import type { GuideProject } from './project.ts'
import { splitImports, tryPage } from './trial.ts'

// The pages of NestJS, in a service with Passport, roles and a controller of users. NestJS 12 has ES modules only, as `nest new` makes
// them; NestJS 11 is CommonJS.

const major = ({ module }: Column) => (module === 'CommonJS' ? 11 : 12)
const nest = (column: Column) => [
  ...['common', 'core', 'platform-express', 'testing'].map((name) => `@nestjs/${name}@${major(column)}`),
  'reflect-metadata@0.2',
  'rxjs@7',
  '@types/express@5',
  'zod@4',
  ...(column.module === 'CommonJS' ? ['jest@30', '@types/jest@30'] : ['vitest@5', 'vite@7']),
]

/** Adds the file endings that ES modules need. */
const written = (project: GuideProject, code: string) =>
  project.isCommonJs ? code : code.replaceAll(/(from '\.[^']*?)(?<!\.js)'/g, "$1.js'")

const options = { experimentalDecorators: true, emitDecoratorMetadata: true, strictPropertyInitialization: false }

async function compile(project: GuideProject, files: readonly string[]): Promise<void> {
  const types = project.isCommonJs ? ['node', 'jest'] : ['node']
  await project.compile(files, { ...options, types })
}

/** A deadline that a slow machine does not miss. */
const testTimeout = '--testTimeout=240000'

async function runTests(project: GuideProject): Promise<void> {
  if (project.isCommonJs) await project.node(['node_modules/jest/bin/jest.js', '--ci', testTimeout, '--rootDir', 'dist/test'])
  else await project.node(['node_modules/vitest/vitest.mjs', 'run', testTimeout, '--dir', 'dist/test'])
}

const runner = (project: GuideProject) =>
  project.isCommonJs ? "import '@audit/core/testing/jest'\n" : "import { expect, test, vi } from 'vitest'\nvoid vi\n"
const matchers = (project: GuideProject, code: string) =>
  project.isCommonJs ? code.replace("'@audit/core/testing/vitest'", "'@audit/core/testing/jest'") : code

const controller = (
  methods: string,
) => `import { Body, Controller, Delete, HttpCode, Injectable, Param, Post, Req, SetMetadata, UnauthorizedException, UseGuards } from '@nestjs/common'
import type { CanActivate, ExecutionContext, NestMiddleware } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import type { NextFunction, Request, Response } from 'express'
import { Audited, NotAudited } from './audit-events'

export const Roles = (role: string) => SetMetadata('role', role)
interface User { id: string; role: string }
type Known = Request & { user?: User }

/** Stands for the session of Passport: the token says who calls. */
export class Signed implements NestMiddleware {
  use(request: Known, _: Response, next: NextFunction) {
    const [id, role] = (request.headers.authorization ?? '').split(' ')
    if (id && role) request.user = { id, role }
    next()
  }
}

@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}
  canActivate(context: ExecutionContext) {
    const role = this.reflector.get<string | undefined>('role', context.getHandler())
    return role === undefined || context.switchToHttp().getRequest<Known>().user?.role === role
  }
}

@Injectable()
class LocalGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest<Known>()
    if (request.body?.password !== 'right') throw new UnauthorizedException()
    request.user = { id: 'u_9', role: 'user' }
    return true
  }
}
const AuthGuard = (_: string) => LocalGuard

class CreateUserDto { id!: string; email!: string; role!: string; password!: string }

@Controller('users')
export class UsersController {
${methods}

  @Post('preview')
  @HttpCode(204)
  @NotAudited('changes nothing')
  preview() {}
}
`

/** Gives the methods of a page, in their order, these bodies. */
function withBodies(code: string, bodies: readonly string[]): string {
  const rest = [...bodies]
  return code.replaceAll('{ … }', () => `{ ${rest.shift() ?? ''} }`)
}

const main = `import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module'

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] })
  app.enableShutdownHooks()
  await app.listen(0)
  const { port } = app.getHttpServer().address() as { port: number }
  const send = async (method: string, path: string, authorization: string, body: unknown = {}) => {
    const headers = { authorization, 'content-type': 'application/json' }
    const { status } = await fetch(\`http://127.0.0.1:\${port}/users\${path}\`, { method, headers, body: JSON.stringify(body) })
    console.log(status)
  }
  await send('POST', '', 'u_1 admin', { id: 'u_2', email: 'bob@example.com', role: 'user', password: 'p' })
  await send('DELETE', '/u_2', 'u_2 user')
  await send('DELETE', '/u_2', 'u_1 admin')
  await send('POST', '/login', '', { email: 'eve@example.com', password: 'wrong' })
  await send('POST', '/login', '', { email: 'eve@example.com', password: 'right' })
  await app.close()
}
void main()
`

/** The promises of the guide, one for each request. */
const promised = [
  {
    name: 'user:created',
    status: 'success',
    actor: 'u_1',
    target: 'u_2',
    payload: { id: 'u_2', email: 'bob@example.com', role: 'user' },
  },
  { name: 'user:deleted', status: 'denied', actor: 'u_2', target: 'u_2' },
  { name: 'user:deleted', status: 'success', actor: 'u_1', target: 'u_2' },
  { name: 'session:opened', status: 'denied', target: 'eve@example.com' },
  { name: 'session:opened', status: 'success', actor: 'u_9', target: 'eve@example.com' },
]

tryPage('docs/guides/add-to-nestjs.md', {
  has: nest,
  installs: (page) => [...page.installLine(), '@audit/cli'],
  mistake: ['request.body?.email', 'request.body?.mail'],
  async attempt(project, page) {
    page.installLine()
    const write = (path: string, code: string) => project.write(path, written(project, code))
    write('src/audit-events.ts', page.block('auditDecorators<typeof events>()'))
    const methods = withBodies(page.block("@Post('login')"), ['return dto', '', 'void request'])
    write('src/users.controller.ts', controller(methods))
    const module = page.block('AuditModule.forRoot({').replace('// … your other modules', 'UsersModule,')
    const users = `import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { RolesGuard, Signed, UsersController } from './users.controller'

@Module({ controllers: [UsersController], providers: [{ provide: APP_GUARD, useClass: RolesGuard }] })
class UsersModule implements NestModule {
  configure(consumer: MiddlewareConsumer) {
    consumer.apply(Signed).forRoutes(UsersController)
  }
}
`
    const { imports, rest } = splitImports(module.replace(/ \/\/ with ESM.*/, ''))
    write('src/app.module.ts', `${imports}\n${users}${rest}`)
    write('src/main.ts', main)

    const coverage = splitImports(matchers(project, page.block('toBeComplete()')))
    const testing = `import { Test } from '@nestjs/testing'\nimport { AppModule } from '../src/app.module'\n`
    const start = `const module = await Test.createTestingModule({ imports: [AppModule] }).compile()\nconst app = module.createNestApplication()\nawait app.init()\n`
    const body = coverage.rest.replace('=> {\n', `=> {\n${start}`).replace(/\}\)\s*$/, '  await app.close()\n})\n')
    write('test/coverage.test.ts', `import 'reflect-metadata'\n${runner(project)}${testing}${coverage.imports}\n${body}`)
    const recorder = splitImports(matchers(project, page.block('auditRecorder({ events })')))
    const [made, asked] = recorder.rest.split(/^\/\/ …$/m) as [string, string]
    // Jest has no waitFor, as the page says.
    const repeated = `for (let isRecorded = false; !isRecorded;) {
  try {
    expect(audit).toHaveAudited('user:deleted', undefined, { status: 'denied' })
    isRecorded = true
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
`
    const wait = project.isCommonJs ? repeated : asked
    const send = `const app = module.createNestApplication()
await app.listen(0)
const { port } = app.getHttpServer().address() as { port: number }
await fetch(\`http://127.0.0.1:\${port}/users/u_2\`, { method: 'DELETE' })
`
    const test = `test('a denial is recorded', async () => {\n${made}${send}${wait}await app.close()\n})\n`
    write(
      'test/recorder.test.ts',
      `import 'reflect-metadata'\n${runner(project)}${testing}${recorder.imports}\nimport { events } from '../src/audit-events'\n${test}`,
    )
    await compile(project, ['src/main.ts', 'test/coverage.test.ts', 'test/recorder.test.ts'])
    expect((await project.node(['dist/src/main.js'])).trim().split('\n')).toEqual(['201', '403', '200', '401', '201'])
    const lines = project.read('audit.ndjson').trimEnd().split('\n')
    expect(lines.filter((line) => !line.includes('"type":"audit"')).map(summaryOf)).toEqual(promised)
    expect((await project.command('audit', ['tail'])).stdout).toContain('eve@example.com')
    await runTests(project)
  },
})

tryPage('packages/nest/README.md', {
  has: nest,
  installs: (page) => [...page.installLine(), '@audit/sink-file'],
  mistake: ["@Audited('flag:deleted'", "@Audited('flag:deletd'"],
  async attempt(project, page) {
    page.installLine()
    const flags = `import { Body, Controller, Delete, Module, Param, Post, Put } from '@nestjs/common'
import { createAudit, defineEvents, noPayload } from '@audit/core'
import { AuditModule, auditCoverage, auditDecorators } from '@audit/nest'
import { fileSink } from '@audit/sink-file'
import { z } from 'zod'

const path = 'audit.ndjson'
const schema = z.object({ key: z.string(), enabled: z.boolean() })
export type Flag = z.infer<typeof schema>
export const events = defineEvents({ flag: { created: schema, updated: schema, deleted: noPayload } })
export { createAudit, auditCoverage }
class FlagStore {
  readonly all = new Map<string, Flag>()
  create(flag: Flag) {
    this.all.set(flag.key, flag)
    return flag
  }
  find(key: string) {
    return this.all.get(key)
  }
  remove(key: string) {
    this.all.delete(key)
  }
}
`
    const update = `
${page.block("@Audited('flag:updated', {")}
  update(@Param('key') _key: string, @Body() flag: Flag) {
    return this.flags.create(flag)
  }
`
    const first = page
      .block('const { Audited, NotAudited } = auditDecorators')
      .replace('const {', 'export const {')
      .replace(
        'class FlagController {',
        `class FlagController {\n  constructor(private readonly flags: FlagStore) {}\n  @Put(':key')${update}`,
      )
      .replace('controllers:', 'providers: [FlagStore], controllers:')
      .replace('class AppModule', 'export class AppModule')
    project.write('src/app.module.ts', flags + first)
    const crud = withBodies(page.block('abstract class CrudController<T>'), ['return body'])
    const names = "import { Body, Controller, Post } from '@nestjs/common'\nimport { Audited, type Flag } from './app.module'\n"
    project.write('src/crud.ts', written(project, `${names}${crud}export { FlagController }\n`))
    const coverage = page.block('toBeComplete()')
    const testing = "import { Test } from '@nestjs/testing'\nimport { AppModule, auditCoverage } from '../src/app.module'\n"
    const start =
      'const module = await Test.createTestingModule({ imports: [AppModule] }).compile()\nconst app = module.createNestApplication()\nawait app.init()\n'
    const matcher = matchers(project, "import '@audit/core/testing/vitest'\n")
    const body = coverage.replace('=> {\n', `=> {\n${start}`).replace(/\}\)\s*$/, '  await app.close()\n})\n')
    const test = `import 'reflect-metadata'\n${runner(project)}${matcher}${testing}${body}`
    project.write('test/coverage.test.ts', written(project, test))
    await compile(project, ['src/crud.ts', 'test/coverage.test.ts'])
    await runTests(project)
    page.leaveOut('AuditModule.forRoot({ …, routes', 'an option, shown without the others')
    page.leaveOut("queue.add('report'", 'needs a queue; a test of the package has one')
  },
})
