/** A node as a process of its own, with the usual settings: arguments are the data directory and the port. */
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { startServer } from '../../src/server/index.ts'

const [dir, port] = process.argv.slice(2)
const server = await startServer({
  runtime: nodeRuntime,
  properties: {
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': `${dir}/logs`,
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': '1',
    'group.initial.rebalance.delay.ms': '0',
  },
})
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)))
process.stdout.write('started\n')
