import type { ConsumerRecord } from '../../client/index.ts'
import { StreamsError } from '../errors.ts'
import type {
  AnyProcessor,
  Cancellable,
  ProcessorContext,
  PunctuationType,
  StreamRecord,
} from '../processors/processor.ts'
import { resolveSerde, type Serde, type SerdePair } from '../serde.ts'
import { asBuffer } from '../serdes.ts'
import type { KeyValueStore } from '../state/key-value-store.ts'
import { ReadOnlyStore } from '../state/read-only-store.ts'
import type { TypedStore } from '../state/typed-store.ts'
import type { ProcessorNode, SinkNode, SourceNode } from '../topology/nodes.ts'
import { isWindowed, type Windowed } from '../windowed.ts'
import { timeAfter } from './punctuation-queue.ts'
import type { RecordCollector } from './record-collector.ts'
import type { TaskScope } from './task-scope.ts'

type AnyRecord = StreamRecord<unknown, unknown>

/** A node of a topology in one task. */
export interface RunningNode {
  readonly name: string
  process(record: AnyRecord): void
  close(): void
}

/** Says in which node something failed; further nodes on the way leave that as it is. */
function failedIn(name: string, error: unknown, { taskId, recordMetadata: at }: TaskScope): StreamsError {
  if (error instanceof StreamsError) return error
  const place = at ? ` at offset ${at.offset} of ${at.topic}-${at.partition}` : ''
  const reason = error instanceof Error ? error.message : String(error)
  return new StreamsError(`Task ${taskId} failed in ${name}${place}: ${reason}`, { cause: error })
}

/** A step of the program. */
export class RunningProcessor implements RunningNode {
  readonly name: string
  private readonly processor: AnyProcessor
  private children: readonly RunningNode[] = []

  constructor(
    private readonly node: ProcessorNode,
    private readonly scope: TaskScope,
  ) {
    this.name = node.name
    this.processor = node.supplier()
  }

  /** To be called once, when all nodes behind it are there. */
  begin(children: readonly RunningNode[]): void {
    this.children = children
    this.guarded(() => this.processor.init?.(this.context()))
  }

  process(record: AnyRecord): void {
    this.guarded(() => this.processor.process(record as StreamRecord<never, never>))
  }

  close(): void {
    this.guarded(() => this.processor.close?.())
  }

  private guarded(action: () => void): void {
    try {
      action()
    } catch (error) {
      throw failedIn(this.name, error, this.scope)
    }
  }

  private context(): ProcessorContext<unknown, unknown> {
    const { node, scope } = this
    return {
      taskId: scope.taskId,
      applicationId: scope.applicationId,
      keySerde: scope.defaults.key,
      valueSerde: scope.defaults.value,
      get systemTime() {
        return scope.now()
      },
      get streamTime() {
        return scope.streamTime
      },
      get recordMetadata() {
        return scope.recordMetadata
      },
      forward: (record, child) => this.forward(record, child),
      stateStore: <K, V>(name: string) => {
        if (node.stores.has(name)) return scope.store(name) as unknown as KeyValueStore<K, V>
        const global = scope.globalStore(name)
        if (global) return new ReadOnlyStore(global as unknown as TypedStore<K, V>)
        throw new StreamsError(
          `Processor ${node.name} has no access to StateStore ${name}: it is not connected with it.`,
        )
      },
      schedule: (intervalMs, type, punctuate, startMs) => this.schedule(intervalMs, type, punctuate, startMs),
      commit: () => scope.requestCommit(),
    }
  }

  private schedule(
    intervalMs: number,
    type: PunctuationType,
    punctuate: (timestamp: number) => void,
    startMs: number | undefined,
  ): Cancellable {
    const { scope } = this
    if (!(intervalMs >= 1)) throw new RangeError('The minimum supported scheduling interval is 1 millisecond.')
    if (startMs !== undefined && !(startMs >= 0)) throw new RangeError('The minimum supported start time is the epoch.')
    if (!scope.punctuations) throw new StreamsError(`${this.name} cannot schedule anything: it fills a global store.`)
    const now = type === 'stream-time' ? scope.streamTime : scope.now()
    const first = type === 'stream-time' ? 0 : now + intervalMs
    const begin = startMs === undefined ? first : startMs < now ? timeAfter(startMs, intervalMs, now) : startMs
    return scope.punctuations[type].schedule(begin, intervalMs, (timestamp) =>
      scope.during({ timestamp, headers: [], metadata: undefined }, () => this.guarded(() => punctuate(timestamp))),
    )
  }

  /** Those behind see the record's own time and headers, and the place of the one that led to it. */
  private forward(record: AnyRecord, child: string | undefined): void {
    const { current } = this.scope
    const { timestamp, headers } = record
    if (!current || (current.timestamp === timestamp && current.headers === headers)) return this.handOn(record, child)
    this.scope.during({ ...current, timestamp, headers }, () => this.handOn(record, child))
  }

  private handOn(record: AnyRecord, child: string | undefined): void {
    if (child === undefined) for (const next of this.children) next.process(record)
    else {
      const next = this.children.find(({ name }) => name === child)
      if (!next) throw new StreamsError(`Unknown downstream node: ${child} of ${this.name}.`)
      next.process(record)
    }
  }
}

/** Where records of topics come in. */
export class RunningSource {
  constructor(
    readonly node: SourceNode,
    private readonly serdes: { readonly key: Serde<unknown>; readonly value: Serde<unknown> },
    private readonly children: readonly RunningNode[],
  ) {}

  /** Throws what the serdes throw. */
  read({ key, value, headers }: ConsumerRecord, timestamp: number): AnyRecord {
    return {
      key: key === null ? null : this.serdes.key.deserialize(key),
      value: value === null ? null : this.serdes.value.deserialize(value),
      timestamp,
      headers,
    }
  }

  process(record: AnyRecord): void {
    for (const next of this.children) next.process(record)
  }
}

interface Reading {
  readonly settings: { readonly failsOnBadBytes: boolean }
  /** Told of a record that was left out. */
  readonly skipped: (sentence: string) => void
}

/** A record as a source reads it; undefined where its bytes are none and it is left out. Throws a `StreamsError` where it may not be. */
export function readRecord(
  source: RunningSource,
  record: ConsumerRecord,
  timestamp: number,
  { settings, skipped }: Reading,
): AnyRecord | undefined {
  try {
    return source.read(record, timestamp)
  } catch (error) {
    const { topic, partition, offset } = record
    const sentence = `The record at offset ${offset} of ${topic}-${partition} cannot be read: ${(error as Error).message}`
    if (settings.failsOnBadBytes) throw new StreamsError(sentence, { cause: error })
    skipped(`${sentence} It is left out.`)
    return undefined
  }
}

/** Where records go out. */
export class RunningSink implements RunningNode {
  readonly name: string

  constructor(
    private readonly node: SinkNode,
    private readonly topic: string,
    /** How many partitions it has; 0 where that is not known. */
    private readonly partitions: number,
    private readonly serdes: { readonly key: Serde<unknown>; readonly value: Serde<unknown> },
    private readonly scope: TaskScope,
    private readonly collector: RecordCollector,
  ) {
    this.name = node.name
  }

  process({ key, value, timestamp, headers }: AnyRecord): void {
    if (timestamp < 0)
      throw new StreamsError(`Invalid (negative) timestamp of ${timestamp} for a record to ${this.topic}.`)
    this.collector.send({
      topic: this.topic,
      partition: this.place(key, value),
      hashedKey: this.hashedKey(key),
      key: this.bytes(key, 'key'),
      value: this.bytes(value, 'value'),
      timestamp,
      headers,
    })
  }

  close(): void {}

  /** Undefined where the hash of the key decides. */
  private place(key: unknown, value: unknown): number | undefined {
    const place = this.node.partitioner?.(key, value, this.partitions)
    if (place === undefined || this.partitions === 0) return place
    if (Number.isInteger(place) && place >= 0 && place < this.partitions) return place
    throw new StreamsError(
      `${this.name} has got ${place} from its partitioner, and ${this.topic} has ${this.partitions} partitions.`,
    )
  }

  /** Windows of one key go to the same partition. */
  private hashedKey(key: unknown): Uint8Array | undefined {
    const serde = this.serdes.key
    return isWindowed(serde) && key ? serde.serializeKey(key as Windowed<unknown>) : undefined
  }

  private bytes(value: unknown, part: 'key' | 'value'): Buffer | null {
    if (value === null || value === undefined) return null
    try {
      return asBuffer(this.serdes[part].serialize(value))
    } catch (error) {
      throw failedIn(`${this.name} with a ${part} for ${this.topic}`, error, this.scope)
    }
  }
}

/** A node's serdes, or the application's. Throws a `StreamsError` where there are neither. */
export const resolveSerdes = (name: string, own: SerdePair, defaults: SerdePair) => ({
  key: resolveSerde(name, 'key', own.key, defaults),
  value: resolveSerde(name, 'value', own.value, defaults),
})
