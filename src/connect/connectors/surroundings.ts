import type { Console } from '../../runtime/console.ts'
import type { Runtime } from '../../runtime/index.ts'

/** What connectors that come with the toolset have around them. */
export interface Surroundings {
  readonly runtime: Runtime
  /** Standard input and output of those without a file; without a console they are refused. */
  readonly console?: Pick<Console, 'input' | 'out'> | undefined
  log(level: 'INFO' | 'WARN' | 'ERROR', line: string): void
}

/** The release whose connectors these are, and who made them. */
export const CONNECT_VERSION = '4.3.1'
export const CONNECT_COMMIT = 'kafka-toolset'
