import type { ZooKeeperSettings } from '../../config/zookeeper-era.ts'
import type { Runtime } from '../../runtime/index.ts'
import { registeredBrokers } from '../../zookeeper/brokers.ts'
import { ZooKeeperClient, ZooKeeperLost } from '../../zookeeper/client.ts'
import { ErrorCode, type ZooKeeperError } from '../../zookeeper/wire.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { type BrokerEntry, brokerEntries, folders, topicEntries } from './zookeeper-entries.ts'

const RETRY_MS = 1000
/** An attempt to reach a ZooKeeper that a node can do without. */
const BRIEF_MS = 2000

/** A node could not be registered, with the reason in one sentence. */
class RegistrationRefused extends Error {
  override name = 'RegistrationRefused'
}

interface RegistrationOptions {
  readonly settings: ZooKeeperSettings
  readonly nodeId: number
  readonly runtime: Runtime
  log(line: string): void
}

/**
 * A broker's entries in the ZooKeeper that `zookeeper.connect` names, so that tools of that era find it. The broker keeps its metadata
 * itself: what is written there is a copy for readers, which ends with the session and is written anew in the next one.
 */
export class ZooKeeperRegistration {
  private client: ZooKeeperClient | undefined
  private entry: BrokerEntry | undefined
  private image: MetadataImage | undefined
  /** What this session has written, by path. */
  private written = new Map<string, string>()
  private writing: Promise<void> | undefined
  private readonly closing = new AbortController()

  constructor(private readonly options: RegistrationOptions) {}

  /**
   * Reaches the ZooKeeper before the node does anything else, trying again until `zookeeper.connection.timeout.ms` has gone by. Throws
   * one sentence when it is not there, or belongs to another broker.
   */
  async connect(): Promise<void> {
    const { settings, runtime } = this.options
    const { clock } = runtime
    const deadline = clock.monotonic() + settings.connectionTimeoutMs
    for (;;)
      try {
        this.client = await this.session(Math.max(RETRY_MS, deadline - clock.monotonic()))
        return
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

  /**
   * Tells of the node from now on, in this session and in those that follow it. Resolves when the first attempt has succeeded or failed,
   * so that tools find a node that says it has started.
   */
  async register(entry: BrokerEntry): Promise<void> {
    this.entry = entry
    const first = new Promise<void>((resolve) => {
      void this.keepRegistered(resolve).catch(() => {})
    })
    await Promise.race([first, this.options.runtime.clock.sleep(BRIEF_MS)])
  }

  /** Tells of the topics; what is being written is finished first. */
  publish(image: MetadataImage): void {
    this.image = image
    this.write()
  }

  async close(): Promise<void> {
    this.closing.abort()
    this.client?.close()
    await this.writing
  }

  private async keepRegistered(tried: () => void): Promise<void> {
    const { settings, log } = this.options
    const { clock } = this.options.runtime
    let told = ''
    const tell = (line: string) => {
      if (line !== told) log(line)
      told = line
    }
    while (!this.closing.signal.aborted) {
      try {
        this.client ??= await this.session(settings.required ? settings.connectionTimeoutMs : BRIEF_MS)
        const { client } = this
        if (this.closing.signal.aborted) return client.close()
        const lost = new Promise<void>((resolve) => {
          client.lostHandler = resolve
          this.closing.signal.addEventListener('abort', () => resolve())
        })
        this.written = new Map()
        this.write()
        await this.writing
        tried()
        tell(`Registered broker ${this.options.nodeId} with the ZooKeeper at ${settings.address.text}.`)
        await lost
        if (this.closing.signal.aborted) return
        tell(`The session with the ZooKeeper at ${settings.address.text} has ended; a new one is tried for.`)
      } catch (error) {
        // A node that says itself who it is can do without; where it is expected that is worth a line.
        if (settings.required || !(error instanceof ZooKeeperLost)) tell((error as Error).message)
      }
      this.client = undefined
      tried()
      await clock.sleep(settings.required ? RETRY_MS : 5 * RETRY_MS, this.closing.signal)
    }
  }

  /** A session with the right to write, at a ZooKeeper that no other broker uses. */
  private async session(timeoutMs: number): Promise<ZooKeeperClient> {
    const { settings, runtime, nodeId } = this.options
    const at = settings.address.text
    const sessionMs = settings.sessionTimeoutMs
    const client = await ZooKeeperClient.connect(settings.address, runtime, { timeoutMs, sessionMs })
    try {
      await client.beBroker().catch((error) => {
        throw error instanceof ZooKeeperLost || (error as ZooKeeperError).code === ErrorCode.authFailed
          ? new RegistrationRefused(
              `The ZooKeeper at ${at} does not take the entries of this broker: only the one that bin/zookeeper-server-start.sh starts does.`,
            )
          : error
      })
      const [other] = await registeredBrokers(client)
      if (other)
        throw new RegistrationRefused(
          other.id === nodeId
            ? `A broker with id ${nodeId} (${other.endpoints.join(',')}) is registered with the ZooKeeper at ${at} already: every broker needs a broker.id of its own.`
            : `Broker ${other.id} (${other.endpoints.join(',')}) is registered with the ZooKeeper at ${at}, and clusters of several brokers are not served yet: give broker ${nodeId} a ZooKeeper of its own, or a path behind its address (${at.replace(/\/.*/, '')}/other).`,
        )
      return client
    } catch (error) {
      client.close()
      throw error
    }
  }

  /** Brings the entries up to date, one round after the other. */
  private write(): void {
    if (this.writing || !this.client || !this.entry || !this.image) return
    const { client, entry } = this
    let told: MetadataImage | undefined
    const round = async () => {
      if (this.written.size === 0) for (const folder of folders) await client.createFolder(folder)
      while (told !== this.image && client === this.client) {
        const image = this.image as MetadataImage
        await this.writeDifference(client, new Map([...brokerEntries(entry), ...topicEntries(image)]))
        told = image
      }
    }
    const failed = (error: Error) => {
      told = this.image
      if (error instanceof ZooKeeperLost) return
      this.options.log(`Entries in ZooKeeper could not be written: ${error.message}.`)
    }
    this.writing = round()
      .catch(failed)
      .finally(() => {
        this.writing = undefined
        if (client !== this.client || told !== this.image) this.write()
      })
  }

  private async writeDifference(client: ZooKeeperClient, wanted: ReadonlyMap<string, string>): Promise<void> {
    const { written } = this
    const gone = [...written.keys()].filter((path) => !wanted.has(path))
    const changed = [...wanted].filter(([path, json]) => written.get(path) !== json)
    await Promise.all([
      ...gone.map((path) => client.delete(path).then(() => written.delete(path))),
      ...changed.map(async ([path, json]) => {
        await (written.has(path) ? client.set(path, json) : client.create(path, json))
        written.set(path, json)
      }),
    ])
  }
}
