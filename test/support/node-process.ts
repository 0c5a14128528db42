/** A node as a process of its own, for tests that kill it: arguments are the data directory, the port, and properties as `name=value`. */
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { startServer } from '../../src/server/index.ts'

const [dir, port, ...more] = process.argv.slice(2)
const server = await startServer({
  runtime: nodeRuntime,
  properties: {
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': `${dir}/logs`,
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '4',
    'group.initial.rebalance.delay.ms': '0',
    'log.segment.bytes': '1048576',
    ...Object.fromEntries(more.map((property) => property.split(/=(.*)/s))),
  },
})
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)))
process.stdout.write('started\n')
