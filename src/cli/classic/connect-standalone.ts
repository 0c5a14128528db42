import { loadProperties } from '../client-config.ts'
import type { ClassicTool } from '../context.ts'
import { exitCode } from '../exit.ts'
import { finish } from './command-line.ts'

const SCRIPT_USAGE = 'USAGE: connect-standalone.sh [-daemon] connect-standalone.properties'
const USAGE = 'Usage: ConnectStandalone worker.properties [connector1.properties connector2.json ...]'

/** Apache's code for a worker that cannot work with what it was given. */
const CANNOT_WORK = 2

/** Apache's connect-standalone. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const [file, ...connectors] = args
    if (file === undefined || args.includes('--help')) {
      context.console.error(`${file === undefined ? SCRIPT_USAGE : USAGE}\n`)
      return exitCode.failed
    }
    if (!context.runtime.disk.stat(file)) {
      context.console.error(`There is no file ${file}.\n`)
      return CANNOT_WORK
    }
    const { serveConnect } = await import('../serve-connect.ts')
    return serveConnect(loadProperties(context.runtime, file), connectors, context)
  })
