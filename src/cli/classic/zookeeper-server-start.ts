import { unknownProperties, zooKeeperConfig } from '../../zookeeper/config.ts'
import { loadProperties } from '../client-config.ts'
import type { ClassicTool } from '../context.ts'
import { exitCode } from '../exit.ts'
import { serveZooKeeper } from '../serve-zookeeper.ts'
import { finish } from './command-line.ts'

const USAGE = 'USAGE: zookeeper-server-start.sh [-daemon] zookeeper.properties'

/** The zookeeper-server-start of Kafka up to 3.9. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const [file, ...more] = args
    if (file === undefined || file.startsWith('-') || more.length > 0) {
      context.console.error(`${USAGE}\n`)
      return exitCode.failed
    }
    const properties = loadProperties(context.runtime, file)
    return serveZooKeeper(zooKeeperConfig(properties), unknownProperties(properties), context)
  })
