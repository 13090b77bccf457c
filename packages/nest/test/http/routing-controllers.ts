import { Controller, Post } from '@nestjs/common'
import { Audited } from './events.ts'

@Controller({ path: 'versioned', version: '1' })
export class VersionOneController {
  @Post()
  @Audited('flag:created')
  create(): { key: string } {
    return { key: 'one' }
  }
}

@Controller({ path: 'versioned', version: '2' })
export class VersionTwoController {
  @Post()
  @Audited('user:created')
  create(): { key: string } {
    return { key: 'two' }
  }
}

@Controller({ path: 'hosted', host: 'admin.example.com' })
export class HostController {
  @Post()
  @Audited('flag:created')
  create(): { key: string } {
    return { key: 'hosted' }
  }
}
