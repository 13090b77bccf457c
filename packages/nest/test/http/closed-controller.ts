import { Readable } from 'node:stream'
import { ConflictException, Controller, Get, Post, StreamableFile, UseGuards, type CanActivate } from '@nestjs/common'
import { from, type Observable } from 'rxjs'
import { Audited } from './events.ts'

class NobodyGuard implements CanActivate {
  canActivate(): boolean {
    return false
  }
}

/** Routes with fail-closed events. Counts the runs. */
@Controller('closed')
export class ClosedController {
  static calls = 0

  @Post('returns')
  @Audited('flag:purged')
  returns(): { key: string } {
    ClosedController.calls++
    return { key: 'purged' }
  }

  @Post('observable')
  @Audited('flag:purged')
  observable(): Observable<{ key: string }> {
    return from([{ key: 'first' }, { key: 'last' }])
  }

  @Post('throws')
  @Audited('flag:purged')
  throws(): { key: string } {
    throw new ConflictException()
  }

  @Post('guarded')
  @UseGuards(NobodyGuard)
  @Audited('flag:purged')
  guarded(): { key: string } {
    return { key: 'never' }
  }

  /** Fail-closed by its route, not by its event. */
  @Get('stream')
  @Audited('flag:exported', { failMode: 'closed' })
  stream(): StreamableFile {
    return new StreamableFile(Readable.from([Buffer.alloc(1_000)]))
  }
}
