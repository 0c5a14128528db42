import type { Admin } from '../../client/index.ts'
import type { Context } from '../context.ts'
import type { CommandLine } from './command-line.ts'

/** What an action of a tool for groups needs. */
export interface GroupsCall {
  readonly line: CommandLine
  readonly admin: Admin
  readonly context: Context
  /** Prints a failure; the tool then ends with the exit code 1. */
  readonly fail: (sentence: string) => void
}
