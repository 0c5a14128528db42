/** Why a connection failed, for those who decide what to do next. */
export type ConnectionFailure = 'refused' | 'name' | 'time-out' | 'handshake' | 'closed' | 'other'

/** A connection that could not be made or went away; the message is one sentence with host and port. */
export class ConnectionError extends Error {
  override name = 'ConnectionError'

  constructor(
    readonly failure: ConnectionFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

const codeOf = (error: unknown): string => (error as { code?: string } | undefined)?.code ?? ''

/** The sentence for an error of the system while connecting. */
export function connectFailure(host: string, port: number, error: unknown): ConnectionError {
  const at = `${host}:${port}`
  const code = codeOf(error)
  if (code === 'ECONNREFUSED')
    return new ConnectionError('refused', `Connection to ${at} was refused: no broker listens there.`, { cause: error })
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new ConnectionError('name', `The host name of ${at} cannot be resolved (${code}).`, { cause: error })
  if (code === 'ETIMEDOUT') return new ConnectionError('time-out', `Connecting to ${at} timed out.`, { cause: error })
  const why = code || (error instanceof Error ? error.message : String(error))
  return new ConnectionError('other', `Connection to ${at} failed (${why}).`, { cause: error })
}
