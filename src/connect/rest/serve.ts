import type { HttpListener, HttpServe } from '../../runtime/http.ts'
import { restAddress } from '../config/worker-config.ts'
import type { Log } from '../worker/environment.ts'
import type { StandaloneWorker } from '../worker/standalone-worker.ts'
import { restApp } from './app.ts'

export interface RestServer {
  readonly host: string
  readonly port: number
  /** `host:port` under which others know it. */
  readonly advertised: string
  close(): Promise<void>
}

/** Serves a worker's REST interface where its properties have it. Rejects with a `ConfigError` or a system error. */
export async function serveRest(
  worker: StandaloneWorker,
  serve: HttpServe,
  options: { readonly hostName: string; readonly commit: string; readonly log: Log },
): Promise<RestServer> {
  const { host, port } = restAddress(worker.config)
  const { 'rest.advertised.host.name': otherHost, 'rest.advertised.port': otherPort } = worker.config
  const place = { workerId: '', commit: options.commit, log: options.log }
  const app = restApp(worker, place)
  const listener: HttpListener = await serve(host, port, (request) => app.fetch(request))
  place.workerId = `${otherHost ?? (host === '' || host === '0.0.0.0' ? options.hostName : host)}:${otherPort ?? listener.port}`
  return {
    host: host === '' ? options.hostName : host,
    port: listener.port,
    advertised: place.workerId,
    close: () => listener.close(),
  }
}
