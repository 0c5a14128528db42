import { type Context, Hono } from 'hono'
import type { Http, HttpRequest } from '../../runtime/index.ts'
import type { ConnectorConfig } from '../connector.ts'
import { ALGORITHM_HEADER, SIGNATURE_HEADER } from '../distributed/signature.ts'
import { sentenceOf } from '../worker/environment.ts'
import { badRequest, RequestError } from '../worker/request-error.ts'
import { toConfigs } from './bodies.ts'
import { locationOf } from './connector-routes.ts'
import type { Elsewhere } from './elsewhere.ts'
import type { Herder } from './herder.ts'

/** Milliseconds that another worker has to answer. */
const TIMEOUT = 90_000

/** What workers ask of each other: nobody else is to. */
export function betweenWorkers(herder: Herder): Hono {
  const app = new Hono()
  app.post('/connectors/:name/tasks', async (c) => {
    if (!herder.putTaskConfigs) return c.notFound()
    const body = await c.req.text()
    await herder.putTaskConfigs(c.req.param('name'), {
      configs: readTaskConfigs(body),
      body,
      signature: c.req.header(SIGNATURE_HEADER),
      algorithm: c.req.header(ALGORITHM_HEADER),
    })
    return c.body(null, 204)
  })
  return app
}

function readTaskConfigs(body: string): ConnectorConfig[] {
  try {
    return toConfigs(JSON.parse(body))
  } catch (error) {
    if (error instanceof RequestError) throw error
    throw badRequest(`The body of the request is no JSON: ${(error as Error).message}`)
  }
}

/** Has another worker answer: the leader by itself, or, when it knows who runs a task, at one more remove. */
export async function forward(c: Context, { url }: Elsewhere, http: Http): Promise<Response> {
  const forwarded = c.req.query('forward')
  if (forwarded === 'false')
    throw new RequestError(409, 'Cannot complete request because of a conflicting operation (e.g. worker rebalance)')
  if (url === undefined)
    throw new RequestError(
      409,
      'Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway.',
    )
  const there = new URL(c.req.path.replace(/^\//, ''), url)
  there.search = new URL(c.req.url).search
  there.searchParams.set('forward', String(forwarded === undefined))
  const body = await c.req.text()
  const reply = await ask(http, {
    method: c.req.method as HttpRequest['method'],
    url: there.href,
    headers: headersOf(c, body),
    ...(body === '' ? {} : { body }),
    timeoutMs: TIMEOUT,
  })
  const headers = new Headers()
  if (reply.status === 201) headers.set('Location', locationOf(c, nameIn(reply.body)))
  if (reply.body !== '') headers.set('Content-Type', 'application/json')
  return new Response(reply.body === '' ? null : reply.body, { status: reply.status, headers })
}

async function ask(http: Http, request: HttpRequest) {
  try {
    return await http(request)
  } catch (error) {
    throw new RequestError(500, `IO Error trying to forward REST request: ${sentenceOf(error)}`)
  }
}

function headersOf(c: Context, body: string): Record<string, string> {
  const passed = ['Authorization', SIGNATURE_HEADER, ALGORITHM_HEADER].flatMap((name) => {
    const value = c.req.header(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    Accept: 'application/json',
    ...(body === '' ? {} : { 'Content-Type': 'application/json' }),
    ...Object.fromEntries(passed),
  }
}

function nameIn(body: string): string {
  const { name } = JSON.parse(body) as { name?: unknown }
  return String(name)
}
