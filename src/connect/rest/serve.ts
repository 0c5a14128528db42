import type { HttpListener, HttpServe } from '../../runtime/http.ts'
import { restAddress, type WorkerConfig } from '../config/worker-config.ts'
import type { StandaloneWorker } from '../worker/standalone-worker.ts'
import { restApp } from './app.ts'
import type { Herder } from './herder.ts'
import type { RestPlace } from './place.ts'
import { StandaloneHerder } from './standalone-herder.ts'

export interface RestServer {
  readonly host: string
  readonly port: number
  /** `host:port` under which others know it. */
  readonly advertised: string
  close(): Promise<void>
}

/** Serves a worker's REST interface where its properties have it. Rejects with a `ConfigError` or a system error. */
export const serveRest = (worker: StandaloneWorker, serve: HttpServe, hostName: string): Promise<RestServer> =>
  serveHerder(worker.config, (place) => new StandaloneHerder(worker, place), serve, hostName)

/** The same for whoever answers; `place` is filled in when the port is open, before any request. */
export async function serveHerder(
  config: WorkerConfig,
  herderAt: (place: RestPlace) => Herder,
  serve: HttpServe,
  hostName: string,
): Promise<RestServer> {
  const { host, port } = restAddress(config)
  const { 'rest.advertised.host.name': otherHost, 'rest.advertised.port': otherPort } = config
  const place = { workerId: '' }
  const app = restApp(herderAt(place))
  const listener: HttpListener = await serve(host, port, (request) => app.fetch(request))
  place.workerId = `${otherHost ?? (host === '' || host === '0.0.0.0' ? hostName : host)}:${otherPort ?? listener.port}`
  return {
    host: host === '' ? hostName : host,
    port: listener.port,
    advertised: place.workerId,
    close: () => listener.close(),
  }
}
