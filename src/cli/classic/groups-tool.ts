import { Admin } from '../../client/index.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'
import { adminProperties, type ClientSettings, loadOptionalProperties } from '../client-config.ts'
import type { Context } from '../context.ts'
import { Exit, exitCode } from '../exit.ts'
import { warnings } from '../warnings.ts'
import type { CommandLine } from './command-line.ts'
import { serversOf } from './era-options.ts'
import type { GroupsCall } from './groups-call.ts'
import { OptionError } from './option-parser.ts'

export interface GroupsTool {
  readonly kind: 'consumer' | 'share' | 'streams'
  /** How the tool names what went wrong. */
  readonly told: (error: unknown) => string
  /** Adds to the settings of the properties file. */
  readonly settings?: (given: ClientSettings, line: CommandLine) => ClientSettings
}

/** Runs an action of a tool for groups; what it throws is an `Error: ...` on standard output, as Apache's tools print it. */
export async function runGroupsTool(
  { kind, told, settings }: GroupsTool,
  line: CommandLine,
  context: Context,
  action: (call: GroupsCall) => Promise<void>,
): Promise<number> {
  let failed = false
  const fail = (sentence: string) => {
    failed = true
    context.console.out(`\nError: ${sentence}\n`)
  }
  let admin: Admin | undefined
  try {
    const given = loadOptionalProperties(context.runtime, line.value('command-config'))
    const properties = adminProperties(settings?.(given, line) ?? given, await serversOf(line, context))
    admin = new Admin(properties, context.runtime, warnings(context))
    await action({ line, admin, context, fail })
  } catch (error) {
    if (error instanceof Exit) throw error
    if (error instanceof OptionError || error instanceof InvalidRequest) line.usage(error.message)
    fail(`Executing ${kind} group command failed due to ${told(error)}`)
  } finally {
    await admin?.close()
  }
  return failed ? exitCode.failed : exitCode.done
}
