import type { Clock } from './clock.ts'
import type { Disk } from './disk.ts'
import type { Http } from './http.ts'
import type { Network } from './network.ts'
import type { Random } from './random.ts'

/** All that a node or a client needs from the world outside. */
export interface Runtime {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly disk: Disk
  readonly http: Http
  /** Variables of the process; none when left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export type { Clock, Timer } from './clock.ts'
export type { Disk, DiskSpace, File, FileStat, Lock } from './disk.ts'
export type { Http, HttpReply, HttpRequest } from './http.ts'
export type {
  Listener,
  ListenerTls,
  ListenOptions,
  Network,
  Socket,
  SocketHandler,
  TlsSettings,
  TlsStores,
  TlsVersion,
} from './network.ts'
export { type Random, randomUuid, randomUuidHex } from './random.ts'
