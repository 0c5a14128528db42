import { ConfigError } from '../config/define.ts'
import type { Listener, ListenOptions, Network, Socket } from '../runtime/index.ts'

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

export interface Place extends ListenOptions {
  readonly name?: string
  readonly host: string
  readonly port: number
}

/** Binds as `network.listen` does; rejects with a `ListenError`, or a `ConfigError` for certificates and keys that cannot be used. */
export async function bindPort(
  network: Network,
  { name, host, port, ...options }: Place,
  onConnection: (socket: Socket) => void,
): Promise<Listener> {
  try {
    return await network.listen(host, port, onConnection, options)
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string }
    if (code === 'ERR_TLS_SETTINGS')
      throw new ConfigError(
        `Listener ${name}: its certificates and keys cannot be used (${message}): check ssl.keystore and ssl.truststore, ssl.key.password or ssl.keystore.password, and ssl.cipher.suites.`,
      )
    const at = host === '' ? `port ${port}` : `${host}:${port}`
    const why = causes[code] ?? (code || message)
    throw new ListenError(code, `Cannot listen on ${at}: ${why}.`, { cause: error })
  }
}
