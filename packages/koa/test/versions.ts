import type Router from '@koa/router'
import type Koa from 'koa'

/** One supported Koa with one supported router. */
export interface Versions {
  readonly Koa: new () => Koa
  readonly Router: new (options?: { prefix?: string }) => Router
}
