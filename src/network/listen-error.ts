import type { Listener, Network, Socket } from '../runtime/index.ts'

/** A port that cannot be listened on; the message is one sentence. */
class ListenError extends Error {
  override name = 'ListenError'

  constructor(
    /** The system's word for it. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

const causes: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there (a node that runs already?)',
  EACCES: 'ports below 1024 are for privileged users',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name cannot be resolved',
}

/** Binds as `network.listen` does; rejects with a `ListenError`. */
export async function bindPort(
  network: Network,
  host: string,
  port: number,
  onConnection: (socket: Socket) => void,
): Promise<Listener> {
  try {
    return await network.listen(host, port, onConnection)
  } catch (error) {
    const { code = '' } = error as { code?: string }
    const at = host === '' ? `port ${port}` : `${host}:${port}`
    const why = causes[code] ?? (code || (error as Error).message)
    throw new ListenError(code, `Cannot listen on ${at}: ${why}.`, { cause: error })
  }
}
