import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common'
import { answerOf, ServiceError } from '../service-error.ts'

/** Answers every error as JSON. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  readonly #logger = new Logger(ErrorFilter.name)

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp()
    const { method, path } = http.getRequest()
    const isUnknown = error instanceof HttpException && error.getStatus() === 404
    const known = isUnknown ? new ServiceError(404, 'no-such-route', `There is no ${method} ${path}.`) : error
    const { status, isOurs, body } = answerOf(known)
    if (isOurs) this.#logger.error(error)
    const response = http.getResponse()
    if (status === 401) response.set('www-authenticate', 'Bearer')
    response.status(status).json(body)
  }
}
