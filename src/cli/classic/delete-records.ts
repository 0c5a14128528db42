import type { Admin } from '../../client/index.ts'
import { partitionKey } from '../../client/types.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { parseDeletePlan } from '../../tools/records/delete-plan.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import { deleteRecordsOptions } from './delete-records-options.ts'
import { javaText } from './java-error.ts'
import { withAdmin } from './with-admin.ts'

/** Apache's kafka-delete-records. Unlike Apache's it ends with 1 when records of some partition could not be deleted. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, deleteRecordsOptions, args)
    line.helpOrVersion('This tool helps to delete records of the given partitions down to the specified offset.')
    line.require('bootstrap-server', 'offset-json-file')
    return withAdmin(context, line.value('bootstrap-server'), line.value('command-config'), async (admin) => {
      return run(line.value('offset-json-file') as string, admin, context)
    })
  })

async function run(path: string, admin: Admin, { console, runtime }: Context): Promise<number> {
  const bytes = runtime.disk.readFile(path)
  if (!bytes) throw new Error(`Unable to read file ${path}`)
  const items = parseDeletePlan(bytes.toString())
  console.out('Executing records delete operation\n')
  const results = await admin.deleteRecords(items)
  console.out('Records delete operation completed:\n')
  let code: number = exitCode.done
  for (const { topic, partition } of items) {
    const result = results.get(partitionKey(topic, partition))
    const failed = result instanceof KafkaError
    if (failed) code = exitCode.failed
    const outcome = failed ? `error: ${javaText(result)}` : `low_watermark: ${result}`
    console.out(`partition: ${topic}-${partition}\t${outcome}\n`)
  }
  return code
}
