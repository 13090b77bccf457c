// The same for a CommonJS program.
import core = require('@audit/core')
import koa = require('@audit/koa')
import sinkFile = require('@audit/sink-file')
import zod = require('zod')

const events = core.defineEvents({ flag: { created: zod.z.object({ key: zod.z.string() }) } })
const sink = sinkFile.fileSink({ path: 'a.log' })
const audit = core.createAudit({ service: 'typed', events, journal: core.memoryJournal(), sinks: [sink] })
void audit.record('flag:created', { key: 'a' })
// @ts-expect-error no such name
void audit.record('flag:creatd', { key: 'a' })
koa.koaAudit(audit).audited('flag:created', (ctx) => ({ key: String(ctx.params['key']) }))
