import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type CanActivate, type ExecutionContext, Injectable, Module, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { IoAdapter } from '@nestjs/platform-socket.io'
import { WsAdapter } from '@nestjs/platform-ws'
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets'
import { defineEvents, type AuditEvent } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import { io } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { AuditModule } from '../audit-module.ts'
import { auditDecorators } from '../decorators/audit-decorators.ts'

const events = defineEvents({ note: { added: z.object({ text: z.string() }) } })
const { Audited } = auditDecorators<typeof events>()

interface Note {
  readonly text: string
  readonly user: string
}

@Injectable()
class MemberGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { user } = context.switchToWs().getData<Note>()
    context.switchToWs().getClient().user = { authentication: 'session', id: user }
    return user !== 'stranger'
  }
}

@WebSocketGateway()
class NoteGateway {
  @UseGuards(MemberGuard)
  @SubscribeMessage('add')
  @Audited('note:added')
  add(@MessageBody() note: Note, @ConnectedSocket() client: unknown): { event: string; data: string; text: string } {
    if (!client || note.text === '') throw new WsException('empty')
    return { event: 'added', data: note.text, text: note.text }
  }
}

type Send = (note: Note) => Promise<unknown>

async function serve(adapter: typeof IoAdapter | typeof WsAdapter) {
  const audit = auditRecorder({ events })
  @Module({
    imports: [AuditModule.forRoot({ audit, actor: ({ client }) => client.user })],
    providers: [NoteGateway, MemberGuard],
  })
  class App {}
  const app = await NestFactory.create(App, new ExpressAdapter(), { logger: false })
  app.useWebSocketAdapter(new adapter(app))
  await app.listen(0, '127.0.0.1')
  onTestFinished(() => app.close())
  return { audit, url: `127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}` }
}

async function overSocketIo(url: string): Promise<Send> {
  const socket = io(`http://${url}`, { transports: ['websocket'] })
  onTestFinished(() => void socket.close())
  return (note) =>
    new Promise((resolve) => {
      socket.emit('add', note, resolve)
      socket.once('exception', resolve)
      socket.once('added', resolve)
    })
}

async function overWs(url: string): Promise<Send> {
  const socket = new WebSocket(`ws://${url}`)
  onTestFinished(() => socket.close())
  await once(socket, 'open')
  return async (note) => {
    socket.send(JSON.stringify({ event: 'add', data: note }))
  }
}

const outcome = ({ type, action, status, reason }: AuditEvent) => `${type}:${action} ${status}${reason ? ` ${reason}` : ''}`

test.each([
  ['socket.io', IoAdapter, overSocketIo],
  ['ws', WsAdapter, overWs],
] as const)('%s: each message has its own event, with its outcome and actor', async (_, adapter, connect) => {
  const { audit, url } = await serve(adapter)
  const send = await connect(url)
  const notes = [
    { text: 'a', user: 'ada' },
    { text: '', user: 'ada' },
    { text: 'b', user: 'stranger' },
  ]
  for (const [at, note] of notes.entries()) {
    await send(note)
    await expect.poll(() => audit.events).toHaveLength(at + 1)
  }
  expect(audit.events.map(outcome)).toEqual([
    'note:added success',
    'note:added failure WsException',
    'note:added denied MemberGuard',
  ])
  expect(audit.events.map(({ metadata }) => metadata.actor.id)).toEqual(['ada', 'ada', 'stranger'])
  expect(audit.events[0]!.payload).toEqual({ text: 'a' })
})
