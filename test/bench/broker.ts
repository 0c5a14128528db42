/**
 * A node as a process of its own, with the usual settings: arguments are the data directory and the port. With `trace` as a third one, it notes
 * from SIGUSR2 on what keeps it from its event loop, and tells it when SIGTERM stops it; segments are of 64 MB then, so that they roll, and what can be compacted is. With a folder as a
 * third one it listens with TLS at the next port, and shows `broker-store.pem` of that folder.
 */
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { startServer } from '../../src/server/index.ts'
import { Trace } from './trace.ts'

const [dir, port, mode] = process.argv.slice(2)
const trace = mode === 'trace' ? new Trace() : undefined
const server = await startServer({
  runtime: trace?.watch(nodeRuntime) ?? nodeRuntime,
  properties: {
    listeners: `PLAINTEXT://127.0.0.1:${port}${mode && !trace ? `,SSL://127.0.0.1:${Number(port) + 1}` : ''}`,
    ...(mode && !trace ? { 'ssl.keystore.location': `${mode}/broker-store.pem` } : {}),
    'log.dirs': `${dir}/logs`,
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': '1',
    'group.initial.rebalance.delay.ms': '0',
    ...(trace ? { 'log.segment.bytes': String(64 << 20), 'log.cleaner.backoff.ms': '500' } : {}),
  },
})
process.on('SIGUSR2', () => trace?.start())
process.once('SIGTERM', () => {
  if (trace) process.stdout.write(`${JSON.stringify(trace.report())}\n`)
  void server.close().then(() => process.exit(0))
})
process.stdout.write('started\n')
