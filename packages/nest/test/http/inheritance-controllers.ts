import { Controller, Delete, Param, Post } from '@nestjs/common'
import { Audited, NotAudited } from './events.ts'

abstract class CrudController {
  @Post()
  @Audited(':created')
  create(): { key: string } {
    return { key: this.constructor.name }
  }

  @Delete(':key')
  @Audited(':deleted', { target: ({ request }) => request.params.key })
  remove(@Param('key') key: string): { removed: string } {
    return { removed: key }
  }
}

@Controller('crud-flags')
@Audited('flag')
export class FlagCrudController extends CrudController {
  @Post()
  override create(): { key: string } {
    return super.create()
  }
}

@Controller('crud-users')
@Audited('user')
export class UserCrudController extends CrudController {}

@Controller('billing')
@NotAudited('the provider of payments keeps the trail')
export class BillingController {
  @Post()
  pay(): void {}

  @Post('flag')
  @Audited('flag:created')
  flag(): { key: string } {
    return { key: 'billing' }
  }
}
