/** The expected result of a request: `201 flag:created success`, or only `200` if it is not audited. */
export type Expectation = `${number}` | `${number} ${string}:${string} ${'success' | 'failure' | 'denied'}`

export type Request = `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`

/** Sends a request, compares the status of its answer with the expectation, and returns the answer's JSON. */
export type Visit = (request: Request, expectation: Expectation, body?: unknown) => Promise<any>

/** Sends requests to the service, and remembers the expected events. */
export interface Tourist {
  /** Sends requests with that token, or without one. */
  as(token?: string): Visit
  readonly requests: number
  /** `flag:created success`, in the order of the requests. */
  readonly expected: readonly string[]
}

export function createTourist(url: string): Tourist {
  const expected: string[] = []
  let requests = 0
  return {
    expected,
    get requests() {
      return requests
    },
    as: (token) => async (request, expectation, body) => {
      const [method = '', path = ''] = request.split(' ')
      const [status, ...event] = expectation.split(' ')
      requests++
      if (event.length > 0) expected.push(event.join(' '))
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (response.status === Number(status)) return text && JSON.parse(text)
      throw new Error(`${request} was answered with ${response.status} instead of ${status}: ${text}`)
    },
  }
}
