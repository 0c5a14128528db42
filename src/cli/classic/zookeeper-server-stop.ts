import type { ClassicTool } from '../context.ts'
import { exitCode } from '../exit.ts'
import { stopZooKeepers } from '../stop-servers.ts'
import { finish } from './command-line.ts'

/** The zookeeper-server-stop of Kafka up to 3.9. */
export const main: ClassicTool = (_, context) =>
  finish(context, async () => {
    if (stopZooKeepers(context) > 0) return exitCode.done
    context.console.out('No zookeeper server to stop\n')
    return exitCode.failed
  })
