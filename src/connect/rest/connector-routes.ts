import { type Context, Hono } from 'hono'
import type { ConnectorConfig } from '../connector.ts'
import { stringifyData } from '../converters/json-writing.ts'
import { badRequest, notFound, RequestError } from '../worker/request-error.ts'
import type { StandaloneWorker } from '../worker/standalone-worker.ts'
import { connectorInfo, connectorStatus, taskInfos, taskStatus } from './answers.ts'
import { readConfig, readNewConnector, readOffsets, readPatch } from './bodies.ts'
import type { RestPlace } from './place.ts'

const nameOf = (c: Context): string => c.req.param('name') ?? ''
const isTrue = (text: string | undefined): boolean => text?.toLowerCase() === 'true'

/** `/connectors` and what is below. */
export function connectorRoutes(worker: StandaloneWorker, place: RestPlace): Hono {
  const app = new Hono()
  listing(app, worker, place)
  configs(app, worker)
  states(app, worker, place)
  tasks(app, worker, place)
  topics(app, worker)
  offsets(app, worker)
  return app
}

function listing(app: Hono, worker: StandaloneWorker, place: RestPlace): void {
  app.get('/connectors', (c) => {
    const expand = c.req.queries('expand')
    if (!expand) return c.json(worker.names())
    const rows = worker.names().map((name) => {
      const runner = worker.get(name)
      return [
        name,
        {
          ...(expand.includes('info') ? { info: connectorInfo(runner) } : {}),
          ...(expand.includes('status') ? { status: connectorStatus(runner, place.workerId) } : {}),
        },
      ]
    })
    return c.json(Object.fromEntries(rows))
  })
  app.get('/connectors/:name', (c) => c.json(connectorInfo(worker.get(nameOf(c)))))
  app.delete('/connectors/:name', async (c) => {
    await worker.delete(nameOf(c))
    return c.body(null, 204)
  })
}

/** A config names the connector itself, or leaves that to the request. */
function checkName(name: string, config: ConnectorConfig): void {
  const own = config['name']
  if (own !== undefined && own !== name)
    throw badRequest(`Connector name configuration (${own}) doesn't match connector name in the URL (${name})`)
}

function configs(app: Hono, worker: StandaloneWorker): void {
  const created = (c: Context, name: string) =>
    c.json(connectorInfo(worker.get(name)), 201, {
      Location: new URL(`/connectors/${encodeURIComponent(name)}`, c.req.url).href,
    })
  app.post('/connectors', async (c) => {
    const { name, config, target } = await readNewConnector(c)
    checkName(name, config)
    await worker.put(name, config, { replace: false, target })
    return created(c, name)
  })
  app.get('/connectors/:name/config', (c) => c.json(worker.get(nameOf(c)).config))
  app.put('/connectors/:name/config', async (c) => {
    const name = nameOf(c)
    const config = await readConfig(c)
    checkName(name, config)
    const { created: isNew } = await worker.put(name, config)
    return isNew ? created(c, name) : c.json(connectorInfo(worker.get(name)))
  })
  app.patch('/connectors/:name/config', async (c) => {
    const name = nameOf(c)
    await worker.patch(name, await readPatch(c))
    return c.json(connectorInfo(worker.get(name)))
  })
}

function states(app: Hono, worker: StandaloneWorker, place: RestPlace): void {
  app.get('/connectors/:name/status', (c) => {
    const name = nameOf(c)
    return c.json(connectorStatus(worker.get(name, `No status found for connector ${name}`), place.workerId))
  })
  const setter = (target: 'RUNNING' | 'PAUSED' | 'STOPPED', status: 202 | 204) => async (c: Context) => {
    const name = nameOf(c)
    worker.get(name, `Unknown connector ${name}`)
    await worker.setTarget(name, target)
    return c.body(null, status)
  }
  app.put('/connectors/:name/pause', setter('PAUSED', 202))
  app.put('/connectors/:name/resume', setter('RUNNING', 202))
  app.put('/connectors/:name/stop', setter('STOPPED', 204))
  app.post('/connectors/:name/restart', async (c) => {
    const name = nameOf(c)
    const runner = worker.get(name, `Unknown connector ${name}`)
    const includeTasks = isTrue(c.req.query('includeTasks'))
    const onlyFailed = isTrue(c.req.query('onlyFailed'))
    const answer = connectorStatus(runner, place.workerId, { tasks: includeTasks })
    await worker.restart(name, { includeTasks, onlyFailed })
    return includeTasks || onlyFailed ? c.json(answer, 202) : c.body(null, 204)
  })
}

function tasks(app: Hono, worker: StandaloneWorker, place: RestPlace): void {
  app.get('/connectors/:name/tasks', (c) => c.json(taskInfos(worker.get(nameOf(c)))))
  app.get('/connectors/:name/tasks/:task/status', (c) => {
    const id = c.req.param('task')
    const task = worker.find(nameOf(c))?.tasks[Number(id)]
    if (!task) throw notFound(`No status found for task ${nameOf(c)}-${id}`)
    return c.json(taskStatus(task, place.workerId))
  })
  app.post('/connectors/:name/tasks/:task/restart', async (c) => {
    await worker.restartTask(nameOf(c), Number(c.req.param('task')))
    return c.body(null, 204)
  })
}

function topics(app: Hono, worker: StandaloneWorker): void {
  const { 'topic.tracking.enable': tracked, 'topic.tracking.allow.reset': resettable } = worker.config
  app.get('/connectors/:name/topics', (c) => {
    if (!tracked) throw new RequestError(403, 'Topic tracking is disabled.')
    return c.json({ [nameOf(c)]: { topics: [...(worker.find(nameOf(c))?.topics ?? [])] } })
  })
  app.put('/connectors/:name/topics/reset', (c) => {
    if (!tracked) throw new RequestError(403, 'Topic tracking is disabled.')
    if (!resettable) throw new RequestError(403, 'Topic tracking reset is disabled.')
    worker.find(nameOf(c))?.topics.clear()
    return c.body(null, 202)
  })
}

function offsets(app: Hono, worker: StandaloneWorker): void {
  app.get('/connectors/:name/offsets', async (c) => {
    const found = await worker.listOffsets(nameOf(c))
    // Numbers that JavaScript cannot hold are bigints.
    return c.body(stringifyData({ offsets: found }), 200, { 'Content-Type': 'application/json' })
  })
  app.patch('/connectors/:name/offsets', async (c) =>
    c.json({ message: await worker.alterOffsets(nameOf(c), await readOffsets(c)) }),
  )
  app.delete('/connectors/:name/offsets', async (c) => c.json({ message: await worker.resetOffsets(nameOf(c)) }))
}
