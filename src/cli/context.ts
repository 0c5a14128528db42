import type { Console } from '../runtime/console.ts'
import type { Runtime } from '../runtime/index.ts'

/** What every command is given. */
export interface Context {
  readonly console: Console
  readonly runtime: Runtime
}

/** A tool in Apache's spelling: takes the arguments after its name and gives the exit code. */
export type ClassicTool = (args: readonly string[], context: Context) => Promise<number>
