import type { Group } from './benchmark.ts'
import { burst } from './groups/burst.ts'
import { call } from './groups/call.ts'
import { hostile } from './groups/hostile.ts'
import { importing } from './groups/import.ts'
import { journal } from './groups/journal.ts'
import { koa } from './groups/koa.ts'
import { nest } from './groups/nest.ts'
import { paced } from './groups/paced.ts'
import { record } from './groups/record.ts'
import { seal } from './groups/seal.ts'
import { webhook } from './groups/webhook.ts'

/** In the order in which they are measured and printed. */
export const groups: readonly Group[] = [journal, record, call, hostile, webhook, burst, paced, koa, nest, seal, importing]
