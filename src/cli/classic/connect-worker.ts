import { loadProperties } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { finish } from './command-line.ts'

/** Apache's code for a worker that cannot work with what it was given. */
const CANNOT_WORK = 2

type Serve = (properties: Record<string, string>, others: readonly string[], context: Context) => Promise<number>

/** One of Apache's workers: a file of properties and, for some, further ones. */
export const connectWorker =
  (script: string, usage: string, load: () => Promise<Serve>): ClassicTool =>
  (args, context) =>
    finish(context, async () => {
      const [file, ...others] = args
      if (file === undefined || args.includes('--help')) {
        const sentence = file === undefined ? `USAGE: ${script}.sh [-daemon] ${script}.properties` : `Usage: ${usage}`
        context.console.error(`${sentence}\n`)
        return exitCode.failed
      }
      if (!context.runtime.disk.stat(file)) {
        context.console.error(`There is no file ${file}.\n`)
        return CANNOT_WORK
      }
      return (await load())(loadProperties(context.runtime, file), others, context)
    })
