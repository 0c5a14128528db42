import { Admin } from '../../client/index.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'
import { WrappedError } from '../../tools/groups/wrapped-error.ts'
import { adminProperties, loadOptionalProperties } from '../client-config.ts'
import type { Context } from '../context.ts'
import { Exit, exitCode } from '../exit.ts'
import { warnings } from '../warnings.ts'
import type { CommandLine } from './command-line.ts'
import type { GroupsCall } from './groups-call.ts'
import { javaText } from './java-error.ts'
import { OptionError } from './option-parser.ts'

/** Runs an action of kafka-share-groups or kafka-streams-groups; what it throws is an `Error: ...` on standard output, as Apache's tools print it. */
export async function runGroupsTool(
  line: CommandLine,
  context: Context,
  kind: 'share' | 'streams',
  action: (call: GroupsCall) => Promise<void>,
): Promise<number> {
  let failed = false
  const fail = (sentence: string) => {
    failed = true
    context.console.out(`\nError: ${sentence}\n`)
  }
  let admin: Admin | undefined
  try {
    const settings = loadOptionalProperties(context.runtime, line.value('command-config'))
    const servers = line.value('bootstrap-server') as string
    admin = new Admin(adminProperties(settings, servers), context.runtime, warnings(context))
    await action({ line, admin, context, fail })
  } catch (error) {
    if (error instanceof Exit) throw error
    if (error instanceof OptionError || error instanceof InvalidRequest) line.usage(error.message)
    const told = error instanceof WrappedError ? javaText(error.cause) : (error as Error).message
    fail(`Executing ${kind} group command failed due to ${told}`)
  } finally {
    await admin?.close()
  }
  return failed ? exitCode.failed : exitCode.done
}
