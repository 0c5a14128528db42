import { type Context, Hono } from 'hono'
import { ConfigError } from '../../config/define.ts'
import { CONNECT_COMMIT, CONNECT_VERSION } from '../connectors/surroundings.ts'
import { type Log, sentenceOf } from '../worker/environment.ts'
import { RequestError } from '../worker/request-error.ts'
import { betweenWorkers, forward } from './between-workers.ts'
import { connectorRoutes } from './connector-routes.ts'
import { Elsewhere } from './elsewhere.ts'
import type { Herder } from './herder.ts'
import { pluginRoutes } from './plugin-routes.ts'

/** Connect's REST interface over a worker. */
export function restApp(herder: Herder): Hono {
  const { toolbox } = herder
  const app = new Hono()
  app.get('/', (c) => c.json({ version: CONNECT_VERSION, commit: CONNECT_COMMIT, kafka_cluster_id: toolbox.clusterId }))
  app.get('/health', async (c) => {
    try {
      await herder.health()
    } catch (error) {
      return c.json({ status: 'starting', message: sentenceOf(error) }, 503)
    }
    return c.json({ status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' })
  })
  app.route('/', connectorRoutes(herder))
  app.route('/', betweenWorkers(herder))
  app.route('/', pluginRoutes(toolbox))
  app.notFound((c) => missing(app, c))
  app.onError(async (error, c) => {
    if (!(error instanceof Elsewhere) || !herder.http) return failed(c, error, toolbox.log)
    try {
      return await forward(c, error, herder.http)
    } catch (refusal) {
      return failed(c, refusal, toolbox.log)
    }
  })
  return app
}

function failed(c: Context, error: unknown, log: Log): Response {
  const status = error instanceof RequestError ? error.status : error instanceof ConfigError ? 400 : 500
  if (status === 500) log('ERROR', `Uncaught exception in REST call to ${c.req.path}: ${sentenceOf(error)}`)
  return c.json({ error_code: status, message: sentenceOf(error) }, status)
}

const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE']

/** A path that is there with another method is told apart from one that is not. */
function missing(app: Hono, c: Context): Response {
  const { path, method } = c.req
  const others = METHODS.filter((name) => name !== method)
  const isThere = others.some((name) => app.router.match(name, path)[0].length > 0)
  if (isThere) return c.json({ error_code: 405, message: 'HTTP 405 Method Not Allowed' }, 405)
  return c.json({ error_code: 404, message: 'HTTP 404 Not Found' }, 404)
}
