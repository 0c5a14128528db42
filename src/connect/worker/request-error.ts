/** Why a request about a connector is refused; `status` is HTTP's. */
export class RequestError extends Error {
  override name = 'RequestError'

  constructor(
    readonly status: 400 | 403 | 404 | 409 | 500,
    message: string,
  ) {
    super(message)
  }
}

export const badRequest = (message: string): RequestError => new RequestError(400, message)
export const notFound = (message: string): RequestError => new RequestError(404, message)
