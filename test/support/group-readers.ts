import { execa } from 'execa'
import { Consumer, Producer } from '../../src/client/index.ts'
import { ConsumerGroupDescribe } from '../../src/protocol/apis/index.ts'
import type { Runtime } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { javaLine } from './apache.ts'
import { RawClient } from './raw-client.ts'

/** Members of consumer groups that write down what they read, Apache's and ours. */
export const TOPIC = 'events'

/** Members hear of each other soon. */
export const quickHeartbeats = {
  'group.consumer.min.heartbeat.interval.ms': '300',
  'group.consumer.heartbeat.interval.ms': '300',
}

export interface Reading {
  readonly lines: string[]
  /** Leaves the group and ends. */
  stop(): Promise<void>
}

/** Numbered events to the four partitions of the topic, one after the other. */
export async function produceEvents(bootstrap: string, from: number, to: number): Promise<void> {
  const producer = new Producer({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  for (let at = from; at < to; at++) void producer.send({ topic: TOPIC, value: `event ${at}`, partition: at % 4 })
  await producer.flush()
  await producer.close()
}

/** What `produceEvents` sent, in the order of sorted lines. */
export const events = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `event ${from + at}`).sort()

/** Apache's console consumer. */
export function readByJava(bootstrap: string, group: string, clientId: string, protocol = 'consumer'): Reading {
  const properties = [`group.protocol=${protocol}`, `client.id=${clientId}`, 'auto.offset.reset=earliest']
  const args = ['--bootstrap-server', bootstrap, '--topic', TOPIC, '--group', group]
  const process = execa(
    'java',
    [
      ...javaLine('-Xmx128M'),
      ...['org.apache.kafka.tools.consumer.ConsoleConsumer', ...args],
      ...properties.flatMap((property) => ['--command-property', property]),
    ],
    { reject: false },
  )
  const lines: string[] = []
  process.stdout?.on('data', (chunk: Buffer) => {
    lines.push(...chunk.toString().split('\n').filter(Boolean))
  })
  return {
    lines,
    stop: async () => {
      process.kill('SIGTERM')
      await process
    },
  }
}

/** Our consumer, with `group.protocol=consumer` unless told otherwise. */
export function readHere(
  bootstrap: string,
  group: string,
  properties: Record<string, string | number | boolean> = {},
  runtime: Runtime = nodeRuntime,
): Reading & { readonly consumer: Consumer; readonly failed: Promise<Error> } {
  const common = { 'bootstrap.servers': bootstrap, 'group.id': group, 'auto.offset.reset': 'earliest' }
  const consumer = new Consumer({ ...common, 'group.protocol': 'consumer', ...properties }, runtime)
  consumer.subscribe([TOPIC])
  const lines: string[] = []
  const end = new AbortController()
  let fail: (error: Error) => void
  const failed = new Promise<Error>((resolve) => {
    fail = resolve
  })
  const work = async () => {
    while (!end.signal.aborted) {
      const batch = await consumer.poll(60_000, end.signal)
      for (const { value } of batch) lines.push(String(value))
      // Where it is not automatic, what was read is committed before anything else can happen.
      if (properties['enable.auto.commit'] === false) await consumer.commit()
    }
  }
  const done = work().catch((error: Error) => {
    if (!end.signal.aborted) fail(error)
  })
  const stop = async () => {
    end.abort()
    await done
    await consumer.close()
  }
  return { lines, consumer, failed, stop }
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('waited for too long')
}

/** The answer to ConsumerGroupDescribe for one group. */
export async function describedAt(bootstrap: string, group: string) {
  const client = await RawClient.connect(Number(bootstrap.split(':')[1]))
  const request = { groupIds: [group], includeAuthorizedOperations: false }
  const answer = await client.call(ConsumerGroupDescribe, 1, request)
  client.destroy()
  return answer?.groups[0]
}

export async function isStable(bootstrap: string, group: string, members: number): Promise<boolean> {
  const found = await describedAt(bootstrap, group)
  return found?.groupState === 'Stable' && found.members.length === members
}
