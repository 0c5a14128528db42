import type { ZooKeeperSettings } from '../../../config/zookeeper-era.ts'
import type { Runtime } from '../../../runtime/index.ts'
import { registeredBrokers } from '../../../zookeeper/brokers.ts'
import { type ZooKeeperClient, ZooKeeperLost } from '../../../zookeeper/client.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { type BrokerEntry, brokerEntries, clusterEntries, folders, topicEntries } from './entries.ts'
import { brokerSession, RETRY_MS, reachZooKeeper, refusalBeside } from './sessions.ts'

/** An attempt to reach a ZooKeeper that a node can do without. */
const BRIEF_MS = 2000

/** Of a node that is its own controller. */
interface SovereignEntry extends BrokerEntry {
  readonly clusterId: string
}

interface RegistrationOptions {
  readonly settings: ZooKeeperSettings
  readonly nodeId: number
  readonly runtime: Runtime
  log(line: string): void
}

/**
 * The entries of a node that is its own controller in the ZooKeeper that `zookeeper.connect` names, so that tools of that era find it: a
 * copy for readers, which ends with the session and is written anew in the next one.
 */
export class ZooKeeperRegistration {
  private client: ZooKeeperClient | undefined
  private entry: SovereignEntry | undefined
  private image: MetadataImage | undefined
  /** What this session has written, by path. */
  private written = new Map<string, string>()
  private writing: Promise<void> | undefined
  private readonly closing = new AbortController()

  constructor(private readonly options: RegistrationOptions) {}

  /** Reaches the ZooKeeper before the node does anything else. Throws one sentence when it is not there, or belongs to another broker. */
  async connect(): Promise<void> {
    const { settings, runtime } = this.options
    this.client = await reachZooKeeper(settings, runtime, (timeoutMs) => this.session(timeoutMs))
  }

  /**
   * Tells of the node from now on, in this session and in those that follow it. Resolves when the first attempt has succeeded or failed,
   * so that tools find a node that says it has started.
   */
  async register(entry: SovereignEntry): Promise<void> {
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
    const client = await brokerSession(settings, runtime, timeoutMs)
    try {
      const [other] = await registeredBrokers(client)
      if (other) throw refusalBeside(other, nodeId, settings)
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
        const cluster = clusterEntries(entry.clusterId, entry.id, entry.startedAt)
        await this.writeDifference(client, new Map([...brokerEntries(entry), ...cluster, ...topicEntries(image)]))
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
