import { join } from 'node:path'
import { DistributedWorker } from '../../src/connect/index.ts'
import { nodeHttpServe } from '../../src/runtime/node/http-server.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { until } from './rig.ts'

export type Answer = { readonly status: number; readonly body: unknown }
export type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>

/** Asks a worker's REST. */
export function asker(port: number): Ask {
  return async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }
}

export const workerProperties = (
  bootstrap: string,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> => ({
  'bootstrap.servers': bootstrap,
  'group.id': 'workers',
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'offset.storage.topic': 'c-offsets',
  'config.storage.topic': 'c-configs',
  'status.storage.topic': 'c-status',
  'offset.storage.replication.factor': '1',
  'config.storage.replication.factor': '1',
  'status.storage.replication.factor': '1',
  'offset.flush.interval.ms': '100',
  'scheduled.rebalance.max.delay.ms': '0',
  'session.timeout.ms': '6000',
  'heartbeat.interval.ms': '300',
  'consumer.session.timeout.ms': '6000',
  listeners: 'http://127.0.0.1:0',
  ...extra,
})

export interface GroupWorker {
  readonly ask: Ask
  /** `host:port`, by which statuses name it. */
  readonly id: string
  readonly log: string[]
  close(): Promise<void>
}

/** A worker that has joined its group; `modules` are what `plugin.path` is to have. */
export async function groupWorker(
  properties: Readonly<Record<string, string>>,
  modules: Readonly<Record<string, unknown>> = {},
): Promise<GroupWorker> {
  const log: string[] = []
  const worker = new DistributedWorker({
    properties: { 'plugin.path': join(import.meta.dirname, 'plugins'), ...properties },
    runtime: nodeRuntime,
    load: async () => modules,
    log: (level, line) => void log.push(`${level} ${line}`),
  })
  const rest = await worker.start(nodeHttpServe)
  const ask = asker(rest.port)
  await until('the worker has joined', async () => (await ask('GET', '/health')).status === 200)
  return {
    ...{ ask, id: rest.advertised, log },
    close: async () => {
      await rest.close()
      await worker.close()
    },
  }
}

interface StatusBody {
  readonly connector: { readonly state: string; readonly worker_id: string }
  readonly tasks: readonly {
    readonly id: number
    readonly state: string
    readonly worker_id: string
    readonly trace?: string
  }[]
}

export const statusOf = async (ask: Ask, name: string): Promise<StatusBody | undefined> => {
  const { status, body } = await ask('GET', `/connectors/${name}/status`)
  return status === 200 ? (body as StatusBody) : undefined
}

/** Waits until a connector and so many tasks of it run; gives who runs them. */
export async function runs(ask: Ask, name: string, tasks: number): Promise<StatusBody> {
  let last: StatusBody | undefined
  await until(`${name} runs`, async () => {
    last = await statusOf(ask, name)
    return (
      last?.connector.state === 'RUNNING' &&
      last.tasks.length === tasks &&
      last.tasks.every(({ state }) => state === 'RUNNING')
    )
  }).catch((error) => {
    throw new Error(`${(error as Error).message}: ${JSON.stringify(last)}`)
  })
  return last as StatusBody
}
