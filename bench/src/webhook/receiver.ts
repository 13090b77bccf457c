import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Received {
  readonly requests: number
  readonly bytes: number
}

export interface Receiver {
  readonly url: string
  received(): Promise<Received>
  stop(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const child = fork(fileURLToPath(new URL('receiver-process.ts', import.meta.url)), { stdio: 'inherit' })
  const [port] = (await once(child, 'message')) as [number]
  const url = `http://127.0.0.1:${port}/`
  return {
    url,
    received: async () => (await (await fetch(url)).json()) as Received,
    async stop() {
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}
