/**
 * Reads a topic from its beginning, over and over, half a megabyte at a time with pauses: about 20 MB/s. Arguments are bootstrap server and topic;
 * SIGTERM ends it, and it tells how many bytes it has read.
 */
import { Consumer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'

const [bootstrap = '', topic = ''] = process.argv.slice(2)
let stopped = false
process.once('SIGTERM', () => {
  stopped = true
})
const consumer = new Consumer({ 'bootstrap.servers': bootstrap, 'auto.offset.reset': 'earliest' }, nodeRuntime)
const where = [{ topic, partition: 0 }]
consumer.assign(where)
let bytes = 0
while (!stopped) {
  const batch = await consumer.poll(100)
  if (batch.count === 0) consumer.seekToBeginning(where)
  for (const record = batch.cursor(); record.next(); ) bytes += record.valueLength
  await nodeRuntime.clock.sleep(25)
}
await consumer.close()
process.stdout.write(`${bytes}\n`)
