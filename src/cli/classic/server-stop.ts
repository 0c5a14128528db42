import type { ClassicTool } from '../context.ts'
import { exitCode } from '../exit.ts'
import { stopServers } from '../stop-servers.ts'
import { finish } from './command-line.ts'

/** Apache's kafka-server-stop. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const given = (name: string) => args.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1]
    const filter = { nodeId: given('node-id'), role: given('process-role') }
    const { console } = context
    if (filter.nodeId && filter.role)
      console.out('When both node-id and process-role are provided, the value for node-id will take precedence\n')
    if (stopServers(filter, context).found > 0) return exitCode.done
    console.out('No kafka server to stop\n')
    return exitCode.failed
  })
