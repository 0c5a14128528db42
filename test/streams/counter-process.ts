import { StreamsBuilder, serdes } from '../../src/streams/index.ts'
import { runUntilKilled } from './run-until-killed.ts'

/** A process that counts the values of a topic, until it is killed: servers, application id, from, to, guarantee. */
const [bootstrap = '', id = '', from = '', to = '', guarantee = ''] = process.argv.slice(2)
const builder = new StreamsBuilder()
builder
  .stream<string, string>(from, { key: serdes.string, value: serdes.string })
  .groupBy((_, value) => value, { key: serdes.string, value: serdes.string })
  .count()
  .toStream()
  .to(to, { value: serdes.long })
await runUntilKilled(builder, { bootstrap, id, guarantee })
