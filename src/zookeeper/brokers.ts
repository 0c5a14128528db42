import type { ZooKeeperAddress } from '../config/zookeeper-address.ts'
import type { Runtime } from '../runtime/index.ts'
import { ZooKeeperClient } from './client.ts'
import { ErrorCode, ZooKeeperError } from './wire.ts'

/** A broker as it tells of itself under /brokers/ids. */
export interface RegisteredBroker {
  readonly id: number
  /** `PLAINTEXT://host:port`; empty when the broker's entry cannot be read. */
  readonly endpoints: readonly string[]
}

const SESSION_MS = 6000

/** The brokers that a ZooKeeper knows, Apache's included. */
export async function registeredBrokers(client: ZooKeeperClient): Promise<RegisteredBroker[]> {
  const ids = await client.children('/brokers/ids').catch((error) => {
    if (error instanceof ZooKeeperError && error.code === ErrorCode.noNode) return []
    throw error
  })
  const brokers = ids.map(async (id) => ({
    id: Number(id),
    endpoints: readEndpoints((await client.data(`/brokers/ids/${id}`)).toString()),
  }))
  return (await Promise.all(brokers)).sort((a, b) => a.id - b.id)
}

function readEndpoints(json: string): string[] {
  try {
    const { endpoints, host, port } = JSON.parse(json) as Record<string, unknown>
    if (Array.isArray(endpoints) && endpoints.length > 0) return endpoints.map(String)
    return typeof host === 'string' && typeof port === 'number' ? [`PLAINTEXT://${host}:${port}`] : []
  } catch {
    return []
  }
}

/** Asks a ZooKeeper where the brokers listen: `host:port,host:port` of those without TLS and login. Throws one sentence when there is none. */
export async function bootstrapServersAt(
  address: ZooKeeperAddress,
  runtime: Runtime,
  timeoutMs: number,
): Promise<string> {
  const client = await ZooKeeperClient.connect(address, runtime, { timeoutMs, sessionMs: SESSION_MS })
  try {
    const brokers = await registeredBrokers(client)
    if (brokers.length === 0)
      throw new Error(`No broker has registered with the ZooKeeper at ${address.text}: is one running?`)
    const plain = brokers.flatMap(({ endpoints }) => endpoints.filter((endpoint) => /^PLAINTEXT:\/\//.test(endpoint)))
    const some = plain.length > 0 ? plain : brokers.flatMap(({ endpoints }) => endpoints)
    return some.map((endpoint) => endpoint.replace(/^.*:\/\//, '')).join(',')
  } finally {
    client.close()
  }
}
