import { type Context, Hono } from 'hono'
import type { ConnectorConfig } from '../connector.ts'
import { stringifyData } from '../converters/json-writing.ts'
import { badRequest, RequestError } from '../worker/request-error.ts'
import { readConfig, readNewConnector, readOffsets, readPatch } from './bodies.ts'
import type { Herder } from './herder.ts'

const nameOf = (c: Context): string => c.req.param('name') ?? ''
const isTrue = (text: string | undefined): boolean => text?.toLowerCase() === 'true'

/** `/connectors` and what is below. */
export function connectorRoutes(herder: Herder): Hono {
  const app = new Hono()
  listing(app, herder)
  configs(app, herder)
  states(app, herder)
  tasks(app, herder)
  topics(app, herder)
  offsets(app, herder)
  return app
}

function listing(app: Hono, herder: Herder): void {
  app.get('/connectors', async (c) => {
    const expand = c.req.queries('expand')
    const names = await herder.names()
    if (!expand) return c.json(names)
    const rows = await Promise.all(names.map(async (name) => [name, await expanded(herder, name, expand)] as const))
    return c.json(Object.fromEntries(rows.filter(([, row]) => row !== undefined)))
  })
  app.get('/connectors/:name', async (c) => c.json(await herder.info(nameOf(c))))
  app.delete('/connectors/:name', async (c) => {
    await herder.delete(nameOf(c))
    return c.body(null, 204)
  })
}

/** Undefined for a connector that is not there any more, or of which nothing is known yet. */
async function expanded(herder: Herder, name: string, expand: readonly string[]): Promise<object | undefined> {
  try {
    return {
      ...(expand.includes('info') ? { info: await herder.info(name) } : {}),
      ...(expand.includes('status') ? { status: await herder.status(name) } : {}),
    }
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return undefined
    throw error
  }
}

/** A config names the connector itself, or leaves that to the request. */
function checkName(name: string, config: ConnectorConfig): void {
  const own = config['name']
  if (own !== undefined && own !== name)
    throw badRequest(`Connector name configuration (${own}) doesn't match connector name in the URL (${name})`)
}

/** Where a connector is found. */
export const locationOf = (c: Context, name: string): string =>
  new URL(`/connectors/${encodeURIComponent(name)}`, c.req.url).href

function configs(app: Hono, herder: Herder): void {
  app.post('/connectors', async (c) => {
    const { name, config, target } = await readNewConnector(c)
    checkName(name, config)
    const { info } = await herder.put(name, config, { replace: false, ...(target ? { target } : {}) })
    return c.json(info, 201, { Location: locationOf(c, name) })
  })
  app.get('/connectors/:name/config', async (c) => c.json((await herder.info(nameOf(c))).config))
  app.put('/connectors/:name/config', async (c) => {
    const name = nameOf(c)
    const config = await readConfig(c)
    checkName(name, config)
    const { created, info } = await herder.put(name, config, {})
    return created ? c.json(info, 201, { Location: locationOf(c, name) }) : c.json(info)
  })
  app.patch('/connectors/:name/config', async (c) => c.json(await herder.patch(nameOf(c), await readPatch(c))))
}

function states(app: Hono, herder: Herder): void {
  app.get('/connectors/:name/status', async (c) => c.json(await herder.status(nameOf(c))))
  const setter = (target: 'RUNNING' | 'PAUSED' | 'STOPPED', status: 202 | 204) => async (c: Context) => {
    await herder.setTarget(nameOf(c), target)
    return c.body(null, status)
  }
  app.put('/connectors/:name/pause', setter('PAUSED', 202))
  app.put('/connectors/:name/resume', setter('RUNNING', 202))
  app.put('/connectors/:name/stop', setter('STOPPED', 204))
  app.post('/connectors/:name/restart', async (c) => {
    const includeTasks = isTrue(c.req.query('includeTasks'))
    const onlyFailed = isTrue(c.req.query('onlyFailed'))
    const answer = await herder.restart(nameOf(c), { includeTasks, onlyFailed })
    return answer ? c.json(answer, 202) : c.body(null, 204)
  })
}

function tasks(app: Hono, herder: Herder): void {
  app.get('/connectors/:name/tasks', async (c) => c.json(await herder.tasks(nameOf(c))))
  app.get('/connectors/:name/tasks/:task/status', async (c) =>
    c.json(await herder.taskStatus(nameOf(c), c.req.param('task'))),
  )
  app.post('/connectors/:name/tasks/:task/restart', async (c) => {
    await herder.restartTask(nameOf(c), Number(c.req.param('task')))
    return c.body(null, 204)
  })
}

function topics(app: Hono, herder: Herder): void {
  const { 'topic.tracking.enable': tracked, 'topic.tracking.allow.reset': resettable } = herder.config
  app.get('/connectors/:name/topics', async (c) => {
    if (!tracked) throw new RequestError(403, 'Topic tracking is disabled.')
    return c.json({ [nameOf(c)]: { topics: await herder.topics(nameOf(c)) } })
  })
  app.put('/connectors/:name/topics/reset', async (c) => {
    if (!tracked) throw new RequestError(403, 'Topic tracking is disabled.')
    if (!resettable) throw new RequestError(403, 'Topic tracking reset is disabled.')
    await herder.resetTopics(nameOf(c))
    return c.body(null, 202)
  })
}

function offsets(app: Hono, herder: Herder): void {
  app.get('/connectors/:name/offsets', async (c) => {
    const found = await herder.listOffsets(nameOf(c))
    // Numbers that JavaScript cannot hold are bigints.
    return c.body(stringifyData({ offsets: found }), 200, { 'Content-Type': 'application/json' })
  })
  app.patch('/connectors/:name/offsets', async (c) =>
    c.json({ message: await herder.alterOffsets(nameOf(c), await readOffsets(c)) }),
  )
  app.delete('/connectors/:name/offsets', async (c) => c.json({ message: await herder.resetOffsets(nameOf(c)) }))
}
