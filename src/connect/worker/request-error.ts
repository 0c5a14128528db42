/** Why a request about a connector is refused; `status` is HTTP's. */
export class RequestError extends Error {
  override name = 'RequestError'

  constructor(
    readonly status: 400 | 403 | 404 | 409 | 500 | 503,
    message: string,
  ) {
    super(message)
  }
}

export const badRequest = (message: string): RequestError => new RequestError(400, message)
export const notFound = (message: string): RequestError => new RequestError(404, message)

export const mustBeStopped = (name: string): RequestError =>
  badRequest(
    `Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`,
  )
