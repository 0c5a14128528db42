import type { ZooKeeperSettings } from '../../../config/zookeeper-era.ts'
import type { Runtime } from '../../../runtime/index.ts'
import type { RegisteredBroker } from '../../../zookeeper/brokers.ts'
import { ZooKeeperClient, ZooKeeperLost } from '../../../zookeeper/client.ts'
import { ErrorCode, type ZooKeeperError } from '../../../zookeeper/wire.ts'

/** The pause between attempts to reach a ZooKeeper; milliseconds. */
export const RETRY_MS = 1000

/** A node cannot use its ZooKeeper, with the reason in one sentence. */
export class RegistrationRefused extends Error {
  override name = 'RegistrationRefused'
}

/** A session with the right to write, which only the ZooKeeper of this toolset gives. */
export async function brokerSession(
  { address, sessionTimeoutMs: sessionMs }: ZooKeeperSettings,
  runtime: Runtime,
  timeoutMs: number,
): Promise<ZooKeeperClient> {
  const client = await ZooKeeperClient.connect(address, runtime, { timeoutMs, sessionMs })
  try {
    await client.beBroker()
    return client
  } catch (error) {
    client.close()
    throw error instanceof ZooKeeperLost || (error as ZooKeeperError).code === ErrorCode.authFailed
      ? new RegistrationRefused(
          `The ZooKeeper at ${address.text} does not take the entries of this broker: only the one that bin/zookeeper-server-start.sh starts does.`,
        )
      : error
  }
}

/** Tries until `zookeeper.connection.timeout.ms` has gone by; throws one sentence then. */
export async function reachZooKeeper<T>(
  settings: ZooKeeperSettings,
  { clock }: Runtime,
  attempt: (timeoutMs: number) => Promise<T>,
): Promise<T> {
  const deadline = clock.monotonic() + settings.connectionTimeoutMs
  for (;;)
    try {
      return await attempt(Math.max(RETRY_MS, deadline - clock.monotonic()))
    } catch (error) {
      if (!(error instanceof ZooKeeperLost)) throw error
      const left = deadline - clock.monotonic()
      if (left <= 1)
        throw new RegistrationRefused(
          `${error.message.replace(/\.$/, '')} within zookeeper.connection.timeout.ms=${settings.connectionTimeoutMs}: start it first with bin/zookeeper-server-start.sh config/zookeeper.properties.`,
        )
      await clock.sleep(Math.min(RETRY_MS, left))
    }
}

/** What a node hears where a broker is registered beside which it cannot be. */
export function refusalBeside(
  { id, endpoints }: RegisteredBroker,
  nodeId: number,
  { address: { text } }: ZooKeeperSettings,
): Error {
  const where = `(${endpoints.join(',')}) is registered with the ZooKeeper at ${text}`
  return new RegistrationRefused(
    id === nodeId
      ? `A broker with id ${nodeId} ${where} already: every broker needs a broker.id of its own.`
      : `Broker ${id} ${where}, and broker ${nodeId} cannot be in one cluster with it, because one of them keeps its metadata itself or has a path behind the address: give broker ${nodeId} a ZooKeeper of its own, or a path of its own (${text.replace(/\/.*/, '')}/other).`,
  )
}
