import type { Context } from './context.ts'

/** Where what this user's commands keep lies: data of nodes that were started without a file, connectors' offsets. */
export function stateFolder({ console: { env } }: Context): string {
  const state = env.XDG_STATE_HOME || env.LOCALAPPDATA || `${env.HOME ?? '.'}/.local/state`
  return `${state}/kafka-toolset`
}
