import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type RunningServer, startServer } from '../../src/server/index.ts'
import { connects, startBroker } from './apache.ts'

export interface TestServer {
  readonly server: RunningServer
  readonly port: number
  readonly bootstrap: string
  readonly dir: string
  /** Lines that the node logged. */
  readonly lines: string[]
  /** Stops the node; its directory stays. */
  stop(): Promise<void>
  /** Stops the node, if it is not, and starts it again on the same directory and port. */
  restart(): Promise<TestServer>
  close(): Promise<void>
}

/** Whether the tests run at Apache's broker; a few say what only ours does. */
export const atApache = process.env['KAFKA_TEST_BROKER'] === 'apache'

/**
 * For tests that date records themselves. Retention goes by these times: what is of 1970 is there for the first thirty seconds of a node, and gone
 * where the machine is busy. So it is gone at once.
 */
export const retentionAtOnce = { 'log.initial.task.delay.ms': '0', 'log.retention.check.interval.ms': '100' }

/**
 * A node on a free port in a folder of its own; `close` takes both away. With KAFKA_TEST_BROKER=apache it is Apache's broker instead, so that
 * tests of clients and tools can be run at it (`npm run test:apache`).
 */
export async function startTestServer(
  properties: Record<string, string> = {},
  place: { dir?: string; port?: number } = {},
): Promise<TestServer> {
  const dir = place.dir ?? mkdtempSync(join(tmpdir(), 'kafka-toolset-'))
  if (atApache && place.port === undefined) return startApache(properties, dir)
  const lines: string[] = []
  const server = await startServer({
    runtime: nodeRuntime,
    log: (line) => lines.push(line),
    properties: {
      listeners: `PLAINTEXT://127.0.0.1:${place.port ?? 0}`,
      'log.dirs': join(dir, 'logs'),
      'offsets.topic.num.partitions': '4',
      'offsets.topic.replication.factor': '1',
      'group.initial.rebalance.delay.ms': '0',
      ...properties,
    },
  })
  const port = (server.listeners[0] as { port: number }).port
  return {
    server,
    port,
    bootstrap: `127.0.0.1:${port}`,
    dir,
    lines,
    stop: () => server.close(),
    restart: async () => {
      await server.close()
      return startTestServer(properties, { dir, port })
    },
    close: async () => {
      await server.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function startApache(properties: Record<string, string>, dir: string, given?: number): Promise<TestServer> {
  const port = given ?? (await freePort())
  const broker = await startBroker(dir, port, { 'offsets.topic.num.partitions': '4', ...properties })
  return {
    get server(): RunningServer {
      throw new Error("Apache's broker cannot be looked into.")
    },
    port,
    bootstrap: broker.bootstrap,
    dir,
    lines: [],
    stop: () => broker.stop(),
    restart: async () => {
      await broker.stop()
      return startApache(properties, dir, port)
    },
    close: async () => {
      await broker.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Where nobody listens, for a broker and, at the next port, its controller; outside of what systems give to outgoing connections. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 30_000 + 2 * nodeRuntime.random.int(1300)
    if (!(await connects(port)) && !(await connects(port + 1))) return port
  }
}
